"""The engine: a query, an area and limits in; the best rows out, with the plan that found them.

Within a place it is exact: the area becomes row ranges, limits cut them, and only then are vectors read, so that the
cost follows the place and not the size of the country. Where neither area nor limits cut enough, an approximate index
proposes rows and their exact scores decide.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np

from index.anywhere import Proposer
from index.coarse import Sieve
from index.limits import Attributes, Limits
from index.space.areas import Area
from index.space.ranges import SpaceIndex
from index.vectors import Rows, Scores, VectorIndex, Vectors, best

#: What limits leave is scored row by row up to so many: beyond, the approximate index is faster
#: (`bench/index_choices.py`).
EXACT_ROWS = 10_000
#: What an area holds is scored row by row up to so many: a few milliseconds, which exactness is worth.
EXACT_IN_AREA = 100_000
#: Limits are tried on so many rows, evenly spread, to tell how much they leave.
_SAMPLE = 2_000


class Method(StrEnum):
    """How rows were found."""

    NOTHING = "nothing"
    EXACT = "exact"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a search did, and why.

    `ranges` are the row ranges of the area, `looked_at` the rows whose coordinates or limits were looked at, and
    `scored` those whose vectors were read. `tail` rows of the index are newer than the snapshot on disk. `area` is the
    kind of area that was asked about, and `left` what area and limits leave; None where that was not counted.
    """

    method: Method
    reason: str
    ranges: int
    looked_at: int
    scored: int
    tail: int = 0
    area: str | None = None
    left: int | None = None


def kind_of(area: Area) -> str:
    """Return an area's kind as a plan names it: circle, box, polygon, corridor."""
    return type(area).__name__.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best rows, best first, equal scores by row; their inner products with the query; and the plan."""

    rows: Rows
    scores: Scores
    plan: Plan


class SearchEngine(Protocol):
    """What finds rows by meaning, place and limits: the engine here, or Milvus."""

    def __len__(self) -> int: ...

    def search(
        self, query: Vectors, k: int, *, area: Area | None = None, limits: Limits | None = None, exact: bool = False
    ) -> Found:
        """Return the `k` best rows in an area that satisfy limits; `exact` forbids to approximate."""
        ...


class Engine:
    """The engine over one snapshot. Safe to share between threads."""

    def __init__(
        self,
        space: SpaceIndex,
        vectors: VectorIndex,
        attributes: Attributes,
        anywhere: Proposer | None = None,
        coarse: Sieve | None = None,
        tail: int = 0,
    ) -> None:
        self.space = space
        self._vectors = vectors
        self.attributes = attributes
        self._anywhere = anywhere
        self._coarse = coarse
        self.tail = tail

    def __len__(self) -> int:
        return len(self._vectors)

    def search(
        self, query: Vectors, k: int, *, area: Area | None = None, limits: Limits | None = None, exact: bool = False
    ) -> Found:
        """Return the `k` best rows in an area that satisfy limits; `exact` forbids to approximate."""
        found = self._search(query, k, area, limits, exact=exact)
        return replace(found, plan=replace(found.plan, tail=self.tail)) if self.tail else found

    def propose(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` among which the `k` best of them very likely are; all without an approximate index."""
        if self._anywhere is None or k <= 0 or len(rows) <= k:
            return rows
        return self._anywhere.propose_among(query, k, rows)

    def propose_of_all(self, query: Vectors, k: int, share: float) -> Rows:
        """Return rows among which the `k` best of all very likely are, having looked at a `share` of all at least."""
        return np.arange(len(self)) if self._anywhere is None else self._anywhere.propose(query, k, share)

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the inner product of a query with each of `rows`."""
        return self._vectors.scores(query, rows)

    def _search(self, query: Vectors, k: int, area: Area | None, limits: Limits | None, *, exact: bool) -> Found:
        if k <= 0 or not len(self):
            nothing = Plan(Method.NOTHING, "no rows were asked for", 0, 0, 0)
            return Found(np.empty(0, np.int64), np.empty(0, np.float32), nothing)
        if area is not None:
            return self._in_area(query, k, area, limits, exact=exact)
        if limits is not None:
            return self._with_limits(query, k, limits, exact=exact)
        if self._anywhere is None or exact:
            plan = Plan(Method.EXACT, "all rows", 0, 0, len(self))
            if self._coarse is not None:
                return self._scored(query, k, np.arange(len(self)), plan)
            return Found(*self._vectors.search(query, k), plan)
        rows = self._anywhere.propose(query, k)
        return self._scored(query, k, rows, Plan(Method.APPROXIMATE, "no place and no limits", 0, 0, len(rows)))

    def _in_area(self, query: Vectors, k: int, area: Area, limits: Limits | None, *, exact: bool) -> Found:
        ranges = self.space.ranges(area)
        size = ranges.size
        rows = ranges.rows()[area.contains(self.space.points(ranges))]
        if limits is not None:
            rows = self.attributes.holding(limits, rows)
        left = len(rows)
        plan = Plan(Method.EXACT, "in an area", len(ranges.starts), size, left, area=kind_of(area), left=left)
        if self._anywhere is None or exact or left <= EXACT_IN_AREA:
            return self._scored(query, k, rows, plan)
        proposed = self._anywhere.propose_among(query, k, rows)
        reason = f"{left:,} rows in the area"
        plan = replace(plan, method=Method.APPROXIMATE, reason=reason, scored=len(proposed))
        return self._scored(query, k, proposed, plan)

    def _with_limits(self, query: Vectors, k: int, limits: Limits, *, exact: bool) -> Found:
        total = len(self)
        if self._anywhere is not None and not exact:
            sample = np.arange(0, total, max(1, total // _SAMPLE))
            left = len(self.attributes.holding(limits, sample)) / len(sample)
            if left * total > EXACT_ROWS:
                rows, looked_at = self._anywhere.propose_where(
                    query, k, left, lambda rows: self.attributes.holding(limits, rows)
                )
                reason = f"limits leave about {left:.1%}"
                return self._scored(query, k, rows, Plan(Method.APPROXIMATE, reason, 0, looked_at, len(rows)))
        rows = self.attributes.all_holding(limits, total)
        return self._scored(query, k, rows, Plan(Method.EXACT, "limits leave few", 0, total, len(rows), left=len(rows)))

    def _scored(self, query: Vectors, k: int, rows: Rows, plan: Plan) -> Found:
        if self._coarse is not None:
            rows = self._coarse.may_be_best(query, k, rows)
        rows, scores = best(rows, self._vectors.scores(query, rows), k)
        return Found(rows, scores, plan)
