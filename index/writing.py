"""The parts of a snapshot, written from spooled listings in two passes, of which neither holds them all in memory."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.anywhere import write_anywhere
from index.arrays import save_arrays
from index.coarse import write_coarse
from index.columns import ColumnCollector
from index.embedding import PassageEmbedder
from index.encoders import load_encoder
from index.facets import FacetCollector
from index.gazetteer import LISTING_KIND, name_places
from index.hours import HoursCollector
from index.lazy_listings import LazyListings
from index.lexical import write_lexical
from index.listing import Listing
from index.name_table import Naming
from index.opening import ANYWHERE, COARSE, COLUMNS, FACETS, HOURS, LEXICAL, NAMES, PLACES, SPACE, VECTORS
from index.passages import passage_of, searchable_text
from index.places import PlaceFields
from index.progress import Progress
from index.settings import Settings
from index.space.curve import keys_of
from index.space.points import unit_vectors
from index.vector_cache import VectorCache, passage_hash
from index.vectors import Vectors, write_faiss

#: Passages that are looked up at once.
_EMBEDDED_AT_ONCE = 65_536
_TOLD_EACH = 5_000
_ROUGH = ".vectors"
Embed = Callable[[Sequence[str]], Iterator[Vectors]]


def write_vectors(folder: Path, listings: LazyListings, settings: Settings, progress: Progress) -> int:
    """Write the vectors of listings in every form that searches read; return their dimension."""
    rough = folder / _ROUGH
    dimension = 0
    with (
        VectorCache(settings.data / "vectors.sqlite", settings.encoder) as cache,
        PassageEmbedder(settings.encoder) as embedder,
        rough.open("wb") as file,
    ):
        for start in range(0, len(listings), _EMBEDDED_AT_ONCE):
            stop = min(start + _EMBEDDED_AT_ONCE, len(listings))
            passages = [passage_of(listings[row]) for row in range(start, stop)]
            vectors = passage_vectors(passages, embedder.vectors, cache, _shifted(progress, start, len(listings)))
            dimension = vectors.shape[1]
            file.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
    if not dimension:
        dimension = int(load_encoder(settings.encoder).get_embedding_dimension() or 0)
    # Read from the disk's cache, not held: what is written first may be written whole.
    stored = np.memmap(rough, np.float32, "r", shape=(len(listings), dimension)) if len(listings) else _none(dimension)
    write_faiss(stored, dimension, folder / VECTORS)
    progress("anywhere", 0, len(listings))
    write_anywhere(stored, folder / ANYWHERE)
    write_coarse(stored, settings.vectors, folder / COARSE)
    progress("anywhere", len(listings), len(listings))
    rough.unlink()
    return dimension


def passage_vectors(passages: Sequence[str], embed: Embed, cache: VectorCache, progress: Progress) -> Vectors:
    """Return the vectors of passages; only those that the cache lacks are embedded, and then kept in it."""
    hashes = [passage_hash(passage) for passage in passages]
    known = cache.get(list(dict.fromkeys(hashes)))
    missing = {key: text for key, text in zip(hashes, passages, strict=True) if key not in known}
    done = len(passages) - len(missing)
    progress("vectors", done, len(passages))
    for made in _embedded(embed, missing):
        cache.put(made)
        known.update(made)
        done += len(made)
        progress("vectors", done, len(passages))
    return np.stack([known[key] for key in hashes])


def _embedded(embed: Embed, missing: Mapping[bytes, str]) -> Iterator[list[tuple[bytes, Vectors]]]:
    if not missing:
        return
    keys = list(missing)
    at = 0
    for vectors in embed(list(missing.values())):
        yield list(zip(keys[at : at + len(vectors)], vectors, strict=True))
        at += len(vectors)


def _shifted(progress: Progress, start: int, total: int) -> Progress:
    return lambda step, done, _: progress(step, start + done, total)


def _none(dimension: int) -> NDArray[np.float32]:
    return np.empty((0, dimension), np.float32)


def write_parts(
    folder: Path, listings: LazyListings, places: Sequence[PlaceFields], settings: Settings, progress: Progress
) -> tuple[dict[str, Any], dict[str, float]]:
    """Write everything but the vectors, in one pass; return counts for people and the mean lengths of the words."""
    parts = _Parts(settings)
    lengths = write_lexical(folder / LEXICAL, parts.read(listings, progress))
    columns = parts.columns.columns()
    columns.save(folder / COLUMNS)
    save_arrays(folder / SPACE, keys=keys_of(columns.lat, columns.lon), units=unit_vectors(columns.lat, columns.lon))
    parts.facets.facets().save(folder / FACETS)
    parts.hours.hours().save(folder / HOURS)
    name_places(parts.naming, places)
    parts.naming.table().save(folder / NAMES)
    (folder / PLACES).write_text(
        json.dumps([place.model_dump() for place in places], ensure_ascii=False), encoding="utf-8"
    )
    counts = {
        "county": settings.county,
        "listings": len(listings),
        "places": len(places),
        "by_category": dict(parts.by_category),
        "by_area": dict(parts.by_area),
    }
    return counts, lengths


class _Parts:
    """What is collected of each listing as it passes by."""

    def __init__(self, settings: Settings) -> None:
        self.columns = ColumnCollector()
        self.facets = FacetCollector()
        self.hours = HoursCollector()
        self.naming = Naming((settings.county, settings.county_en))
        self.by_category: Counter[str] = Counter()
        self.by_area: Counter[str] = Counter()

    def read(self, listings: LazyListings, progress: Progress) -> Iterator[tuple[str, str]]:
        """Yield what is searched by words of each listing, having collected the rest."""
        progress("words", 0, len(listings))
        for row, listing in enumerate(listings):
            self.columns.add(listing)
            self.facets.add(listing)
            self.hours.add(listing.hours)
            self.naming.add(row, LISTING_KIND, listing.name, listing.name_en)
            self.by_category[str(listing.category)] += 1
            self.by_area[listing.area or ""] += 1
            yield names_of(listing), searchable_text(listing)
            if row % _TOLD_EACH == _TOLD_EACH - 1:
                progress("words", row, len(listings))
        progress("words", len(listings), len(listings))


def names_of(listing: Listing) -> str:
    """Return a listing's names, a line each."""
    return "\n".join(name for name in (listing.name, listing.name_en) if name)
