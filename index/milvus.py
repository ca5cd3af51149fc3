"""The engine over Milvus, for an index that one machine does not hold: the same searches, the same results.

A collection, which `index.milvus_push` fills, holds the rows of one snapshot: vectors, and everything that limits look
at as scalar fields. A circle is asked for by the H3 cells that cover it, other areas and large circles by their boxes;
what comes back is measured exactly, and more is asked for until there is enough. Milvus gives at most 16,384 results
for one search; where more are needed, the rows are asked for in parts of so many. Needs the extra `milvus`.
"""

import math
from typing import Any

import h3
import numpy as np

from index.columns import CATEGORY_CODES
from index.engine import Found, Method, Plan
from index.hours import slot_of
from index.limits import Between, Limits
from index.space.areas import Area, Bounds, Circle
from index.space.points import Points
from index.text import fold
from index.vectors import Rows, Scores, Vectors, best

#: Resolution of the cells that rows are found by: 1.4 km across (edges of 1.2 km on average, down to 0.9).
RESOLUTION = 7
_SHORTEST_EDGE_M = 900.0
#: A circle that more cells cover is asked for as a box.
_MOST_CELLS = 200
#: Milvus returns no more for one search.
_MOST_HITS = 16_384
#: With fewer rows, every vector is looked at; with more, those of the nearest lists.
ENOUGH_FOR_LISTS = 20_000
_PROBES = 16
#: What stands for an unknown number, which none of them can be, and for an unknown latitude.
UNKNOWN, NOWHERE = -1.0, 1000.0
NUMBERS = ("price", "rating", "stars")
Hits = tuple[Rows, Scores, Points]


class MilvusEngine:
    """Searches the collection that was in force under a name when the engine was made, whatever is pushed afterwards.

    Rows are those of the snapshot that was pushed. Scores are those of Milvus, in single precision.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.collection = str(client.describe_collection(name)["collection_name"])
        client.load_collection(self.collection)
        self._size = count_rows(client, self.collection)

    def __len__(self) -> int:
        return self._size

    def search(
        self, query: Vectors, k: int, *, area: Area | None = None, limits: Limits | None = None, exact: bool = False
    ) -> Found:
        """Return the `k` best rows in an area that satisfy limits; `exact` looks into every list."""
        if k <= 0 or not self._size:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32), Plan(Method.NOTHING, "no rows", 0, 0, 0))
        where = _both(_area_filter(area), _limits_filter(limits))
        # Few lists do not hold so many results.
        look_at_all = exact or bool(where) or 2 * k * lists_of(self._size) > _PROBES * self._size
        asked = k if area is None else 2 * k
        while True:
            rows, scores, points = self._hits(query, where, asked, look_at_all=look_at_all)
            inside = np.ones(len(rows), np.bool_) if area is None else area.contains(points)
            if np.count_nonzero(inside) >= k or len(rows) < asked:
                break
            asked *= 4
        found, found_scores = best(rows[inside], scores[inside], k)
        method = Method.EXACT if look_at_all or self._size < ENOUGH_FOR_LISTS else Method.APPROXIMATE
        return Found(found, found_scores, Plan(method, f"Milvus: {where or 'all rows'}", 0, len(rows), len(rows)))

    def _hits(self, query: Vectors, where: str, limit: int, *, look_at_all: bool) -> Hits:
        """Return the best rows that satisfy a filter: all of them, where they are fewer than `limit`."""
        if limit <= _MOST_HITS:
            return self._some_hits(query, where, limit, look_at_all=look_at_all)
        at_most = self._some_hits(query, where, _MOST_HITS, look_at_all=look_at_all)
        if len(at_most[0]) < _MOST_HITS:
            return at_most
        parts = [
            self._some_hits(query, _both(f"id >= {start} and id < {start + _MOST_HITS}", where), _MOST_HITS)
            for start in range(0, self._size, _MOST_HITS)
        ]
        rows, scores = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
        lats, lons = (np.concatenate([getattr(part[2], name) for part in parts]) for name in ("lats", "lons"))
        return rows, scores, Points.of(lats, lons)

    def _some_hits(self, query: Vectors, where: str, limit: int, *, look_at_all: bool = True) -> Hits:
        probes = lists_of(self._size) if look_at_all else _PROBES
        parameters = {"metric_type": "IP", "params": {"nprobe": probes} if self._size >= ENOUGH_FOR_LISTS else {}}
        hits = self._client.search(
            self.collection,
            [query.tolist()],
            filter=where,
            limit=limit,
            output_fields=["lat", "lon"],
            search_params=parameters,
            # A collection in force never changes: to wait for the newest writes, a fifth of a second, gains nothing.
            consistency_level="Eventually",
        )[0]
        rows = np.asarray([hit["id"] for hit in hits], dtype=np.int64)
        scores = np.asarray([hit["distance"] for hit in hits], dtype=np.float32)
        places = np.asarray([(hit["entity"]["lat"], hit["entity"]["lon"]) for hit in hits], dtype=np.float64)
        lats, lons = places.reshape(-1, 2).T
        return rows, scores, Points.of(np.where(lats == NOWHERE, np.nan, lats), lons)


def count_rows(client: Any, collection: str, where: str = "") -> int:
    """Return how many rows of a loaded collection satisfy a filter."""
    counted = client.query(collection, filter=where, output_fields=["count(*)"], consistency_level="Strong")
    return int(counted[0]["count(*)"])


def lists_of(size: int) -> int:
    """Return into how many lists so many vectors are put."""
    return int(2 ** round(math.log2(2 * math.sqrt(max(size, 1)))))


def _both(first: str, second: str) -> str:
    return " and ".join(f"({part})" for part in (first, second) if part)


def _area_filter(area: Area | None) -> str:
    if area is None:
        return ""
    cells = _cells(area) if isinstance(area, Circle) else None
    if cells is not None:
        return f"cell in {cells}"
    return " or ".join(f"({_box_filter(box)})" for box in area.bounds)


def _box_filter(box: Bounds) -> str:
    south, west, north, east = (repr(float(edge)) for edge in box)
    return f"lat >= {south} and lat <= {north} and lon >= {west} and lon <= {east}"


def _cells(circle: Circle) -> list[int] | None:
    """Return the cells that cover a circle; None when there are too many of them."""
    # A disk of n rings reaches at least 1.5 edges farther with each ring.
    rings = math.ceil(circle.radius_m / (1.5 * _SHORTEST_EDGE_M)) + 1
    if 3 * rings * (rings + 1) + 1 > _MOST_CELLS:
        return None
    centre = h3.latlng_to_cell(circle.lat, circle.lon, RESOLUTION)
    return sorted(h3.str_to_int(cell) for cell in h3.grid_disk(centre, rings))


def _limits_filter(limits: Limits | None) -> str:
    if limits is None:
        return ""
    parts = [
        f"array_contains(labels, {_quoted(f'{kind.value}={fold(value).strip()}')})" for kind, value in limits.having
    ]
    if limits.categories:
        parts.append(f"category in {sorted(CATEGORY_CODES[category] for category in limits.categories)}")
    for name in NUMBERS:
        between = getattr(limits, name)
        if between is not None:
            parts.append(_between_filter(name, between))
    if limits.open_at is not None:
        parts.append(f"(hours_known == false or array_contains(open, {slot_of(limits.open_at)}))")
    return " and ".join(parts)


def _between_filter(name: str, between: Between) -> str:
    low = 0.0 if between.low is None else max(0.0, between.low)
    return f"{name} >= {low!r}" + ("" if between.high is None else f" and {name} <= {float(between.high)!r}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
