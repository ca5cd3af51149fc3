"""Forgetting a visitor, and remembering beside the database that it was done, so that no restored backup undoes it.

A backup holds whoever was erased after it was made. Hence the data folder keeps a list of hashes of forgotten visitors,
which is not part of backups: who restores one puts the list beside it, and `baicha restore` erases them again. A hash
is salted by the ledger itself and says nothing to anybody else (`ledger.append.salted_hashes`).
"""

import os
from pathlib import Path

from api.container import Container
from index.database import writing
from index.errors import StorageError, UnreadableInput
from ledger.erasure import ErasureReceipt, forget

#: The list, in the data folder: one hash a line, hexadecimal.
FORGOTTEN_FILE = "forgotten.txt"


def forget_visitor(container: Container, visitor: str) -> ErasureReceipt:
    """Erase what the ledger holds of a visitor, what was shown a moment ago included.

    Raises:
        StorageError: The list cannot be written; then nothing is erased.
    """
    container.recorder.flush()
    with writing(container.engine) as session:
        receipt = forget(session, visitor, now=container.clock())
        if receipt.visitor_hash is not None:
            # Before the commit: who stands on the list in vain loses nothing, who is missing would come back.
            note_forgotten(container.settings.data, receipt.visitor_hash)
    return receipt


def note_forgotten(data: Path, visitor_hash: bytes) -> None:
    """Add a hash to the list, durably.

    Raises:
        StorageError: It cannot be written.
    """
    path = data / FORGOTTEN_FILE
    try:
        with path.open("a", encoding="ascii") as file:
            file.write(f"{visitor_hash.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        raise StorageError(f"cannot write {path}: {exc.strerror}; make room or give the service the right to") from exc


def read_forgotten(path: Path) -> frozenset[bytes]:
    """Return the hashes of a list; none where there is no list.

    Raises:
        UnreadableInput: It is no such list.
    """
    if not path.exists():
        return frozenset()
    try:
        return frozenset(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
    except (OSError, ValueError) as exc:
        raise UnreadableInput(f"{path} is no list of forgotten visitors: one hash a line, hexadecimal") from exc
