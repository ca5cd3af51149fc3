"""The form of an exported ledger: JSON lines, each in its canonical form, so that every byte of it is checked.

1. a header: `format`, `key` (the log's verifier key), `origin`, `size` (entries);
2. a line for each entry in its order: `index`, `commitment` in hex, and either `salt` in hex and `event`, the event's
   canonical JSON as a string, or `erased_at`, the index of the erasure that names it;
3. between them `checkpoint` lines, a signed note each, after the last entry that it covers; the last one covers all;
4. `sha256` of all bytes before that line, in hex.
"""

from ledger.proof.canonical import canonical_json

FORMAT = "baicha-ledger/1"


def header_line(key: str, origin: str, size: int) -> str:
    """Return the first line."""
    return canonical_json({"format": FORMAT, "key": key, "origin": origin, "size": size})


def event_line(index: int, committed: bytes, salt: bytes, event: str) -> str:
    """Return the line of an entry whose payload is kept."""
    return canonical_json({"index": index, "commitment": committed.hex(), "salt": salt.hex(), "event": event})


def erased_line(index: int, committed: bytes, erased_at: int | None) -> str:
    """Return the line of an entry whose payload is gone; None for one that no erasure names."""
    return canonical_json({"index": index, "commitment": committed.hex(), "erased_at": erased_at})


def checkpoint_line(note: str) -> str:
    """Return the line of a signed checkpoint."""
    return canonical_json({"checkpoint": note})


def last_line(sha256: str) -> str:
    """Return the line that ends an export."""
    return canonical_json({"sha256": sha256})
