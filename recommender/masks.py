"""Limits → rows: which rows satisfy each, and how far each row is from the place asked about.

The rows of a limit depend on that limit alone, so that taking a chip away never narrows an answer.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from index.columns import CATEGORY_CODES
from index.geodesy import EARTH_RADIUS_M, distances_m
from index.listing import Category
from index.snapshot import Snapshot
from index.space.areas import Area, Circle, Corridor
from index.space.ranges import Ranges
from recommender.lexicon import Lexicon
from recommender.names_of_all import Neighbours
from recommender.query import AREA_PREFIX, LISTING_PREFIX, Limit, LimitKind, Near, Range

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
#: No place on earth is farther from another.
_FARTHEST_M = np.pi * EARTH_RADIUS_M
#: Ways, with the detour, beyond which a corridor cuts little and goes round the earth's bend: a circle is asked for.
_LONGEST_WAY_M = 1_000_000.0
#: Rows that are looked at together where one that satisfies a limit is enough.
_AT_ONCE = 32_768


class Masks:
    """Answers for one snapshot which rows satisfy a limit."""

    def __init__(self, snapshot: Snapshot, lexicon: Lexicon, neighbours: Neighbours) -> None:
        self._snapshot = snapshot
        self._lexicon = lexicon
        self._neighbours = neighbours

    def of(self, limit: Limit) -> Mask:
        """Return for each row whether it satisfies a limit; what is unknown does not, but for opening hours."""
        if limit.range is not None:
            return self._inside(limit.kind, limit.range, slice(None))
        if limit.near is not None:
            return self._near(limit.near)
        if limit.at is not None:
            # Few listings state their hours; one that states none may well be open.
            return ~self._snapshot.open_hours.known | self.open_rows(limit.at, whole_day=limit.whole_day)
        return self._named(limit)

    def on(self, limit: Limit, rows: NDArray[np.int64]) -> Mask:
        """Return for each of `rows` whether it satisfies a limit: the same as `of`, for few rows of many."""
        columns, kind, values = self._snapshot.columns, limit.kind, limit.values
        if limit.range is not None:
            return self._inside(kind, limit.range, rows)
        if limit.near is not None:
            return self._near_on(limit.near, rows)
        if limit.at is not None and not limit.whole_day:
            return self._snapshot.open_hours.may_be_open(limit.at, rows)
        if limit.at is not None:
            return self.of(limit)[rows]
        if kind is LimitKind.CATEGORY:
            return np.isin(columns.category[rows], [CATEGORY_CODES[Category(value)] for value in values])
        return self._named_on(limit, rows)

    def _named_on(self, limit: Limit, rows: NDArray[np.int64]) -> Mask:
        kind, values = limit.kind, limit.values
        if kind is LimitKind.PRICE_LEVEL:
            return np.isin(self._snapshot.columns.price_level[rows], [float(value) for value in values])
        if kind is LimitKind.NAME:
            return np.isin(rows, [self._snapshot.row_of[value] for value in values])
        if kind is LimitKind.PARTY:
            return among(self._lexicon.parties[values[0]], rows)
        if kind is LimitKind.SORT:
            return np.ones(len(rows), dtype=np.bool_)
        each = [among(having, rows) for having in self._having(kind, values)]
        has = np.any([np.zeros(len(rows), np.bool_), *each], axis=0)
        return np.asarray(~has if kind is LimitKind.NOT else has, dtype=np.bool_)

    def holds(self, limit: Limit) -> bool:
        """Whether any row at all satisfies a limit; no more is looked at than it takes to tell."""
        size = len(self._snapshot.listings)
        return any(
            self.on(limit, np.arange(start, min(size, start + _AT_ONCE))).any() for start in range(0, size, _AT_ONCE)
        )

    def _named(self, limit: Limit) -> Mask:
        columns, kind, values = self._snapshot.columns, limit.kind, limit.values
        if kind is LimitKind.CATEGORY:
            return np.isin(columns.category, [CATEGORY_CODES[Category(value)] for value in values])
        if kind is LimitKind.PRICE_LEVEL:
            return np.isin(columns.price_level, [float(value) for value in values])
        if kind is LimitKind.NAME:
            return self._rows([self._snapshot.row_of[value] for value in values])
        if kind is LimitKind.PARTY:
            return self._rows(self._lexicon.parties[values[0]])
        if kind is LimitKind.SORT:
            return self._all()
        return ~self._things(kind, values) if kind is LimitKind.NOT else self._things(kind, values)

    def open_rows(self, at: datetime, *, whole_day: bool = False) -> Mask:
        """Return for each row whether it is known to be open at a time, or at any half-hour of its day."""
        hours = self._snapshot.open_hours
        if not whole_day:
            return hours.open_rows(at)
        midnight = at.replace(hour=0, minute=0)
        halves = [hours.open_rows(midnight + timedelta(minutes=30 * half)) for half in range(48)]
        return np.asarray(np.any(halves, axis=0), dtype=np.bool_)

    def distances(self, near: Near | None, rows: NDArray[np.int64]) -> Floats | None:
        """Return how far `rows` are from a place, metres, NaN where unknown; None when there is nowhere to measure.

        Of a way it is the detour: how much longer it is by the row's place.
        """
        points = _points(near)
        if points is None:
            return None
        lats, lons = self._snapshot.columns.lat[rows], self._snapshot.columns.lon[rows]
        away = [distances_m(*point, lats, lons) for point in points]
        return away[0] if len(away) == 1 else np.maximum(away[0] + away[1] - _length(points), 0.0)

    def within(self, near: Near, reach_m: float) -> NDArray[np.int64] | None:
        """Return the rows that are no farther from a place, or no longer a detour, ascending.

        None when there is nowhere to measure.
        """
        area = area_of(near, reach_m)
        return None if area is None else self.within_ranges(near, reach_m, self._snapshot.engine.space.ranges(area))

    def within_ranges(self, near: Near, reach_m: float, ranges: Ranges) -> NDArray[np.int64]:
        """Return which rows of an area's ranges (`area_of`) are no farther, or no longer a detour, ascending."""
        rows = ranges.rows()
        return rows[np.asarray(self.distances(near, rows)) <= reach_m]

    def listed_near(self, near: Near) -> NDArray[np.int64]:
        """Return the rows that say they are near one of a place's listings."""
        return np.concatenate([np.empty(0, np.int64), *map(self.neighbours, near.anchors)])

    def neighbours(self, listing_id: str) -> NDArray[np.int64]:
        """Return the rows whose listing says that another one is near."""
        return self._neighbours.of(listing_id)

    def _all(self) -> Mask:
        return np.ones(len(self._snapshot.listings), dtype=np.bool_)

    def _rows(self, rows: object) -> Mask:
        mask = np.zeros(len(self._snapshot.listings), dtype=np.bool_)
        mask[np.asarray(rows, dtype=np.int64)] = True
        return mask

    def _things(self, kind: LimitKind, values: tuple[str, ...]) -> Mask:
        mask = self._rows(())
        for rows in self._having(kind, values):
            mask[rows] = True
        return mask

    def _having(self, kind: LimitKind, values: tuple[str, ...]) -> Iterator[NDArray[np.int64]]:
        """Yield the rows of each value, ascending."""
        for value in values:
            if value.startswith(LISTING_PREFIX):
                yield np.asarray([self._snapshot.row_of[value.removeprefix(LISTING_PREFIX)]], dtype=np.int64)
            elif value.startswith(AREA_PREFIX):
                yield self._lexicon.rows(LimitKind.AREA, value.removeprefix(AREA_PREFIX))
            else:
                yield self._lexicon.rows(LimitKind.DISH if kind is LimitKind.NOT else kind, value)

    def _inside(self, kind: LimitKind, asked: Range, rows: "NDArray[np.int64] | slice") -> Mask:
        columns = self._snapshot.columns
        if kind is LimitKind.DURATION:
            shortest, longest = columns.duration_min[rows], columns.duration_max[rows]
            if asked.low is not None and asked.low == asked.high:
                return (shortest <= asked.low) & (longest >= asked.low)
            return _holds(asked, shortest) & _holds(asked, longest)
        values = {LimitKind.PRICE: columns.price, LimitKind.RATING: columns.rating, LimitKind.STARS: columns.stars}
        return _holds(asked, values[kind][rows])

    def anchors(self, near: Near) -> NDArray[np.int64]:
        """Return the rows of the listings that a place is."""
        row_of = self._snapshot.row_of
        return np.asarray([row_of[anchor] for anchor in near.anchors if anchor in row_of], dtype=np.int64)

    def _near(self, near: Near) -> Mask:
        if _points(near) is None:
            listed = self.listed_near(near)
            mask = self._rows(listed) if len(listed) else self._all()
        else:
            mask = self._all() if near.radius_m is None else self._rows(self.within(near, near.radius_m))
        mask[self.anchors(near)] = False
        return mask

    def _near_on(self, near: Near, rows: NDArray[np.int64]) -> Mask:
        distances = self.distances(near, rows)
        if distances is not None and near.radius_m is not None:
            mask = distances <= near.radius_m
        else:
            listed = self.listed_near(near) if _points(near) is None else ()
            mask = np.isin(rows, listed) if len(listed) else np.ones(len(rows), dtype=np.bool_)
        mask[np.isin(rows, self.anchors(near))] = False
        return np.asarray(mask, dtype=np.bool_)


def area_of(near: Near, reach_m: float) -> Area | None:
    """Return the engine's area that holds all that is so near to a place, or so little of a detour from a way.

    Of a way A to B of length 2l, whoever makes a detour 2s - 2l is in the ellipse with these ends, and no farther from
    the way than its lesser half axis b: cos b = cos s / cos l on the sphere. None when there is nowhere to measure.
    """
    points = _points(near)
    if points is None:
        return None
    # The engine's distance and ours may differ in the last digit.
    reach = 1.001 * (reach_m + _length(points)) + 1.0
    if len(points) == 1 or reach > _LONGEST_WAY_M:
        return Circle(*points[0], min(reach, _FARTHEST_M))
    sides, middles = reach / 2 / EARTH_RADIUS_M, _length(points) / 2 / EARTH_RADIUS_M
    # Sine squared of the half angle: the cosine of a few metres is 1.
    half = (np.sin(sides / 2) ** 2 - np.sin(middles / 2) ** 2) / np.cos(middles)
    return Corridor(tuple(points), float(1.001 * EARTH_RADIUS_M * 2 * np.arcsin(np.sqrt(half))) + 1.0)


def among(having: NDArray[np.int64], rows: NDArray[np.int64]) -> Mask:
    """Return which of `rows` are among those `having` something, which ascend."""
    if not len(having):
        return np.zeros(len(rows), dtype=np.bool_)
    if len(rows) > _AT_ONCE:
        mask = np.zeros(int(max(having[-1], rows.max())) + 1, dtype=np.bool_)
        mask[having] = True
        return mask[rows]
    at = np.minimum(having.searchsorted(rows), len(having) - 1)
    return np.asarray(having[at] == rows, dtype=np.bool_)


def _points(near: Near | None) -> Sequence[tuple[float, float]] | None:
    """Return where a place is, and of a way where it ends; None where one of them is not known."""
    ends = [] if near is None else [near] if near.end is None else [near, near.end]
    points = [(end.lat, end.lon) for end in ends if end.lat is not None and end.lon is not None]
    return points if points and len(points) == len(ends) else None


def _length(points: Sequence[tuple[float, float]]) -> float:
    """Return how long the way between two points is, metres; none of one point."""
    return 0.0 if len(points) == 1 else float(distances_m(*points[0], [points[1][0]], [points[1][1]])[0])


def _holds(asked: Range, values: Floats) -> Mask:
    mask = np.isfinite(values)
    if asked.low is not None:
        mask &= values >= asked.low
    if asked.high is not None:
        mask &= values <= asked.high
    return mask
