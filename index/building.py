"""Building a snapshot from the tables: embed what is new, write every part beside the old one, swap by one rename."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from index.anywhere import write_anywhere
from index.arrays import save_arrays
from index.coarse import write_coarse
from index.columns import Columns
from index.database import reading
from index.embedding import embed_all
from index.encoders import load_encoder
from index.errors import SnapshotError, StorageError
from index.facets import Facets
from index.hours import OpenHours, parse_hours
from index.lazy_listings import write_listings
from index.lexical import write_lexical
from index.listing import Listing
from index.opening import (
    ANYWHERE,
    COARSE,
    COLUMNS,
    CURRENT,
    FACETS,
    FORMAT,
    HOURS,
    LEXICAL,
    MANIFEST,
    PLACES,
    SPACE,
    VECTORS,
    check_files,
    check_format,
    file_checksum,
    read_current,
    read_manifest,
    snapshots_folder,
)
from index.passages import PASSAGE_VERSION, passage_of, searchable_text
from index.places import Place, PlaceFields
from index.progress import Progress, silent
from index.settings import Settings
from index.space.curve import curve_order, keys_of
from index.space.points import unit_vectors
from index.vector_cache import VectorCache, passage_hash
from index.vectors import Vectors, write_faiss

_UNFINISHED = ".building-"
_ID_LENGTH = 20


def build(
    engine: Engine, settings: Settings, *, on_progress: Progress | None = None, now: datetime | None = None
) -> str:
    """Build a snapshot of the open listings and put it in force; return its id. Nothing is done when nothing changed.

    Two builders take turns. An interrupted build leaves the old snapshot in force, and the next one goes on.

    Raises:
        StorageError: The disk is full, or cannot be written.
        SettingsError: The encoder cannot be loaded.
    """
    folder = snapshots_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _turn(folder / ".lock"):
            _remove_unfinished(folder)
            return _build(engine, settings, folder, on_progress or silent, now or datetime.now(UTC))
    except OSError as exc:
        what = "the disk is full; free some space" if exc.errno == errno.ENOSPC else f"{exc.strerror or exc}"
        raise StorageError(f"cannot write the index in {folder}: {what}, and build again") from exc


def _build(engine: Engine, settings: Settings, folder: Path, progress: Progress, now: datetime) -> str:
    with reading(engine) as session:
        snapshot_id = _content_id(session, settings)
        if _is_intact(folder / snapshot_id, settings.encoder):
            _put_in_force(folder, snapshot_id)
            return snapshot_id
        listings = list(session.exec(select(Listing).where(col(Listing.closed).is_(False)).order_by(Listing.id)))
        places = list(session.exec(select(Place).order_by(Place.kind, Place.name)))
    unfinished = folder / f"{_UNFINISHED}{snapshot_id}"
    unfinished.mkdir()
    try:
        _write(unfinished, snapshot_id, settings, _in_space_order(listings), places, progress, now)
    except BaseException:
        # A half of a snapshot helps nobody, least of all on a full disk; the vectors are in the cache.
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    shutil.rmtree(folder / snapshot_id, ignore_errors=True)
    unfinished.rename(folder / snapshot_id)
    _put_in_force(folder, snapshot_id)
    return snapshot_id


def _content_id(session: Session, settings: Settings) -> str:
    """Derive the id from all that the snapshot is made of, by the listings' own content hashes."""
    digest = hashlib.sha256(json.dumps([FORMAT, PASSAGE_VERSION, settings.encoder, settings.vectors]).encode())
    listings = select(Listing.id, Listing.content_hash).where(col(Listing.closed).is_(False)).order_by(Listing.id)
    for listing_id, content_hash in session.exec(listings):
        digest.update(f"{listing_id}\n{content_hash}\n".encode())
    for place in session.exec(select(Place).order_by(Place.kind, Place.name)):
        digest.update(json.dumps(place.model_dump(exclude={"id"}), sort_keys=True).encode())
    return digest.hexdigest()[:_ID_LENGTH]


def _in_space_order(listings: Sequence[Listing]) -> list[Listing]:
    places = [(x.lat, x.lon) if x.lat is not None and x.lon is not None else (np.nan, np.nan) for x in listings]
    lats, lons = np.asarray(places, dtype=np.float64).reshape(-1, 2).T
    return [listings[row] for row in curve_order(lats, lons)]


def _write(
    folder: Path,
    snapshot_id: str,
    settings: Settings,
    listings: Sequence[Listing],
    places: Sequence[Place],
    progress: Progress,
    now: datetime,
) -> None:
    vectors, dimension = _embed(settings, [passage_of(listing) for listing in listings], progress)
    write_faiss(vectors, dimension, folder / VECTORS)
    write_anywhere(vectors, folder / ANYWHERE)
    write_coarse(vectors, settings.vectors, folder / COARSE)
    progress("words", 0, len(listings))
    names = (_names(listing) for listing in listings)
    texts = (searchable_text(listing) for listing in listings)
    write_lexical(folder / LEXICAL, zip(names, texts, strict=True))
    progress("words", len(listings), len(listings))
    columns = Columns.of(listings)
    columns.save(folder / COLUMNS)
    save_arrays(folder / SPACE, keys=keys_of(columns.lat, columns.lon), units=unit_vectors(columns.lat, columns.lon))
    Facets.of(listings).save(folder / FACETS)
    OpenHours.of([parse_hours(listing.hours) for listing in listings]).save(folder / HOURS)
    write_listings(folder, listings)
    place_fields = [PlaceFields.model_validate(place.model_dump(exclude={"id"})).model_dump() for place in places]
    (folder / PLACES).write_text(json.dumps(place_fields, ensure_ascii=False), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "id": snapshot_id,
        "built_at": now.isoformat(),
        "encoder": settings.encoder,
        "dimension": dimension,
        "counts": _counts(settings, listings, places),
        "files": _checksums(folder),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    _fsync_all(folder)


def _names(listing: Listing) -> str:
    return "\n".join(name for name in (listing.name, listing.name_en) if name)


def _embed(settings: Settings, passages: Sequence[str], progress: Progress) -> tuple[NDArray[np.float32], int]:
    """Return the vectors of passages and their dimension; the encoder is loaded only when one is new."""
    if not passages:
        return np.empty((0, 0), np.float32), int(load_encoder(settings.encoder).get_embedding_dimension() or 0)
    hashes = [passage_hash(passage) for passage in passages]
    with VectorCache(settings.data / "vectors.sqlite", settings.encoder) as cache:
        known = cache.get(hashes)
        missing = {key: text for key, text in zip(hashes, passages, strict=True) if key not in known}
        done = len(passages) - len(missing)
        progress("vectors", done, len(passages))
        for made in _embed_missing(settings, missing):
            cache.put(made)
            known.update(made)
            done += len(made)
            progress("vectors", done, len(passages))
    vectors = np.stack([known[key] for key in hashes])
    return vectors, vectors.shape[1]


def _embed_missing(settings: Settings, missing: Mapping[bytes, str]) -> Iterator[list[tuple[bytes, Vectors]]]:
    if not missing:
        return
    keys = list(missing)
    at = 0
    for vectors in embed_all(settings.encoder, list(missing.values())):
        yield list(zip(keys[at : at + len(vectors)], vectors, strict=True))
        at += len(vectors)


def _counts(settings: Settings, listings: Sequence[Listing], places: Sequence[Place]) -> dict[str, Any]:
    return {
        "county": settings.county,
        "listings": len(listings),
        "places": len(places),
        "by_category": dict(Counter(str(listing.category) for listing in listings)),
        "by_area": dict(Counter(listing.area or "" for listing in listings)),
    }


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
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
