"""Snapshots: everything that a search reads, built from the tables and swapped in by one rename.

A snapshot is a folder `snapshots/<id>/` whose id is derived from what is in it, so that the same content is never
built twice. Its manifest holds the format, the encoder, counts, and a checksum of every file. The file
`snapshots/current` names the one in force and the one before, which is served when the newer is torn or foreign.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import configure_mappers

from index.columns import Columns
from index.errors import SnapshotError, SnapshotForeign, SnapshotMissing, SnapshotTorn
from index.gazetteer import Gazetteer
from index.hours import OpenHours
from index.lexical import LexicalIndex
from index.listing import Category, Listing
from index.places import PlaceFields
from index.settings import Settings
from index.vectors import FaissVectors, VectorIndex

#: Raised when what a snapshot holds changes.
FORMAT = 1
MANIFEST, CURRENT = "manifest.json", "current"
LISTINGS, PLACES, COLUMNS, HOURS, VECTORS, LEXICAL = (
    "listings.jsonl",
    "places.json",
    "columns.npz",
    "hours.npz",
    "vectors.faiss",
    "lexical",
)
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
    vectors: VectorIndex
    lexical: LexicalIndex
    gazetteer: Gazetteer

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Return the row of each listing id."""
        return {listing.id: row for row, listing in enumerate(self.listings)}


class Snapshots:
    """The snapshots of a data folder. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = snapshots_folder(settings)
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._open: Snapshot | None = None

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
            if self._open is not None and self._open.id == snapshot_id:
                return self._open
            try:
                return open_snapshot(self._folder / snapshot_id, self._settings)
            except SnapshotError as exc:
                _log.warning("%s", exc)
                first_error = first_error or exc
        if self._open is not None:
            return self._open
        raise first_error or SnapshotTorn(f"{self._folder / CURRENT} names no snapshot; import again to build one")


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
    listings = [_listing(line) for line in _lines(folder / LISTINGS)]
    places = [PlaceFields.model_validate(raw) for raw in json.loads((folder / PLACES).read_bytes())]
    return Snapshot(
        id=manifest["id"],
        built_at=datetime.fromisoformat(manifest["built_at"]),
        encoder_name=manifest["encoder"],
        counts=manifest["counts"],
        listings=listings,
        places=places,
        columns=Columns.load(folder / COLUMNS),
        open_hours=OpenHours.load(folder / HOURS),
        vectors=FaissVectors.open(folder / VECTORS),
        lexical=LexicalIndex(folder / LEXICAL),
        gazetteer=Gazetteer(places, listings, (settings.county, settings.county_en)),
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


def check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compare every file with its checksum.

    Raises:
        SnapshotTorn: One is missing, changed or more than was written.
    """
    wanted = manifest.get("files")
    if not isinstance(wanted, dict):
        raise SnapshotTorn(f"the manifest of {folder} names no files; import again to rebuild")
    for name, checksum in wanted.items():
        path = folder / name
        if not path.is_file():
            raise SnapshotTorn(f"the snapshot {folder} lacks {name}; import again to rebuild")
        if file_checksum(path) != checksum:
            raise SnapshotTorn(f"{path} is not as it was written (checksum differs); import again to rebuild")


def file_checksum(path: Path) -> str:
    """Return a file's SHA-256, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def _listing(line: str) -> Listing:
    """Make a listing from what the builder wrote of a validated one, as the ORM makes one of a row."""
    values = json.loads(line)
    values["category"] = Category(values["category"])
    imported_at = datetime.fromisoformat(values["imported_at"])
    # SQLite forgets the offset of what was stored, which is UTC.
    values["imported_at"] = imported_at if imported_at.tzinfo else imported_at.replace(tzinfo=UTC)
    # The constructor sends an event for each attribute: most of the time that opening took.
    listing: Listing = inspect(Listing).class_manager.new_instance()
    listing.__dict__.update(values)
    return listing
