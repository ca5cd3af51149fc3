"""Building a snapshot from the tables: embed what is new, write every part beside the old one, swap by one rename."""

import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import configure_mappers
from sqlmodel import Session, select

from index.changes import newest_version
from index.errors import SnapshotError, StorageError
from index.lazy_listings import LazyListings
from index.lease import hold_lease
from index.opening import (
    CURRENT,
    FORMAT,
    check_files,
    check_format,
    file_checksum,
    read_current,
    read_manifest,
    snapshots_folder,
    write_manifest,
)
from index.passages import PASSAGE_VERSION
from index.places import Place, PlaceFields
from index.progress import Progress, silent
from index.settings import Settings
from index.spool import content_hashes, spool
from index.writing import write_parts, write_vectors

_UNFINISHED = ".building-"
_ID_LENGTH = 20
_PLACES_IN_ORDER = select(Place).order_by(Place.kind, Place.name)
_log = logging.getLogger(__name__)


def build(
    engine: Engine, settings: Settings, *, on_progress: Progress | None = None, now: datetime | None = None
) -> str:
    """Build a snapshot of the open listings and put it in force; return its id. Nothing is done when nothing changed.

    Two builders take turns. An interrupted build leaves the old snapshot in force, and the next one goes on.

    Raises:
        StorageError: The disk is full, or cannot be written, or another machine writes to the folder.
        SettingsError: The encoder cannot be loaded.
    """
    folder = snapshots_folder(settings)
    with engine.connect() as connection:
        hold_lease(connection)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _turn(folder / ".lock"):
            _remove_unfinished(folder)
            return _build(engine, settings, folder, on_progress or silent, now or datetime.now(UTC))
    except OSError as exc:
        what = "the disk is full; free some space" if exc.errno == errno.ENOSPC else f"{exc.strerror or exc}"
        raise StorageError(f"cannot write the index in {folder}: {what}, and build again") from exc


def _build(engine: Engine, settings: Settings, folder: Path, progress: Progress, now: datetime) -> str:
    with _at_one_moment(engine) as session:
        # Read first: what is written meanwhile is newer than this, and is found again by it.
        version = newest_version(session)
        snapshot_id = _content_id(session, settings)
        if _is_intact(folder / snapshot_id, settings.encoder):
            _note_version(folder / snapshot_id, version)
            _put_in_force(folder, snapshot_id)
            return snapshot_id
        unfinished = folder / f"{_UNFINISHED}{snapshot_id}"
        unfinished.mkdir()
        try:
            spool(session, unfinished)
            places = [
                PlaceFields.model_validate(place.model_dump(exclude={"id"})) for place in session.exec(_PLACES_IN_ORDER)
            ]
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    try:
        _write(unfinished, snapshot_id, version, settings, places, progress, now)
    except BaseException:
        # A half of a snapshot helps nobody, least of all on a full disk; the vectors are in the cache.
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    shutil.rmtree(folder / snapshot_id, ignore_errors=True)
    unfinished.rename(folder / snapshot_id)
    _put_in_force(folder, snapshot_id)
    return snapshot_id


@contextmanager
def _at_one_moment(engine: Engine) -> Iterator[Session]:
    """Open a session that sees the database as it is at its first look, however long it reads."""
    # SQLite's transactions are so by themselves.
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, Session(connection) as session:
        yield session


def _content_id(session: Session, settings: Settings) -> str:
    """Derive the id from all that the snapshot is made of, by the listings' own content hashes."""
    made_by = [FORMAT, PASSAGE_VERSION, settings.encoder, settings.vectors, settings.county, settings.county_en]
    digest = hashlib.sha256(json.dumps(made_by).encode())
    for listing_id, content_hash in content_hashes(session):
        digest.update(f"{listing_id}\n{content_hash}\n".encode())
    for place in session.exec(_PLACES_IN_ORDER):
        digest.update(json.dumps(place.model_dump(exclude={"id"}), sort_keys=True).encode())
    return digest.hexdigest()[:_ID_LENGTH]


def _write(
    folder: Path,
    snapshot_id: str,
    version: int,
    settings: Settings,
    places: Sequence[PlaceFields],
    progress: Progress,
    now: datetime,
) -> None:
    configure_mappers()  # listings are made without asking the database
    listings = LazyListings(folder)
    dimension = write_vectors(folder, listings, settings, progress)
    counts, lengths = write_parts(folder, listings, places, settings, progress)
    manifest = {
        "format": FORMAT,
        "id": snapshot_id,
        "built_at": now.isoformat(),
        "version": version,
        "encoder": settings.encoder,
        "dimension": dimension,
        "mean_lengths": lengths,
        "counts": counts,
        "files": _checksums(folder),
    }
    write_manifest(folder, manifest)
    _fsync_all(folder)


def _note_version(folder: Path, version: int) -> None:
    """Let a snapshot that is equal to the database again say so: nothing before this version is news to it."""
    manifest = read_manifest(folder)
    if manifest["version"] != version:
        write_manifest(folder, manifest | {"version": version})


def _checksums(folder: Path) -> dict[str, tuple[int, str]]:
    # tantivy's own lock files come and go.
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): (path.stat().st_size, file_checksum(path)) for path in files}


def _is_intact(folder: Path, encoder: str) -> bool:
    try:
        manifest = read_manifest(folder)
        check_format(folder, manifest, encoder)
        check_files(folder, manifest, thorough=True)
    except SnapshotError:
        return False
    return True


def _put_in_force(folder: Path, snapshot_id: str) -> None:
    """Name a snapshot as the current one by one atomic rename, keep the one before it, and remove the rest."""
    before = read_current(folder)
    if before[:1] == [snapshot_id]:
        return
    kept = [snapshot_id, *before[:1]]
    swap = folder / ".current-new"
    swap.write_text("\n".join(kept) + "\n", encoding="ascii")
    _fsync(swap)
    swap.rename(folder / CURRENT)
    _fsync(folder)
    for path in folder.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _remove_unfinished(folder: Path) -> None:
    for path in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(path, ignore_errors=True)


def _fsync_all(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder, folder.parent):
        _fsync(path)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Wait until no other process builds; the lock goes with the process, however that ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("another process is building the index; this one waits for its turn")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
