"""Write the ledger into a file that proves itself."""

import os
from pathlib import Path

from api.operations.database import opened
from index.database import reading
from index.errors import UsageError
from index.settings import Settings
from ledger.log.exporting import export_lines
from ledger.proof.notes import VerifierKey


def export_ledger(settings: Settings, target: Path, key: VerifierKey) -> int:
    """Write the ledger up to its newest checkpoint, and return how many lines that were.

    The file is readable by its owner only, and whole or not there.

    Raises:
        UsageError: The target exists, its folder does not, or there is no checkpoint yet.
    """
    if target.exists():
        raise UsageError(f"{target} exists; name another file, or move that one away")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}; make it first")
    part = target.with_name(f".{target.name}.part")
    count = 0
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file,
            opened(settings) as engine,
            reading(engine) as session,
        ):
            for line in export_lines(session, key):
                file.write(f"{line}\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return count
