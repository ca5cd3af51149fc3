"""Put a backup back, into an empty data folder only: nothing that exists is ever written over."""

import shutil
from pathlib import Path

from api.operations import archive
from api.operations.backup import DATABASE, check_database
from api.operations.database import knows
from index.errors import UnreadableInput, UsageError
from index.settings import Settings

#: Where a backup is unpacked and verified; left behind by an interrupted restore, and removed by the next one.
UNPACKING = ".restoring"


def restore(settings: Settings, source: Path) -> archive.Manifest:
    """Unpack a backup into the data folder and return what was in it. The next `serve` migrates it if it is older.

    Raises:
        UsageError: The data folder is not empty, or the settings name another kind of database.
        UnreadableInput: The backup is torn, damaged, or from a newer Baicha; the data folder stays empty.
        StorageError: The database in it is damaged.
    """
    _require_empty(settings.data)
    unpacking = settings.data / UNPACKING
    shutil.rmtree(unpacking, ignore_errors=True)
    unpacking.mkdir(parents=True)
    try:
        manifest = archive.unpack(source, unpacking)
        _check(settings, source, manifest, unpacking)
        # The database last: a folder without it is not taken for a restored one.
        for path in sorted(unpacking.iterdir(), key=lambda path: path.name == DATABASE):
            path.rename(settings.data / path.name)
    finally:
        shutil.rmtree(unpacking, ignore_errors=True)
    return manifest


def _require_empty(data: Path) -> None:
    if data.is_file():
        raise UsageError(f"{data} is a file; name a folder with --data")
    held = sorted(path.name for path in data.iterdir() if path.name != UNPACKING) if data.is_dir() else []
    if held:
        raise UsageError(f"{data} is not empty (it holds {held[0]}); name another folder with --data")


def _check(settings: Settings, source: Path, manifest: archive.Manifest, folder: Path) -> None:
    if manifest.database == "sqlite" and settings.database_url:
        raise UsageError(f"{source} holds an SQLite database, but BAICHA_DATABASE_URL is set; unset it to restore")
    if manifest.revision is not None and not knows(manifest.revision):
        raise UnreadableInput(
            f"{source} was made by a newer Baicha ({manifest.version}); install that version to restore it"
        )
    if manifest.database == "sqlite":
        check_database(folder / DATABASE)
