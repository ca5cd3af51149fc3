"""A witness: sees a log's checkpoints one after the other, and cosigns only those that go on from the last one.

Two histories that one key signed (a split view) cannot both go on from what a witness has seen. A witness that the
log's own operator runs proves nothing; one who shares no interest with him does.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, Self

from index.errors import StorageError, UsageError
from ledger.log.signing import SigningKey
from ledger.proof.notes import (
    Checkpoint,
    Note,
    NoteError,
    VerifierKey,
    decoded_base64,
    encoded_base64,
    read_checkpoint,
)
from ledger.proof.tree import EMPTY_ROOT, Subtree, consistency_proof, proves_consistency


class LogSource(Protocol):
    """Where a log is read: its newest checkpoint, and the hashes of the tree of a size."""

    def checkpoint(self) -> str:
        """Return the newest checkpoint, as it was signed."""
        ...

    def subtree(self, size: int) -> Subtree:
        """Return what reads the tree of the first `size` entries; none of it is believed."""
        ...


class SplitView(Exception):
    """The log's key signed two histories. Both notes are the evidence."""

    def __init__(self, seen: str, shown: str) -> None:
        super().__init__("the log's key signed two histories: what it shows does not go on from what was cosigned last")
        self.seen = seen
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness remembers of a log: its key, and the last checkpoint that was cosigned, when (seconds), and how.

    A witness that has seen nothing yet begins with the empty tree, which every log goes on from.
    """

    log_key: str
    size: int = 0
    root: str = encoded_base64(EMPTY_ROOT)
    time_s: int = 0
    note: str = ""

    @classmethod
    def load(cls, path: Path, log_key: str | None) -> Self:
        """Read a state file; where there is none yet, begin with the log's key.

        Raises:
            UsageError: The key is missing at the first call, or is another one than at the first.
            StorageError: The file is no state of a witness.
        """
        if not path.exists():
            if log_key is None:
                raise UsageError("name the log's key the first time: --key, as `baicha ledger key` prints it")
            return cls(log_key)
        try:
            seen = cls(**json.loads(path.read_text(encoding="utf-8")))
            decoded_base64(seen.root)
        except (ValueError, TypeError) as exc:
            raise StorageError(f"{path} is no state of a witness; restore it from a backup") from exc
        if log_key is not None and seen.log_key != log_key:
            raise UsageError(f"{path} belongs to the log of {seen.log_key}; name another file for another log")
        return seen

    def save(self, path: Path) -> None:
        """Write the state beside the old one and swap by a rename, so that no crash leaves half of it."""
        draft = path.with_name(f".{path.name}.part")
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self), indent=1))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def cosign(source: LogSource, seen: Seen, key: SigningKey, *, now_s: int) -> Seen:
    """Check that a log goes on from what was seen, and return what is seen now, with the cosigned note.

    Args:
        source: Where the log is read.
        seen: What this witness remembers.
        key: The witness's own key, of kind `COSIGNS`.
        now_s: The witness's clock, seconds since 1970; a cosignature is never older than the one before.

    Raises:
        SplitView: The log's key signed something else than what goes on from what was seen.
        UsageError: The log does not answer with a checkpoint of its key, or with an older one.
    """
    written = source.checkpoint()
    shown = _read(written, seen)
    root = decoded_base64(seen.root)
    if shown.size < seen.size:
        raise UsageError(
            f"the log shows {shown.size} entries, and {seen.size} were cosigned: a cache or an old copy, or a log that "
            "was set back; not cosigned"
        )
    if not proves_consistency(seen.size, root, shown.size, shown.root, _path(source, seen.size, shown.size)):
        raise SplitView(seen.note, written)
    time_s = max(now_s, seen.time_s)
    note = key.cosigned(Note.parse(written), time_s)
    return Seen(seen.log_key, shown.size, encoded_base64(shown.root), time_s, note)


def _read(written: str, seen: Seen) -> Checkpoint:
    try:
        log_key = VerifierKey.parse(seen.log_key)
        return read_checkpoint(written, log_key)
    except NoteError as exc:
        raise UsageError(f"not cosigned: {exc}") from exc


def _path(source: LogSource, old: int, new: int) -> list[bytes]:
    try:
        return consistency_proof(old, new, source.subtree(new))
    except ValueError as exc:
        raise UsageError(f"the log does not give the hashes of its own tree, so nothing was cosigned ({exc})") from exc
