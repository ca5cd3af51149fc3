"""Write the ledger into a file that proves itself, and what its figures depend on into one beside it."""

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from api.operations.database import opened
from api.operations.facts import facts_lines
from index.database import reading
from index.errors import UsageError
from index.settings import Settings
from ledger.log.checkpoints import newest
from ledger.log.exporting import export_lines
from ledger.proof.notes import VerifierKey
from recommender.asked_for import AskedFor


def export_ledger(settings: Settings, target: Path, key: VerifierKey) -> int:
    """Write the ledger up to its newest checkpoint, and return how many lines that were.

    The file is readable by its owner only, and whole or not there.

    Raises:
        UsageError: The target exists, its folder does not, or there is no checkpoint yet.
    """
    with opened(settings) as engine, reading(engine) as session:
        return _write(target, export_lines(session, key))[0]


def export_facts(settings: Settings, target: Path, names: AskedFor | None, now: datetime) -> tuple[int, str]:
    """Write what figures depend on beside the events, and return how many lines that were, and the file's SHA-256.

    `names` reads the index, where there is one. The file is like an export's: its owner's, and whole or not there.

    Raises:
        UsageError: The target exists, its folder does not, or there is no checkpoint yet, which names the ledger.
    """
    with opened(settings) as engine, reading(engine) as session:
        last = newest(session)
        if last is None:
            raise UsageError("there is no checkpoint yet; `baicha ledger checkpoint` makes one")
        return _write(target, facts_lines(session, settings, names, origin=last.checkpoint.origin, now=now))


def ensure_new(target: Path) -> None:
    """Make sure that a file can be written.

    Raises:
        UsageError: It exists, or its folder does not.
    """
    if target.exists():
        raise UsageError(f"{target} exists; name another file, or move that one away")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}; make it first")


def _write(target: Path, lines: Iterable[str]) -> tuple[int, str]:
    ensure_new(target)
    part, count, digest = target.with_name(f".{target.name}.part"), 0, hashlib.sha256()
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for line in lines:
                data = f"{line}\n".encode()
                digest.update(data)
                file.write(data)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return count, digest.hexdigest()
