"""The form of an exported ledger: JSON lines, each in its canonical form, so that every byte of it is checked.

1. a header: `format`, `key` (the log's verifier key), `origin`, `size` (entries);
2. a line for each entry in its order: `index`, `commitment` in hex, `leaf`, the Merkle leaf over it in hex, so that a
   line in which one of the two was changed is named, and either `salt` in hex and `event`, the event's canonical JSON
   as a string, or `erased_at`, the index of the erasure that names it;
3. between them `checkpoint` lines, a signed note each, after the last entry that it covers; the last one covers all;
4. `sha256` of all bytes before that line, in hex.

Exports of format `baicha-ledger/1` have no `leaf`, and are verified all the same.
"""

from typing import Any

from ledger.proof.canonical import canonical_json
from ledger.proof.tree import leaf_hash

FORMAT = "baicha-ledger/2"
#: The format of before 2026-11-24.
WITHOUT_LEAVES = "baicha-ledger/1"


def header_line(key: str, origin: str, size: int) -> str:
    """Return the first line."""
    return canonical_json({"format": FORMAT, "key": key, "origin": origin, "size": size})


def event_line(index: int, committed: bytes, salt: bytes, event: str) -> str:
    """Return the line of an entry whose payload is kept."""
    return canonical_json(_entry(index, committed) | {"salt": salt.hex(), "event": event})


def erased_line(index: int, committed: bytes, erased_at: int | None) -> str:
    """Return the line of an entry whose payload is gone; None for one that no erasure names."""
    return canonical_json(_entry(index, committed) | {"erased_at": erased_at})


def checkpoint_line(note: str) -> str:
    """Return the line of a signed checkpoint."""
    return canonical_json({"checkpoint": note})


def last_line(sha256: str) -> str:
    """Return the line that ends an export."""
    return canonical_json({"sha256": sha256})


def _entry(index: int, committed: bytes) -> dict[str, Any]:
    return {"index": index, "commitment": committed.hex(), "leaf": leaf_hash(committed).hex()}
