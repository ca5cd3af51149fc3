"""A snapshot and what was changed since as one: the rows that a build would make now, found through those of both.

The rows of the merged view stand in the very order of a fresh build. `RowMap` says where each came from: a row of the
snapshot, or one of the tail. Vectors and approximate lists are not copied but asked for by the snapshot's own rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from index.anywhere import Proposer
from index.coarse import Sieve
from index.facets import Facet, Facets
from index.lexical import FewWords, LexicalIndex
from index.listing import Listing
from index.space.curve import Keys
from index.vectors import FaissVectors, Rows, Scores, Vectors, best

Numbers = NDArray[np.int64]
_CACHED_VALUES = 1_024


@dataclass(frozen=True, slots=True, eq=False)
class RowMap:
    """Where rows come from.

    `source[row]` is the snapshot's row, or `old` plus the tail's; `here` is its inverse, -1 for what is gone.
    """

    old: int
    source: Numbers
    here: Numbers

    @classmethod
    def of(
        cls, keys: Keys, gone: Numbers, new: Sequence[Listing], new_keys: Keys, listings: Sequence[Listing]
    ) -> "RowMap":
        """Place new listings among those that remain, by key on the curve and then by id, as a build would."""
        old = len(listings)
        remains = np.ones(old, dtype=np.bool_)
        remains[gone] = False
        before = [_place(keys, new_keys[at], one.id, listings) for at, one in enumerate(new)]
        order = sorted(range(len(new)), key=lambda at: (before[at], new_keys[at], new[at].id))
        places = np.asarray([before[at] for at in order], dtype=np.int64)
        source = np.insert(np.arange(old), places, np.asarray(order, dtype=np.int64) + old)
        source = source[(source >= old) | remains[np.minimum(source, max(old - 1, 0))]] if old else source
        here = np.full(old + len(new), -1, dtype=np.int64)
        here[source] = np.arange(len(source))
        return cls(old, source, here)

    def apart(self, rows: Rows) -> tuple[NDArray[np.bool_], Rows]:
        """Return which of `rows` are new, and where each comes from."""
        source = self.source[rows]
        return source >= self.old, source

    @property
    def new_rows(self) -> Rows:
        """The rows of the tail, in its order."""
        return self.here[self.old :]


def _place(keys: Keys, key: np.uint64, listing_id: str, listings: Sequence[Listing]) -> int:
    """Return before which row a listing belongs: among rows of the same key they stand by id."""
    low, high = int(keys.searchsorted(key, "left")), int(keys.searchsorted(key, "right"))
    while low < high:
        middle = (low + high) // 2
        if listings[middle].id < listing_id:
            low = middle + 1
        else:
            high = middle
    return low


class MergedListings(Sequence[Listing]):
    """The listings of both."""

    def __init__(self, old: Sequence[Listing], new: Sequence[Listing], rows: RowMap) -> None:
        self._old, self._new, self._rows = old, new, rows

    def __len__(self) -> int:
        return len(self._rows.source)

    @overload
    def __getitem__(self, row: int) -> Listing: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[Listing]: ...

    def __getitem__(self, row: int | slice) -> Listing | Sequence[Listing]:
        if isinstance(row, slice):
            return [self[number] for number in range(*row.indices(len(self)))]
        source = int(self._rows.source[row])
        return self._old[source] if source < self._rows.old else self._new[source - self._rows.old]

    def __iter__(self) -> Iterator[Listing]:
        return (self[row] for row in range(len(self)))


class MergedRowOf(Mapping[str, int]):
    """The row of each listing id."""

    def __init__(
        self, old: Mapping[str, int], new: Sequence[Listing], rows: RowMap, listings: Sequence[Listing]
    ) -> None:
        self._old, self._rows, self._listings = old, rows, listings
        self._new = {listing.id: int(row) for listing, row in zip(new, rows.new_rows, strict=True)}

    def __getitem__(self, listing_id: str) -> int:
        if listing_id in self._new:
            return self._new[listing_id]
        row = int(self._rows.here[self._old[listing_id]])
        if row < 0:
            raise KeyError(listing_id)
        return row

    def __iter__(self) -> Iterator[str]:
        return (listing.id for listing in self._listings)

    def __len__(self) -> int:
        return len(self._listings)


class MergedFacets:
    """The facets of both."""

    def __init__(self, old: Facets, new: Facets, rows: RowMap) -> None:
        self._old, self._new, self._rows = old, new, rows
        self.rows = lru_cache(maxsize=_CACHED_VALUES)(self._rows_of)

    def _rows_of(self, kind: Facet, value: str) -> NDArray[np.int32]:
        """Return the rows that have a value, ascending."""
        old, new = self._old.rows(kind, value), self._new.rows(kind, value)
        rows = np.concatenate([self._rows.here[old], self._rows.new_rows[new]])
        return np.sort(rows[rows >= 0]).astype(np.int32)

    def has(self, kind: Facet, value: str, rows: Rows) -> NDArray[np.bool_]:
        """Return which of `rows` have a value."""
        is_new, source = self._rows.apart(rows)
        found = np.empty(len(rows), dtype=np.bool_)
        found[~is_new] = self._old.has(kind, value, source[~is_new])
        found[is_new] = self._new.has(kind, value, source[is_new] - self._rows.old)
        return found

    def labels(self, size: int) -> list[list[str]]:
        """Return what each of the first `size` rows has, as `kind=value`."""
        both = self._old.labels(self._rows.old) + self._new.labels(len(self._rows.new_rows))
        return [both[source] for source in self._rows.source[:size].tolist()]


class MergedVectors:
    """The vectors of both; the tail's are compared one by one."""

    def __init__(self, old: FaissVectors, new: FaissVectors, rows: RowMap) -> None:
        self._old, self._new, self._rows = old, new, rows
        self._gone = rows.old + len(new) - len(rows.source)

    def __len__(self) -> int:
        return len(self._rows.source)

    def search(self, query: Vectors, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows, best first, of `rows` or of all."""
        if rows is not None:
            return best(rows, self.scores(query, rows), k)
        old, scores = self._old.search(query, k + self._gone if k > 0 else 0)
        new, new_scores = self._new.search(query, k)
        found = np.concatenate([self._rows.here[old], self._rows.new_rows[new]])
        scores = np.concatenate([scores, new_scores])
        return best(found[found >= 0], scores[found >= 0], k)

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the inner product with each of `rows`, in their order."""
        is_new, source = self._rows.apart(rows)
        if not is_new.any():
            return self._old.scores(query, source)
        scores = np.empty(len(rows), dtype=np.float32)
        scores[~is_new] = self._old.scores(query, source[~is_new])
        scores[is_new] = self._new.scores(query, source[is_new] - self._rows.old)
        return scores

    def vector(self, row: int) -> Vectors:
        """Return the vector of a row."""
        source = int(self._rows.source[row])
        if source < self._rows.old:
            return self._old.vector(source)
        return self._new.vector(source - self._rows.old)


class MergedProposer:
    """Proposes rows of the snapshot that remain, and the whole tail."""

    def __init__(self, old: Proposer, rows: RowMap) -> None:
        self._old, self._rows = old, rows
        self._gone = int(np.count_nonzero(rows.here[: rows.old] < 0))

    def propose(self, query: Vectors, k: int, share: float = 0.0) -> Rows:
        """Return rows among which the `k` best very likely are, having looked at a `share` of all at least."""
        # Many are proposed for each that is wanted: those that are gone would have to be nearly all of them.
        return self._and_new(self._remaining(self._old.propose(query, k + min(self._gone, k), share)))

    def propose_among(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` among which the `k` best of them very likely are."""
        is_new, source = self._rows.apart(rows)
        return np.concatenate([self._remaining(self._old.propose_among(query, k, source[~is_new])), rows[is_new]])

    def propose_where(self, query: Vectors, k: int, left: float, keep: Callable[[Rows], Rows]) -> tuple[Rows, int]:
        """Return rows that `keep` keeps, among which the `k` best of those very likely are, and how many were asked."""

        def keep_old(source: Rows) -> Rows:
            # By the rows here, which the caller knows, and back.
            return self._rows.source[keep(self._remaining(source))]

        found, asked = self._old.propose_where(query, k, left, keep_old)
        new = self._rows.new_rows
        return np.concatenate([self._remaining(found), keep(new)]), asked + len(new)

    def _remaining(self, source: Rows) -> Rows:
        here = self._rows.here[source]
        return here[here >= 0]

    def _and_new(self, rows: Rows) -> Rows:
        return np.concatenate([rows, self._rows.new_rows])


class MergedSieve:
    """Leaves out what cannot be among the best, of the snapshot's rows; the tail's are all looked at."""

    def __init__(self, old: Sieve, rows: RowMap) -> None:
        self._old, self._rows = old, rows

    def may_be_best(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` that may be among the `k` best of them, ascending where `rows` are."""
        is_new, source = self._rows.apart(rows)
        kept = is_new.copy()
        kept[~is_new] = np.isin(source[~is_new], self._old.may_be_best(query, k, source[~is_new]))
        remaining: Rows = rows[kept]
        return remaining


class MergedWords:
    """The words of both. How rare a word is, is told by the snapshot's, until the tail is folded in."""

    def __init__(self, old: LexicalIndex, new: FewWords, rows: RowMap) -> None:
        self._old, self._new, self._rows = old, new, rows
        self._gone = int(np.count_nonzero(rows.here[: rows.old] < 0))

    def search(self, text: str, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows that share a word with `text`, best first, of `rows` or of all. BM25 scores."""
        new_scores = self._new.scores(text)
        new = self._rows.new_rows[new_scores > 0]
        new_scores = new_scores[new_scores > 0]
        if rows is None:
            old, scores = self._old.search(text, k + self._gone if k > 0 else 0)
        else:
            is_new, source = self._rows.apart(rows)
            old, scores = self._old.search(text, k, np.sort(source[~is_new]))
            kept = np.isin(new, rows)
            new, new_scores = new[kept], new_scores[kept]
        found = self._rows.here[old]
        found, scores = found[found >= 0], scores[found >= 0]
        return best(np.concatenate([found, new]), np.concatenate([scores, new_scores]), k)

    def scores(self, text: str, rows: Rows) -> NDArray[np.float32]:
        """Return the BM25 score of each of `rows`, in their order; 0 where no word is shared."""
        found, scores = self.search(text, len(rows), rows)
        by_row = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.asarray([by_row.get(row, 0.0) for row in rows.tolist()], dtype=np.float32)
