"""Put a backup back, into an empty data folder and an empty database only: nothing that exists is ever written over.

The ledger is verified against the checkpoints that the backup's own key signed before anything is put in place.
"""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlmodel import Session

from api.forgetting import FORGOTTEN_FILE, read_forgotten
from api.operations import archive
from api.operations.backup import DATABASE, check_database
from api.operations.database import knows, upgrade_in_place
from index.database import make_engine, writing
from index.errors import StorageError, UnreadableInput, UsageError
from index.lease import LEASE_FILE
from index.settings import Settings
from ledger.erasure import forget_again
from ledger.log.auditing import audit
from ledger.log.signing import KEY_FILE, load_key
from ledger.proof.verifying import Difference

#: Where a backup is unpacked and verified; left behind by an interrupted restore, and removed by the next one.
UNPACKING = ".restoring"
_MAY_BE_THERE = frozenset({UNPACKING, FORGOTTEN_FILE})


@dataclass(frozen=True, slots=True)
class Restored:
    """What was in the backup, and how many visitors in it were erased again, as the list of forgotten ones asked."""

    manifest: archive.Manifest
    forgotten_again: int = 0


def restore(settings: Settings, source: Path, *, now: datetime) -> Restored:
    """Put a backup into the data folder, its rows into PostgreSQL where the settings name one; return what was in it.

    A backup of an older version is migrated. Either kind of database can be restored from the other. The list of
    forgotten visitors may lie in the folder already: they are erased again before anything is put in place.

    Raises:
        UsageError: The data folder or the database is not empty.
        UnreadableInput: The backup is torn, damaged, or from a newer Baicha; folder and database stay empty.
        StorageError: The database in it is damaged, or its ledger is not the one that was signed.
    """
    _require_empty(settings.data)
    forgotten, again = read_forgotten(settings.data / FORGOTTEN_FILE), 0
    if settings.database_url:
        _require_empty_database(settings)
    unpacking = settings.data / UNPACKING
    shutil.rmtree(unpacking, ignore_errors=True)
    unpacking.mkdir(parents=True)
    try:
        manifest = archive.unpack(source, unpacking)
        _check(source, manifest, unpacking)
        if manifest.database == "sqlite":
            again = _prepare(unpacking, forgotten, now)
            if settings.database_url:
                _fill(settings, unpacking)
        # The database last: a folder without it is not taken for a restored one.
        for path in sorted(unpacking.iterdir(), key=lambda path: path.name == DATABASE):
            path.rename(settings.data / path.name)
    finally:
        shutil.rmtree(unpacking, ignore_errors=True)
    return Restored(manifest, again)


def _require_empty(data: Path) -> None:
    if data.is_file():
        raise UsageError(f"{data} is a file; name a folder with --data")
    held = sorted(path.name for path in data.iterdir() if path.name not in _MAY_BE_THERE) if data.is_dir() else []
    if held:
        raise UsageError(f"{data} is not empty (it holds {held[0]}); name another folder with --data")


def _require_empty_database(settings: Settings) -> None:
    from api.operations.moving import filled_table

    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            filled = filled_table(connection)
    finally:
        engine.dispose()
    if filled is not None:
        raise UsageError(f"the database is not empty (there are rows in {filled}); name an empty BAICHA_DATABASE_URL")


def _prepare(folder: Path, forgotten: Collection[bytes], now: datetime) -> int:
    """Migrate the unpacked database, verify its ledger where it was signed, and erase who was forgotten since."""
    engine = make_engine(Settings(data=folder))
    try:
        upgrade_in_place(engine)
        with engine.connect() as connection:
            _verify(connection, folder)
        if not forgotten:
            return 0
        with writing(engine) as session:
            return forget_again(session, forgotten, now=now)
    finally:
        engine.dispose()
        (folder / LEASE_FILE).unlink(missing_ok=True)


def _verify(connection: Connection, folder: Path) -> None:
    if not (folder / KEY_FILE).is_file():
        return
    try:
        with Session(connection) as session:
            audit(session, load_key(folder / KEY_FILE).public)
    except Difference as exc:
        raise StorageError(f"the ledger in the backup is not the one that was signed: {exc}; use another one") from exc


def _fill(settings: Settings, folder: Path) -> None:
    """Copy the rows into PostgreSQL in one transaction; what was copied is verified before it is committed."""
    from api.operations.moving import copy_rows, standing_still

    source, target = make_engine(Settings(data=folder)), make_engine(settings)
    try:
        upgrade_in_place(target)
        with standing_still(source) as rows, target.begin() as connection:
            copy_rows(rows, connection)
            _verify(connection, folder)
    finally:
        source.dispose()
        target.dispose()
    for path in folder.glob(f"{DATABASE}*"):
        path.unlink()


def _check(source: Path, manifest: archive.Manifest, folder: Path) -> None:
    if manifest.revision is not None and not knows(manifest.revision):
        raise UnreadableInput(
            f"{source} was made by a newer Baicha ({manifest.version}); install that version to restore it"
        )
    if manifest.database == "sqlite":
        check_database(folder / DATABASE)
