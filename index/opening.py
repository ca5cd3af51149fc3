"""Snapshots: everything that a search reads, built from the tables and swapped in by one rename.

A snapshot is a folder `snapshots/<id>/` whose id is derived from what is in it, so that the same content is never
built twice. Its manifest holds the format, the encoder, counts, and the size and checksum of every file. The file
`snapshots/current` names the one in force and the one before, which is served when the newer is torn or foreign.

Opening maps the files and reads little of them, so that a million rows open at once. Sizes and small files are checked
then, large files in the background: where one is not as it was written, the snapshot before is served from then on.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

from index.anywhere import Anywhere
from index.arrays import load_arrays
from index.coarse import Coarse
from index.columns import Columns
from index.engine import Engine
from index.errors import SnapshotError, SnapshotForeign, SnapshotMissing, SnapshotTorn
from index.facets import Facets
from index.gazetteer import Gazetteer
from index.hours import OpenHours
from index.lazy_listings import LazyListings, RowOf
from index.lexical import LexicalIndex
from index.limits import Attributes
from index.listing import Listing
from index.places import PlaceFields
from index.settings import Settings
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors

#: Raised when what a snapshot holds changes.
FORMAT = 2
MANIFEST, CURRENT = "manifest.json", "current"
PLACES, COLUMNS, HOURS, FACETS, SPACE = "places.json", "columns", "hours", "facets", "space"
VECTORS, ANYWHERE, COARSE, LEXICAL = "vectors.faiss", "anywhere", "coarse", "lexical"
#: Larger files are checked in the background, bytes.
LARGE = 16_000_000
_log = logging.getLogger(__name__)


def snapshots_folder(settings: Settings) -> Path:
    """Return the folder that holds all snapshots."""
    return settings.data / "snapshots"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One state of the index, open for searching. Rows are the same in all of its parts."""

    id: str
    built_at: datetime
    encoder_name: str
    counts: Mapping[str, Any]
    listings: Sequence[Listing]
    places: Sequence[PlaceFields]
    columns: Columns
    open_hours: OpenHours
    facets: Facets
    vectors: FaissVectors
    engine: Engine
    lexical: LexicalIndex
    row_of: Mapping[str, int]
    counties: Sequence[str]

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Return the names of places and listings; it is made when first asked for, by reading every listing."""
        return Gazetteer(self.places, self.listings, self.counties)


class Snapshots:
    """The snapshots of a data folder. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = snapshots_folder(settings)
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._open: Snapshot | None = None
        self._refused: set[str] = set()

    def current(self) -> Snapshot:
        """Return the snapshot in force; when it was swapped since, open the new one first.

        Where the newest is torn or foreign, the one before is served, and a warning logged.

        Raises:
            SnapshotMissing: None was built yet.
            SnapshotTorn: A file is missing or its checksum differs, and no older snapshot can be served.
            SnapshotForeign: Built by another version or encoder, and no older snapshot can be served.
        """
        stamp = self._stat()
        with self._lock:
            if self._open is None or stamp != self._stamp:
                self._open = self._open_first()
                self._stamp = stamp
            return self._open

    def _stat(self) -> tuple[int, int]:
        try:
            stat = (self._folder / CURRENT).stat()
        except FileNotFoundError as exc:
            raise SnapshotMissing(
                f"no index was built yet in {self._folder}; import listings first: baicha import FILE"
            ) from exc
        return stat.st_mtime_ns, stat.st_ino

    def _open_first(self) -> Snapshot:
        first_error: SnapshotError | None = None
        for snapshot_id in read_current(self._folder):
            if snapshot_id in self._refused:
                continue
            if self._open is not None and self._open.id == snapshot_id:
                return self._open
            try:
                return self._opened(snapshot_id)
            except SnapshotError as exc:
                _log.warning("%s", exc)
                first_error = first_error or exc
        if self._open is not None:
            return self._open
        raise first_error or SnapshotTorn(f"{self._folder / CURRENT} names no snapshot; import again to build one")

    def _opened(self, snapshot_id: str) -> Snapshot:
        folder = self._folder / snapshot_id
        snapshot = open_snapshot(folder, self._settings)
        large = large_files(read_manifest(folder))
        if large:
            threading.Thread(target=self._check, args=(snapshot_id, large), name="snapshot check", daemon=True).start()
        return snapshot

    def _check(self, snapshot_id: str, files: Mapping[str, str]) -> None:
        try:
            check_checksums(self._folder / snapshot_id, files)
        except SnapshotTorn as exc:
            _log.error("%s", exc)
            with self._lock:
                self._refused.add(snapshot_id)
                self._stamp = None


def read_current(folder: Path) -> list[str]:
    """Return the ids of the snapshot in force and of the one before it; empty when there is none."""
    try:
        return (folder / CURRENT).read_text(encoding="ascii").split()
    except (FileNotFoundError, UnicodeDecodeError):
        return []


def open_snapshot(folder: Path, settings: Settings) -> Snapshot:
    """Check and open one snapshot.

    Raises:
        SnapshotTorn: A file is missing or its checksum differs.
        SnapshotForeign: It was built by another version, or with another encoder than the settings name.
    """
    manifest = read_manifest(folder)
    check_format(folder, manifest, settings.encoder)
    check_files(folder, manifest)
    configure_mappers()  # so that a process that never asked the database can make listings too
    listings = LazyListings(folder)
    columns = Columns.load(folder / COLUMNS)
    open_hours, facets = OpenHours.load(folder / HOURS), Facets.load(folder / FACETS)
    vectors = FaissVectors.open(folder / VECTORS)
    space = SpaceIndex(columns.lat, columns.lon, **load_arrays(folder / SPACE))
    anywhere = Anywhere.open(folder / ANYWHERE) if (folder / ANYWHERE).exists() else None
    coarse = Coarse.open(folder / COARSE) if (folder / COARSE).exists() else None
    return Snapshot(
        id=manifest["id"],
        built_at=datetime.fromisoformat(manifest["built_at"]),
        encoder_name=manifest["encoder"],
        counts=manifest["counts"],
        listings=listings,
        places=[PlaceFields.model_validate(raw) for raw in json.loads((folder / PLACES).read_bytes())],
        columns=columns,
        open_hours=open_hours,
        facets=facets,
        vectors=vectors,
        engine=Engine(space, vectors, Attributes(columns, open_hours, facets), anywhere, coarse),
        lexical=LexicalIndex(folder / LEXICAL),
        row_of=RowOf(folder, listings),
        counties=(settings.county, settings.county_en),
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a snapshot's manifest.

    Raises:
        SnapshotTorn: It is missing or no JSON object.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as exc:
        raise SnapshotTorn(f"the snapshot {folder} has no manifest that can be read; import again to rebuild") from exc
    if not isinstance(manifest, dict):
        raise SnapshotTorn(f"the manifest of {folder} is no JSON object; import again to rebuild")
    return manifest


def check_format(folder: Path, manifest: Mapping[str, Any], encoder: str) -> None:
    """Refuse a snapshot of another version or encoder.

    Raises:
        SnapshotForeign: It is one.
    """
    if manifest.get("format") != FORMAT:
        raise SnapshotForeign(
            f"the snapshot {folder} has format {manifest.get('format')}, this version reads {FORMAT}; "
            "import again to rebuild"
        )
    if manifest.get("encoder") != encoder:
        raise SnapshotForeign(
            f"the snapshot {folder} was built with the encoder {manifest.get('encoder')!r}, but BAICHA_ENCODER is "
            f"{encoder!r}; set it back, or import again to rebuild"
        )


def check_files(folder: Path, manifest: Mapping[str, Any], *, thorough: bool = False) -> None:
    """Compare the size of every file with what was written, and the checksum of small ones; of all when `thorough`.

    Raises:
        SnapshotTorn: One is missing, changed or more than was written.
    """
    wanted = manifest.get("files")
    if not isinstance(wanted, dict):
        raise SnapshotTorn(f"the manifest of {folder} names no files; import again to rebuild")
    for name, (size, _) in wanted.items():
        path = folder / name
        if not path.is_file():
            raise SnapshotTorn(f"the snapshot {folder} lacks {name}; import again to rebuild")
        if path.stat().st_size != size:
            raise SnapshotTorn(f"{path} is not as it was written (size differs); import again to rebuild")
    check_checksums(folder, {name: checksum for name, (size, checksum) in wanted.items() if thorough or size < LARGE})


def large_files(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the files that are too large to be checked at once, with their checksums."""
    return {name: checksum for name, (size, checksum) in manifest["files"].items() if size >= LARGE}


def check_checksums(folder: Path, files: Mapping[str, str]) -> None:
    """Compare files with their checksums.

    Raises:
        SnapshotTorn: One is not as it was written, or gone.
    """
    for name, checksum in files.items():
        try:
            found = file_checksum(folder / name)
        except OSError as exc:
            raise SnapshotTorn(f"cannot read {folder / name} ({exc.strerror}); import again to rebuild") from exc
        if found != checksum:
            raise SnapshotTorn(f"{folder / name} is not as it was written (checksum differs); import again to rebuild")


def file_checksum(path: Path) -> str:
    """Return a file's SHA-256, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
