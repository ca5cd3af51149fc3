"""The planner: areas into the few contiguous row ranges that hold them, and the rows that are truly inside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.geodesy import distances_m
from index.space.areas import Area, Bounds, Circle
from index.space.curve import BITS, NOWHERE, Keys, column_of, edge_lat, edge_lon, keys_of, line_of, spread
from index.space.points import Floats, Points

Rows = NDArray[np.int64]
#: A box is covered by at most so many cells a side: more of them cut closer and cost more to plan
#: (`bench/index_choices.py`).
SIDE = 6
#: Ranges closer than this are read as one: a row more costs less than a range more.
GAP = 64


@dataclass(frozen=True, slots=True)
class Ranges:
    """Row ranges `[start, end)`, ascending, none touching another."""

    starts: list[int]
    ends: list[int]

    @property
    def size(self) -> int:
        """How many rows they hold."""
        return sum(self.ends) - sum(self.starts)

    def rows(self) -> Rows:
        """Return the rows themselves."""
        if len(self.starts) == 1:
            return np.arange(self.starts[0], self.ends[0])
        parts = [np.arange(start, end) for start, end in zip(self.starts, self.ends, strict=True)]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)


class SpaceIndex:
    """Rows in curve order. `keys` ascend; rows without coordinates come last and are in no area."""

    def __init__(self, lats: Floats, lons: Floats, keys: Keys | None = None, units: Floats | None = None) -> None:
        keys = keys_of(lats, lons) if keys is None else keys
        self.located = int(np.searchsorted(keys, NOWHERE))
        self._keys = keys[: self.located]
        lats, lons = lats[: self.located], lons[: self.located]
        self._points = Points.of(lats, lons) if units is None else Points(lats, lons, units[: self.located])

    def __len__(self) -> int:
        return self.located

    def ranges(self, area: Area) -> Ranges:
        """Return ranges that hold every row of an area, and few others."""
        lows: list[Keys] = []
        highs: list[Keys] = []
        for box in area.bounds:
            low, high = _cells(box, area)
            lows.append(low)
            highs.append(high)
        if not lows:
            return Ranges([], [])
        low = lows[0] if len(lows) == 1 else np.concatenate(lows)
        high = highs[0] if len(highs) == 1 else np.concatenate(highs)
        starts, ends = self._keys.searchsorted(np.stack((low, high)))
        return _merged(starts, ends)

    def rows(self, area: Area) -> Rows:
        """Return the rows in an area, ascending."""
        found = self.ranges(area)
        return found.rows()[area.contains(self._points.take(found.starts, found.ends))]

    def nearest(self, lat: float, lon: float, k: int, within: NDArray[np.bool_] | None = None) -> tuple[Rows, Floats]:
        """Return the `k` nearest rows and their distances in metres, the nearest first, equal ones by row.

        `within` says for each row of the index whether it counts.
        """
        k = min(k, self.located if within is None else int(np.count_nonzero(within[: self.located])))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        rows, distances = self._measured(self._neighbours(lat, lon, k, within), lat, lon)
        # Whoever is nearest is no farther than the k-th of any k that count.
        reach = float(np.partition(distances, k - 1)[k - 1])
        rows = self.rows(Circle(lat, lon, reach))
        if within is not None:
            rows = rows[within[rows]]
        rows, distances = self._measured(rows, lat, lon)
        order = np.lexsort((rows, distances))[:k]
        return rows[order], distances[order]

    def _neighbours(self, lat: float, lon: float, k: int, within: NDArray[np.bool_] | None) -> Rows:
        """Return at least `k` rows that count, around the place on the curve."""
        here = int(self._keys.searchsorted(keys_of([lat], [lon])[0]))
        reach = 2 * k
        while True:
            rows = np.arange(max(0, here - reach), min(self.located, here + reach))
            if within is not None:
                rows = rows[within[rows]]
            if len(rows) >= k:
                return rows
            reach *= 4

    def _measured(self, rows: Rows, lat: float, lon: float) -> tuple[Rows, Floats]:
        return rows, distances_m(lat, lon, self._points.lats[rows], self._points.lons[rows])

    def points(self, ranges: Ranges) -> Points:
        """Return the points of ranges, one after the other."""
        return self._points.take(ranges.starts, ranges.ends)


def _cells(box: Bounds, area: Area) -> tuple[Keys, Keys]:
    """Return the keys at which the cells that cover a box begin and end."""
    west, east = column_of(box.west), column_of(box.east)
    south, north = line_of(box.south), line_of(box.north)
    shift = max(0, max(east - west, north - south).bit_length() - SIDE.bit_length())
    while max((east >> shift) - (west >> shift), (north >> shift) - (south >> shift)) >= SIDE:
        shift += 1
    columns = range(west >> shift, (east >> shift) + 1)
    lines = range(south >> shift, (north >> shift) + 1)
    column_keys = np.asarray([spread(column << shift) for column in columns], dtype=np.uint64)
    line_keys = np.asarray([spread(line << shift) << 1 for line in lines], dtype=np.uint64)
    starts = line_keys[:, None] | column_keys
    lats = np.asarray([edge_lat(line << shift) for line in (*lines, lines.stop)])
    lons = np.asarray([edge_lon(column << shift) for column in (*columns, columns.stop)])
    touched = area.touches(lats, lons) if starts.size > 1 else None
    low = starts.ravel() if touched is None else starts[touched]
    return low, low + np.uint64(1 << 2 * min(shift, BITS))


def _merged(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Ranges:
    merged_starts: list[int] = []
    merged_ends: list[int] = []
    for start, end in sorted(zip(starts.tolist(), ends.tolist(), strict=True)):
        if start == end:
            continue
        if merged_ends and start - merged_ends[-1] <= GAP:
            merged_ends[-1] = max(merged_ends[-1], end)
        else:
            merged_starts.append(start)
            merged_ends.append(end)
    return Ranges(merged_starts, merged_ends)
