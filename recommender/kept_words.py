"""What all listings of a snapshot say, kept beside it once read, so that the next process maps it within seconds.

It lies in the snapshot's own folder and goes with it. Whoever needs it first reads the listings, the others wait for
that; where it is not as it was written, it is read anew. Few listings are read as fast as files are opened.
"""

import fcntl
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.opening import file_checksum, snapshots_folder
from index.settings import Settings
from index.snapshot import Snapshot
from recommender.said import Said

#: Raised when what is kept changes, or how listings are read.
FORMAT = 1
#: From so many listings on: reading them takes a second or two.
KEPT_FROM = 10_000
_KEPT, _NOTE, _LOCK = "said", "note.json", ".said.lock"
_DRAFT = ".said-"
_log = logging.getLogger(__name__)


def said_of(snapshot: Snapshot, settings: Settings) -> Said:
    """Return what the listings of a snapshot say, as it was built."""
    folder = snapshots_folder(settings) / snapshot.id
    if len(snapshot.listings) < KEPT_FROM or not folder.is_dir():
        return Said.of(snapshot)
    try:
        return _kept(snapshot, folder)
    except OSError as exc:
        _log.warning("what the listings say cannot be kept in %s (%s): each process reads it", folder, exc)
        return Said.of(snapshot)


def _kept(snapshot: Snapshot, folder: Path) -> Said:
    with _turn(folder / _LOCK):
        if not _is_intact(folder / _KEPT):
            _write(Said.of(snapshot), folder)
    return Said.load(folder / _KEPT)


def _write(said: Said, folder: Path) -> None:
    # What somebody left who was interrupted, too.
    for left in (folder / _KEPT, *folder.glob(f"{_DRAFT}*")):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=folder) as name:
        draft = Path(name) / _KEPT
        said.save(draft)
        files = {path.relative_to(draft).as_posix(): file_checksum(path) for path in _files(draft)}
        (draft / _NOTE).write_text(json.dumps({"format": FORMAT, "files": files}), encoding="utf-8")
        draft.rename(folder / _KEPT)


def _is_intact(folder: Path) -> bool:
    try:
        note = json.loads((folder / _NOTE).read_bytes())
        found = {path.relative_to(folder).as_posix(): file_checksum(path) for path in _files(folder)}
        return bool(note == {"format": FORMAT, "files": found})
    except (FileNotFoundError, ValueError):
        return False


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != _NOTE)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Wait until no other process reads the listings; the lock goes with the process, however that ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
