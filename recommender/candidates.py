"""Which rows are scored at all: those in the area asked about, or those that limits leave, or the few that can win.

Where a radius is asked for, its rows come from the engine's ranges and nothing else is looked at. Elsewhere limits are
masks over all rows, which cost little; what costs much is reading vectors. So of very many rows only those are scored
whose other terms, with the best meaning that there is, can still reach a page (`narrowed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.columns import CATEGORY_CODES
from index.engine import Engine, Method, Plan, kind_of
from index.listing import Category
from index.snapshot import Snapshot
from index.vectors import Scores, Vectors
from recommender.masks import Mask, Masks, area_of
from recommender.query import Limit, LimitKind
from recommender.scoring import costs_of

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
#: More than this share of all rows are proposed by what the approximate index keeps of vectors, which is a sixteenth of
#: them; of fewer it proposes whole lists.
_MANY = 0.25
#: Such proposals look at this share of all rows, and are asked for so many times as many until none that is left can
#: win, up to so many; the worst few of them do not tell how much is left.
_LOOKED_AT, _DEEPER, _DEEPEST, _LAST = 0.2, 4, 1_024, 0.05
#: What the highest values are is told by so many.
_SAMPLED = 16_384
#: More limits than this do not fit into a byte.
_MOST_CODED = 8
#: How rows are found that are asked for by themselves.
_THEMSELVES = Plan(Method.EXACT, "asked for by itself", 0, 0, 0)
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

    `total` rows of all satisfy every limit; `held` says of each limit whether any row at all does. The `plan` tells how
    they were found; which of their vectors are read is told when they are ranked.
    """

    rows: Rows
    masks: Mask
    total: int
    held: tuple[bool, ...]
    plan: Plan = _THEMSELVES


def candidates(
    snapshot: Snapshot, masks: Masks, hard: Sequence[Limit], visible: Visible, enough: int, slack: float | None = None
) -> Candidates:
    """Return the rows that satisfy all limits where there are `enough` of them, else those that may be shown.

    Of the latter only those that can be among the first `enough`: `slack` is how much all that is not a limit can make
    up for, in what relaxing costs (`scoring.costs_of`). None: it cannot be told, and all are returned.
    """
    return _in_area(snapshot, masks, hard, visible, enough, slack) or _anywhere(
        snapshot, masks, hard, visible, enough, slack
    )


def _in_area(
    snapshot: Snapshot, masks: Masks, hard: Sequence[Limit], visible: Visible, enough: int, slack: float | None
) -> Candidates | None:
    """Return the rows of an area with a radius; None where those outside of it can be among the first, too."""
    near = next((limit.near for limit in hard if limit.kind is LimitKind.NEAR and limit.near is not None), None)
    if near is None or near.radius_m is None:
        return None
    area = area_of(near, near.radius_m)
    if area is None:
        return None
    ranges = snapshot.engine.space.ranges(area)
    rows = masks.within_ranges(near, near.radius_m, ranges)
    plan = Plan(Method.EXACT, "in an area", len(ranges.starts), ranges.size, 0, snapshot.engine.tail, kind_of(area))
    rows = visible.among(rows, snapshot)
    rows = rows[~np.isin(rows, masks.anchors(near))]
    each = np.ones((len(hard), len(rows)), np.bool_)
    for at, limit in enumerate(hard):
        if limit.near is not near:
            each[at] = masks.on(limit, rows)
    strict = each.all(axis=0)
    total = int(np.count_nonzero(strict))
    if total >= enough:
        return Candidates(rows[strict], each[:, strict], total, (True,) * len(hard), replace(plan, left=total))
    if slack is None or len(rows) < enough:
        return None
    costs = costs_of(hard)
    cost = costs @ ~each
    most = float(np.partition(cost, enough - 1)[enough - 1]) + slack
    if most >= min(cost for cost, limit in zip(costs.tolist(), hard, strict=True) if limit.near is near):
        return None
    kept = cost <= most
    held = tuple(bool(mask.any()) or masks.holds(limit) for mask, limit in zip(each, hard, strict=True))
    plan = replace(plan, reason="in an area, other limits relaxed", left=total)
    return Candidates(rows[kept], each[:, kept], total, held, plan)


def _anywhere(
    snapshot: Snapshot, masks: Masks, hard: Sequence[Limit], visible: Visible, enough: int, slack: float | None
) -> Candidates:
    shown = visible.mask(snapshot)
    each = [masks.of(limit) for limit in hard]
    strict = shown.copy()
    for mask in each:
        strict &= mask
    total = int(np.count_nonzero(strict))
    held = tuple(bool(mask.any()) for mask in each)
    why = "limits over all rows" if hard else "no limits"
    plan = Plan(Method.EXACT, why, 0, len(shown), 0, snapshot.engine.tail, left=total)
    if total >= enough:
        rows = np.flatnonzero(strict)
        return Candidates(rows, np.ones((len(hard), len(rows)), np.bool_), total, held, plan)
    if slack is not None and 0 < len(hard) <= _MOST_CODED:
        rows, matrix = _cheapest(each, costs_of(hard), shown, enough, slack)
    else:
        rows = np.flatnonzero(shown)
        matrix = np.asarray([mask[rows] for mask in each], dtype=np.bool_).reshape(len(hard), len(rows))
    return Candidates(rows, matrix, total, held, replace(plan, reason="limits over all rows, some relaxed"))


def _cheapest(each: Sequence[Mask], costs: Floats, shown: Mask, enough: int, slack: float) -> tuple[Rows, Mask]:
    """Return the rows whose relaxing costs no more than the `enough` cheapest and the slack; and their masks."""
    # Which limits a row breaks is a number of as many bits, so that a row is one byte and not a cost for each limit.
    broken = np.zeros(len(shown), np.uint8)
    for bit, mask in enumerate(each):
        broken |= (~mask).view(np.uint8) << np.uint8(bit)
    size = 1 << len(each)
    counts = np.bincount(broken if shown.all() else broken[shown], minlength=size)
    bits = (np.arange(size)[:, None] >> np.arange(len(each))) & 1
    cost = bits @ costs
    order = np.argsort(cost, kind="stable")
    reached = np.flatnonzero(np.cumsum(counts[order]) >= enough)
    most = float(cost[order[reached[0]]]) + slack if len(reached) else np.inf
    rows = np.flatnonzero((cost <= most)[broken] & shown)
    return rows, ~bits.astype(np.bool_)[broken[rows]].T


def narrowed(
    engine: Engine,
    query: Vectors,
    rest: Floats,
    rows: Rows,
    reach: int,
    weight: float,
    outstanding: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Return the positions of the rows that can be among the first `reach`, ascending.

    `rest` is what all terms but meaning add up to for each of `rows`; meaning adds `weight` times the cosine. Positions
    that are `outstanding` by something few have are kept in any case.
    """
    depth = next((depth for depth in _DEPTHS if depth >= reach), reach)
    tried, least = _tried(engine, query, rest, rows, depth, weight, outstanding)
    can_win = np.flatnonzero(rest >= least)
    if len(can_win) <= max(SCORED_ROWS, _EACH * depth):
        return can_win
    if len(can_win) > len(rows) * _MANY:
        return tried
    return np.union1d(can_win[_tried(engine, query, rest[can_win], rows[can_win], depth, weight)[0]], tried)


def _tried(
    engine: Engine,
    query: Vectors,
    rest: Floats,
    rows: Rows,
    depth: int,
    weight: float,
    outstanding: NDArray[np.intp] | None = None,
) -> tuple[NDArray[np.intp], float]:
    """Return the best positions by meaning and those by all else, and what all else must add up to for any other."""
    by_rest, unseen = _highest(rest, _EACH * depth)
    also = by_rest if outstanding is None else np.union1d(by_rest, outstanding)
    deep = len(rows) > len(engine) * _MANY
    asked = depth
    while True:
        # Few words are near nothing in particular: of forty questions to a million listings all of the best ten were
        # among a fifth of all, and 96% of them among a tenth.
        proposed = (
            engine.propose_of_all(query, asked, _LOOKED_AT)
            if deep
            else engine.propose(query, max(depth, len(rows) // 200), rows)
        )
        at = np.minimum(rows.searchsorted(proposed), len(rows) - 1)
        by_meaning = at[rows[at] == proposed]
        tried = np.union1d(by_meaning, also)
        cosines = _cosines(engine, query, rows[tried])
        totals = rest[tried] + weight * cosines
        floor = np.partition(totals, len(totals) - depth)[len(totals) - depth] if len(totals) > depth else -np.inf
        least = float(floor - weight * (float(cosines.max(initial=0.0)) + _MARGIN))
        last = np.quantile(cosines[tried.searchsorted(by_meaning)], _LAST) if len(by_meaning) else 1.0
        # None that was not proposed means more than the last of those that were, nor has more of all else.
        if not deep or floor > weight * last + unseen or asked * _DEEPER > _DEEPEST:
            return tried, least
        asked *= _DEEPER


def _highest(values: Floats, most: int) -> tuple[NDArray[np.intp], float]:
    """Return the positions of about the `most` highest values, and what no other exceeds."""
    step = max(1, len(values) // _SAMPLED)
    sample = values[::step]
    last = max(0, len(sample) - max(1, most // step))
    least = float(np.partition(sample, last)[last]) if len(sample) else -np.inf
    found = np.flatnonzero(values > least) if step > 1 else np.flatnonzero(values >= least)
    if len(found) <= _EACH * most:
        return found, least
    last = len(found) - most
    order = np.argpartition(values[found], last)
    return found[order[last:]], float(values[found[order[last]]])


def _cosines(engine: Engine, query: Vectors, rows: Rows) -> Floats:
    scores: Scores = engine.scores(query, rows)
    return np.maximum(scores.astype(np.float64), 0.0)
