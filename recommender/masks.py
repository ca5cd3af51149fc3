"""Limits → rows: which rows satisfy each, and how far each row is from the place asked about.

The rows of a limit depend on that limit alone, so that taking a chip away never narrows an answer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from index.columns import CATEGORY_CODES
from index.geodesy import distances_m
from index.listing import Category
from index.snapshot import Snapshot
from recommender.lexicon import Lexicon
from recommender.query import AREA_PREFIX, LISTING_PREFIX, Limit, LimitKind, Near, Range

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Masks:
    """Answers for one snapshot which rows satisfy a limit."""

    def __init__(self, snapshot: Snapshot, lexicon: Lexicon) -> None:
        self._snapshot = snapshot
        self._lexicon = lexicon
        self._neighbours = _neighbours(snapshot)

    def of(self, limit: Limit) -> Mask:
        """Return for each row whether it satisfies a limit; what is unknown does not, but for opening hours."""
        if limit.range is not None:
            return self._inside(limit.kind, limit.range)
        if limit.near is not None:
            return self._near(limit.near)
        if limit.at is not None:
            # Few listings state their hours; one that states none may well be open.
            return ~self._snapshot.open_hours.known | self.open_rows(limit.at, whole_day=limit.whole_day)
        return self._named(limit)

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

    def distances(self, near: Near | None) -> Floats | None:
        """Return each row's distance from a place, metres, NaN where unknown; None when there is nowhere to measure.

        Of a way it is the detour: how much longer it is by the row's place.
        """
        if near is None or near.lat is None or near.lon is None:
            return None
        columns = self._snapshot.columns
        away = distances_m(near.lat, near.lon, columns.lat, columns.lon)
        if near.end is None:
            return away
        if near.end.lat is None or near.end.lon is None:
            return None
        length = float(distances_m(near.lat, near.lon, [near.end.lat], [near.end.lon])[0])
        onwards = distances_m(near.end.lat, near.end.lon, columns.lat, columns.lon)
        return np.maximum(away + onwards - length, 0.0)

    def listed_near(self, near: Near) -> NDArray[np.int64]:
        """Return the rows that say they are near one of a place's listings."""
        return np.concatenate([np.empty(0, np.int64), *map(self.neighbours, near.anchors)])

    def neighbours(self, listing_id: str) -> NDArray[np.int64]:
        """Return the rows whose listing says that another one is near."""
        return self._neighbours.get(listing_id, np.empty(0, np.int64))

    def _all(self) -> Mask:
        return np.ones(len(self._snapshot.listings), dtype=np.bool_)

    def _rows(self, rows: object) -> Mask:
        mask = np.zeros(len(self._snapshot.listings), dtype=np.bool_)
        mask[np.asarray(rows, dtype=np.int64)] = True
        return mask

    def _things(self, kind: LimitKind, values: tuple[str, ...]) -> Mask:
        mask = self._rows(())
        for value in values:
            if value.startswith(LISTING_PREFIX):
                mask[self._snapshot.row_of[value.removeprefix(LISTING_PREFIX)]] = True
                continue
            if value.startswith(AREA_PREFIX):
                mask[self._lexicon.rows(LimitKind.AREA, value.removeprefix(AREA_PREFIX))] = True
                continue
            mask[self._lexicon.rows(LimitKind.DISH if kind is LimitKind.NOT else kind, value)] = True
        return mask

    def _inside(self, kind: LimitKind, asked: Range) -> Mask:
        columns = self._snapshot.columns
        if kind is LimitKind.DURATION:
            if asked.low is not None and asked.low == asked.high:
                return (columns.duration_min <= asked.low) & (columns.duration_max >= asked.low)
            return _holds(asked, columns.duration_min) & _holds(asked, columns.duration_max)
        values = {LimitKind.PRICE: columns.price, LimitKind.RATING: columns.rating, LimitKind.STARS: columns.stars}
        return _holds(asked, values[kind])

    def _near(self, near: Near) -> Mask:
        anchors = self._rows(
            [self._snapshot.row_of[anchor] for anchor in near.anchors if anchor in self._snapshot.row_of]
        )
        distances = self.distances(near)
        if distances is not None:
            close = self._all() if near.radius_m is None else np.nan_to_num(distances, nan=np.inf) <= near.radius_m
            return close & ~anchors
        listed = self.listed_near(near)
        return self._rows(listed) & ~anchors if len(listed) else ~anchors


def _holds(asked: Range, values: Floats) -> Mask:
    mask = np.isfinite(values)
    if asked.low is not None:
        mask &= values >= asked.low
    if asked.high is not None:
        mask &= values <= asked.high
    return mask


def _neighbours(snapshot: Snapshot) -> Mapping[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for row, listing in enumerate(snapshot.listings):
        for ids in listing.nearby.values():
            for other in ids:
                found.setdefault(other, []).append(row)
    return {listing_id: np.asarray(rows, dtype=np.int64) for listing_id, rows in found.items()}
