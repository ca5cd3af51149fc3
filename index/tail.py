"""The fresh tail: what was written to listings since the snapshot was built, made searchable beside it.

Each worker process makes its own from the database, which holds every change that was acknowledged; vectors come from
the cache, or are embedded once and kept there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import inspect

from index.columns import Columns
from index.embedding import embed_all
from index.engine import Engine
from index.facets import Facets
from index.gazetteer import Gazetteer, table_of
from index.hours import OpenHours, parse_hours
from index.lazy_listings import LazyListings, line_of, listing_of
from index.lexical import FewWords, words_of
from index.limits import Attributes
from index.listing import Listing
from index.merging import (
    MergedFacets,
    MergedListings,
    MergedProposer,
    MergedRowOf,
    MergedSieve,
    MergedVectors,
    MergedWords,
    RowMap,
)
from index.opening import Changes, Snapshot
from index.passages import passage_of, searchable_text
from index.progress import silent
from index.settings import Settings
from index.space.curve import keys_of
from index.space.points import unit_vectors
from index.space.ranges import SpaceIndex
from index.vector_cache import VectorCache
from index.vectors import FaissVectors, Vectors, flat_index
from index.writing import names_of, passage_vectors


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One listing as it is now, ready to be searched; None when it is closed or deleted."""

    line: bytes
    listing: Listing
    vector: Vectors
    words: Mapping[str, list[str]]


class Tail:
    """The changes since one snapshot was built. Not safe to share between threads."""

    def __init__(self, base: Snapshot, settings: Settings) -> None:
        self._base = base
        self._settings = settings
        self._changes: dict[str, Change | None] = {}

    def __len__(self) -> int:
        return len(self._changes)

    def take(self, written: Mapping[str, Listing | None]) -> None:
        """Take up what was written: listings as they are now, None for one that is closed or deleted."""
        lines = {key: None if listing is None else _line(listing) for key, listing in written.items()}
        news = {key: line for key, line in lines.items() if line is not None and self._is_news(key, line)}
        made = self._made(news)
        for key, line in lines.items():
            if key in made:
                self._changes[key] = made[key]
            elif line is None and key in self._base.row_of:
                self._changes[key] = None
            elif line is None or self._is_as_built(key, line):
                self._changes.pop(key, None)

    def merged(self, version: int) -> Snapshot:
        """Return the snapshot with the changes in it; `version` is the newest that was taken up."""
        return _merged(self._base, self._changes, self._settings, version) if self._changes else self._base

    def _is_as_built(self, key: str, line: bytes) -> bool:
        row = self._base.row_of.get(key)
        return row is not None and _stored_line(self._base, row) == line

    def _is_news(self, key: str, line: bytes) -> bool:
        known = self._changes.get(key)
        return not (known is not None and known.line == line) and not self._is_as_built(key, line)

    def _made(self, lines: Mapping[str, bytes]) -> Mapping[str, Change]:
        if not lines:
            return {}
        listings = {key: listing_of(line) for key, line in lines.items()}
        settings = self._settings
        with VectorCache(settings.data / "vectors.sqlite", settings.encoder) as cache:
            passages = [passage_of(listing) for listing in listings.values()]
            vectors = passage_vectors(passages, partial(embed_all, settings.encoder), cache, silent)
        return {
            key: Change(lines[key], listing, vector, words_of(names_of(listing), searchable_text(listing)))
            for (key, listing), vector in zip(listings.items(), vectors, strict=True)
        }


def _line(listing: Listing) -> bytes:
    return line_of({column.key: getattr(listing, column.key) for column in inspect(Listing).columns})


def _stored_line(base: Snapshot, row: int) -> bytes:
    assert isinstance(base.listings, LazyListings)  # noqa: S101 - a snapshot as opened
    return base.listings.line(row)


def _merged(base: Snapshot, changes: Mapping[str, Change | None], settings: Settings, version: int) -> Snapshot:
    kept = [change for change in changes.values() if change is not None]
    new = [change.listing for change in kept]
    gone = np.asarray([row for key in changes if (row := base.row_of.get(key)) is not None], dtype=np.int64)
    new_columns = Columns.of(new)
    new_keys = keys_of(new_columns.lat, new_columns.lon)
    rows = RowMap.of(base.stored.keys, gone, new, new_keys, base.listings)
    listings = MergedListings(base.listings, new, rows)
    columns = base.columns.followed_by(new_columns, rows.source)
    hours = base.open_hours.followed_by(OpenHours.of([parse_hours(one.hours) for one in new]), rows.source)
    facets = MergedFacets(base.stored.facets, Facets.of(new), rows)
    vectors = MergedVectors(base.stored.vectors, _indexed(kept), rows)
    names = table_of([], new, (settings.county, settings.county_en))
    return replace(
        base,
        id=f"{base.id}.{version}",
        counts=_counts(base, gone.tolist(), new),
        listings=listings,
        columns=columns,
        open_hours=hours,
        facets=facets,
        vectors=vectors,
        engine=_engine(base, new_columns, rows, vectors, Attributes(columns, hours, facets), len(new)),
        lexical=MergedWords(
            base.stored.lexical,
            FewWords([change.words for change in kept], base.stored.lexical, base.stored.mean_lengths),
            rows,
        ),
        gazetteer=Gazetteer(
            base.places, listings, layers=[(base.stored.names, rows.here[: rows.old]), (names, rows.new_rows)]
        ),
        row_of=MergedRowOf(base.row_of, new, rows, listings),
        tail=len(new),
        gone=len(gone),
        changes=Changes(base, new, rows.new_rows, rows.here[: rows.old], np.sort(gone)),
    )


def _indexed(changes: Sequence[Change]) -> FaissVectors:
    vectors = np.stack([change.vector for change in changes]) if changes else np.empty((0, 1), np.float32)
    return FaissVectors(flat_index(vectors, vectors.shape[1]))


def _engine(
    base: Snapshot, new: Columns, rows: RowMap, vectors: MergedVectors, attributes: Attributes, tail: int
) -> Engine:
    stored, columns = base.stored, attributes.columns
    keys = np.concatenate([stored.keys, keys_of(new.lat, new.lon)])[rows.source]
    units = np.concatenate([stored.units, unit_vectors(new.lat, new.lon)])[rows.source]
    return Engine(
        SpaceIndex(columns.lat, columns.lon, keys, units),
        vectors,
        attributes,
        None if stored.anywhere is None else MergedProposer(stored.anywhere, rows),
        None if stored.coarse is None else MergedSieve(stored.coarse, rows),
        tail,
    )


def _counts(base: Snapshot, gone: Sequence[int], new: Sequence[Listing]) -> Mapping[str, Any]:
    """Return how much there is of everything, with what is gone taken away and what is new added."""
    before = [base.listings[row] for row in gone]
    counts = dict(base.counts) | {"listings": base.counts["listings"] - len(before) + len(new)}
    for name, told in (
        ("by_category", lambda one: str(one.category)),
        ("by_area", lambda one: one.area or ""),
    ):
        changed = Counter(base.counts[name])
        changed.subtract(map(told, before))
        changed.update(map(told, new))
        counts[name] = {key: count for key, count in changed.items() if count > 0}
    return counts
