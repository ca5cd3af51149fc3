"""Snapshots on disk: everything that a search reads, checked and opened.

A snapshot is a folder `snapshots/<id>/` whose id is derived from what is in it, so that the same content is never
built twice. Its manifest holds the format, the encoder, counts, the newest change of a listing that it holds, and the
size and checksum of every file. The file `snapshots/current` names the one in force and the one before.

Opening maps the files and reads little of them, so that a million rows open at once. Sizes and small files are checked
then, large files later.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import configure_mappers

from index.anywhere import Anywhere
from index.arrays import load_arrays
from index.coarse import Sieve, open_coarse
from index.columns import Columns
from index.engine import Engine
from index.errors import SnapshotForeign, SnapshotTorn
from index.facets import FacetIndex, Facets
from index.gazetteer import Gazetteer
from index.hours import OpenHours
from index.lazy_listings import LazyListings, RowOf
from index.lexical import LexicalIndex, WordIndex
from index.limits import Attributes
from index.listing import Listing
from index.name_table import NameTable
from index.places import PlaceFields
from index.settings import Settings
from index.space.curve import Keys
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, VectorIndex

#: Raised when what a snapshot holds changes.
FORMAT = 5
MANIFEST, CURRENT = "manifest.json", "current"
PLACES, COLUMNS, HOURS, FACETS, SPACE = "places.json", "columns", "hours", "facets", "space"
VECTORS, ANYWHERE, COARSE, LEXICAL, NAMES = "vectors.faiss", "anywhere", "coarse", "lexical", "names"
#: Larger files are checked in the background, bytes.
LARGE = 16_000_000


def snapshots_folder(settings: Settings) -> Path:
    """Return the folder that holds all snapshots."""
    return settings.data / "snapshots"


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What only the merging with later changes asks of a snapshot, as it lies on the disk.

    `version` is the newest of `index.changes` that it holds.
    """

    version: int
    keys: Keys
    units: NDArray[np.float64]
    names: NameTable
    vectors: FaissVectors
    anywhere: Anywhere | None
    coarse: Sieve | None
    lexical: LexicalIndex
    facets: Facets
    mean_lengths: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One state of the index, open for searching. Rows are the same in all of its parts.

    `tail` is how many listings were changed or added since it was built, and `gone` how many of its own no longer
    count: replaced, closed or deleted. `changes` are these, None where there are none.
    """

    id: str
    built_at: datetime
    encoder_name: str
    counts: Mapping[str, Any]
    listings: Sequence[Listing]
    places: Sequence[PlaceFields]
    columns: Columns
    open_hours: OpenHours
    facets: FacetIndex
    vectors: VectorIndex
    engine: Engine
    lexical: WordIndex
    gazetteer: Gazetteer
    row_of: Mapping[str, int]
    stored: Stored
    tail: int = 0
    gone: int = 0
    changes: "Changes | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What makes a snapshot from the one that was built: where its rows come from, and the `new` listings among them.

    `new_rows` are theirs, `gone` the rows of the `base` that are not in it any more, and `here` says for each row of
    the base which it is now, -1 for those.
    """

    base: Snapshot
    new: Sequence[Listing]
    new_rows: NDArray[np.int64]
    here: NDArray[np.int64]
    gone: NDArray[np.int64]


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
    places = [PlaceFields.model_validate(raw) for raw in json.loads((folder / PLACES).read_bytes())]
    columns = Columns.load(folder / COLUMNS)
    open_hours = OpenHours.load(folder / HOURS)
    stored = _stored(folder, manifest)
    space = SpaceIndex(columns.lat, columns.lon, stored.keys, stored.units)
    attributes = Attributes(columns, open_hours, stored.facets)
    return Snapshot(
        id=manifest["id"],
        built_at=datetime.fromisoformat(manifest["built_at"]),
        encoder_name=manifest["encoder"],
        counts=manifest["counts"],
        listings=listings,
        places=places,
        columns=columns,
        open_hours=open_hours,
        facets=stored.facets,
        vectors=stored.vectors,
        engine=Engine(space, stored.vectors, attributes, stored.anywhere, stored.coarse),
        lexical=stored.lexical,
        gazetteer=Gazetteer(places, listings, layers=[(stored.names, None)]),
        row_of=RowOf(folder, listings),
        stored=stored,
    )


def _stored(folder: Path, manifest: Mapping[str, Any]) -> Stored:
    return Stored(
        version=manifest["version"],
        **load_arrays(folder / SPACE),
        names=NameTable.load(folder / NAMES),
        vectors=FaissVectors.open(folder / VECTORS),
        anywhere=Anywhere.open(folder / ANYWHERE) if (folder / ANYWHERE).exists() else None,
        coarse=open_coarse(folder / COARSE) if (folder / COARSE).exists() else None,
        lexical=LexicalIndex(folder / LEXICAL),
        facets=Facets.load(folder / FACETS),
        mean_lengths=manifest["mean_lengths"],
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
    # Older formats have no checksum of their own; they are refused for what they are.
    if manifest.get("format") == FORMAT and manifest.get("checksum") != _manifest_checksum(manifest):
        raise SnapshotTorn(f"the manifest of {folder} is not as it was written; import again to rebuild")
    return manifest


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a snapshot's manifest, which checks itself, by one rename."""
    draft = folder / f".{MANIFEST}"
    whole = dict(manifest) | {"checksum": _manifest_checksum(manifest)}
    draft.write_text(json.dumps(whole, ensure_ascii=False, indent=2), encoding="utf-8")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(folder / MANIFEST)


def _manifest_checksum(manifest: Mapping[str, Any]) -> str:
    told = json.dumps({key: value for key, value in manifest.items() if key != "checksum"}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


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
