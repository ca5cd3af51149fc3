"""Which rows are scored at all: those in the area asked about, or those that limits leave, or the few that can win.

Where a radius is asked for, its rows come from the engine's ranges and nothing else is looked at. Elsewhere limits are
masks over all rows, which cost little; what costs much is reading vectors. So of very many rows only those are scored
whose other terms, with the best meaning that there is, can still reach a page (`narrowed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.columns import CATEGORY_CODES
from index.engine import Engine
from index.listing import Category
from index.snapshot import Snapshot
from index.vectors import Scores, Vectors
from recommender.masks import Mask, Masks
from recommender.query import Limit, LimitKind

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
#: So many rows are all scored: reading 20,000 vectors takes less than two milliseconds (the kernel's table of
#: `bench/index_choices.py`), a fraction of the request around it (`bench/request.py`).
SCORED_ROWS = 20_000
#: How deep an order is told: pages of one request are cut from few depths, so that they do not overlap.
_DEPTHS = (64, 1_152)
#: Of more rows that can win, so many times the depth are taken by all terms but meaning, and the depth by meaning, for
#: which the engine proposes many times as many.
_EACH = 16
#: The best meaning is found by an approximate index: somewhat better ones may be missed. And terms are rounded.
_MARGIN = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Visible:
    """Which rows may be shown: not the `hidden` ones, and only of some categories (all where None)."""

    hidden: Rows
    codes: tuple[int, ...] | None

    @classmethod
    def of(cls, snapshot: Snapshot, hidden: frozenset[str], categories: frozenset[Category]) -> "Visible":
        """Look up what is hidden, and the categories chosen."""
        rows = [row for listing in hidden if (row := snapshot.row_of.get(listing)) is not None]
        codes = tuple(CATEGORY_CODES[category] for category in categories) or None
        return cls(np.asarray(rows, dtype=np.int64), codes)

    def mask(self, snapshot: Snapshot) -> Mask:
        """Return for each row whether it may be shown."""
        category = snapshot.columns.category
        mask = np.ones(len(category), dtype=np.bool_) if self.codes is None else np.isin(category, self.codes)
        mask[self.hidden] = False
        return mask

    def among(self, rows: Rows, snapshot: Snapshot) -> Rows:
        """Return those of `rows` that may be shown."""
        if len(self.hidden):
            rows = rows[~np.isin(rows, self.hidden)]
        return rows if self.codes is None else rows[np.isin(snapshot.columns.category[rows], self.codes)]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Rows to be scored, ascending; `masks` say for each hard limit which of them satisfy it.

    `total` rows of all satisfy every limit; `held` says of each limit whether any row at all does.
    """

    rows: Rows
    masks: Mask
    total: int
    held: tuple[bool, ...]


def candidates(snapshot: Snapshot, masks: Masks, hard: Sequence[Limit], visible: Visible, enough: int) -> Candidates:
    """Return the rows that satisfy all limits where there are `enough` of them, else all that may be shown."""
    return _in_area(snapshot, masks, hard, visible, enough) or _anywhere(snapshot, masks, hard, visible, enough)


def _in_area(
    snapshot: Snapshot, masks: Masks, hard: Sequence[Limit], visible: Visible, enough: int
) -> Candidates | None:
    """Return the rows of an area with a radius that satisfy all limits; None where they are too few."""
    near = next((limit.near for limit in hard if limit.kind is LimitKind.NEAR and limit.near is not None), None)
    if near is None or near.radius_m is None:
        return None
    rows = masks.within(near, near.radius_m)
    if rows is None:
        return None
    rows = visible.among(rows, snapshot)
    rows = rows[~np.isin(rows, masks.anchors(near))]
    for limit in hard:
        if limit.near is not near:
            rows = rows[masks.on(limit, rows)]
    if len(rows) < enough:
        return None
    return Candidates(rows, np.ones((len(hard), len(rows)), np.bool_), len(rows), (True,) * len(hard))


def _anywhere(snapshot: Snapshot, masks: Masks, hard: Sequence[Limit], visible: Visible, enough: int) -> Candidates:
    shown = visible.mask(snapshot)
    each = [masks.of(limit) for limit in hard]
    strict = shown.copy()
    for mask in each:
        strict &= mask
    total = int(np.count_nonzero(strict))
    rows = np.flatnonzero(strict if total >= enough else shown)
    matrix = np.asarray([mask[rows] for mask in each], dtype=np.bool_).reshape(len(hard), len(rows))
    return Candidates(rows, matrix, total, tuple(bool(mask.any()) for mask in each))


def narrowed(engine: Engine, query: Vectors, rest: Floats, rows: Rows, reach: int, weight: float) -> NDArray[np.intp]:
    """Return the positions of the rows that can be among the first `reach`, ascending.

    `rest` is what all terms but meaning add up to for each of `rows`; meaning adds `weight` times the cosine.
    """
    depth = next((depth for depth in _DEPTHS if depth >= reach), reach)
    tried = _best_of(engine, query, rest, rows, np.arange(len(rows)), depth)
    cosines = _cosines(engine, query, rows[tried])
    totals = rest[tried] + weight * cosines
    floor = np.partition(totals, len(totals) - depth)[len(totals) - depth] if len(totals) > depth else -np.inf
    least = floor - weight * (float(cosines.max(initial=0.0)) + _MARGIN)
    can_win = np.flatnonzero(rest >= least)
    if len(can_win) <= max(SCORED_ROWS, _EACH * depth):
        return can_win
    return _best_of(engine, query, rest, rows, can_win, depth)


def _best_of(
    engine: Engine, query: Vectors, rest: Floats, rows: Rows, of: NDArray[np.intp], depth: int
) -> NDArray[np.intp]:
    """Return the best positions `of` some by meaning, and those by all else."""
    # The engine proposes some twenty rows for each that is asked for. Few words are near nothing in particular: of a
    # million listings the best ten for them were among a tenth of all, and not all among a fortieth.
    asked, most = max(depth, len(of) // 200), _EACH * depth
    by_meaning = rows.searchsorted(engine.propose(query, asked, rows[of]))
    if len(of) <= most:
        return np.unique(np.concatenate([by_meaning, of]))
    by_rest = of[np.argpartition(-rest[of], most)[:most]]
    return np.unique(np.concatenate([by_meaning, by_rest]))


def _cosines(engine: Engine, query: Vectors, rows: Rows) -> Floats:
    scores: Scores = engine.scores(query, rows)
    return np.maximum(scores.astype(np.float64), 0.0)
