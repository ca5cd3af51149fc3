"""The engine over Milvus, for an index that one machine does not hold: the same searches, the same results.

A collection holds the rows of one snapshot: vectors, and everything that limits look at as scalar fields. A circle is
asked for by the H3 cells that cover it, other areas and large circles by their boxes; what comes back is measured
exactly, and more is asked for until there is enough. Needs the extra `milvus`.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import h3
import numpy as np

from index.columns import CATEGORY_CODES
from index.engine import Found, Method, Plan
from index.hours import OpenHours, slot_of
from index.limits import Attributes, Between, Limits
from index.progress import Progress, silent
from index.space.areas import Area, Bounds, Circle
from index.space.points import Points
from index.text import fold
from index.vectors import Vectors, best

#: Resolution of the cells that rows are found by: 1.4 km across (edges of 1.2 km on average, down to 0.9).
_RESOLUTION = 7
_SHORTEST_EDGE_M = 900.0
#: A circle that more cells cover is asked for as a box.
_MOST_CELLS = 200
#: Milvus returns no more for one search.
_MOST_HITS = 16_384
_INSERTED_AT_ONCE = 2_000
#: With fewer rows, every vector is looked at; with more, those of the nearest lists.
_ENOUGH_FOR_LISTS = 20_000
_PROBES = 16
#: What stands for an unknown number, which none of them can be, and for an unknown latitude.
_UNKNOWN, _NOWHERE = -1.0, 1000.0
_NUMBERS = ("price", "rating", "stars")
_LONGEST_LABEL, _MOST_LABELS, _QUARTERS = 512, 512, 672


class MilvusEngine:
    """Searches one collection that `push` filled. Scores are those of Milvus, in single precision."""

    def __init__(self, client: Any, collection: str) -> None:
        self._client = client
        self._collection = collection
        client.load_collection(collection)
        self._size = int(client.query(collection, filter="", output_fields=["count(*)"])[0]["count(*)"])

    def __len__(self) -> int:
        return self._size

    def search(
        self, query: Vectors, k: int, *, area: Area | None = None, limits: Limits | None = None, exact: bool = False
    ) -> Found:
        """Return the `k` best rows in an area that satisfy limits; `exact` looks into every list."""
        if k <= 0 or not self._size:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32), Plan(Method.NOTHING, "no rows", 0, 0, 0))
        parts = [part for part in (_area_filter(area), _limits_filter(limits)) if part]
        where = " and ".join(f"({part})" for part in parts)
        look_at_all = exact or bool(where)
        asked = min(k if area is None else 2 * k, _MOST_HITS)
        while True:
            rows, scores, points = self._hits(query, where, asked, look_at_all=look_at_all)
            inside = np.ones(len(rows), np.bool_) if area is None else area.contains(points)
            if np.count_nonzero(inside) >= k or len(rows) < asked or asked == _MOST_HITS:
                break
            asked = min(4 * asked, _MOST_HITS)
        found, found_scores = best(rows[inside], scores[inside], k)
        method = Method.EXACT if look_at_all or self._size < _ENOUGH_FOR_LISTS else Method.APPROXIMATE
        return Found(found, found_scores, Plan(method, f"Milvus: {where or 'all rows'}", 0, len(rows), len(rows)))

    def _hits(self, query: Vectors, where: str, limit: int, *, look_at_all: bool) -> tuple[Any, Any, Points]:
        probes = _lists(self._size) if look_at_all else _PROBES
        parameters = {"metric_type": "IP", "params": {"nprobe": probes} if self._size >= _ENOUGH_FOR_LISTS else {}}
        hits = self._client.search(
            self._collection,
            [query.tolist()],
            filter=where,
            limit=limit,
            output_fields=["lat", "lon"],
            search_params=parameters,
            consistency_level="Strong",
        )[0]
        rows = np.asarray([hit["id"] for hit in hits], dtype=np.int64)
        scores = np.asarray([hit["distance"] for hit in hits], dtype=np.float32)
        places = np.asarray([(hit["entity"]["lat"], hit["entity"]["lon"]) for hit in hits], dtype=np.float64)
        lats, lons = places.reshape(-1, 2).T
        return rows, scores, Points.of(np.where(lats == _NOWHERE, np.nan, lats), lons)


def push(
    client: Any, collection: str, vectors: Vectors, attributes: Attributes, on_progress: Progress | None = None
) -> None:
    """Fill a collection with the rows of a snapshot; one of the same name is replaced."""
    from pymilvus import DataType

    progress = on_progress or silent
    if client.has_collection(collection):
        client.drop_collection(collection)
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
    for name in ("lat", "lon", *_NUMBERS):
        schema.add_field(name, DataType.DOUBLE)
    schema.add_field("category", DataType.INT8)
    schema.add_field("cell", DataType.INT64)
    schema.add_field("hours_known", DataType.BOOL)
    schema.add_field("open", DataType.ARRAY, element_type=DataType.INT16, max_capacity=_QUARTERS)
    schema.add_field(
        "labels",
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=_MOST_LABELS,
        max_length=_LONGEST_LABEL,
    )
    indexes = client.prepare_index_params()
    lists = len(vectors) >= _ENOUGH_FOR_LISTS
    indexes.add_index(
        "vector",
        index_type="IVF_FLAT" if lists else "FLAT",
        metric_type="IP",
        params={"nlist": _lists(len(vectors))} if lists else {},
    )
    client.create_collection(collection, schema=schema, index_params=indexes, consistency_level="Strong")
    for start, rows in _batches(vectors, attributes):
        client.insert(collection, rows)
        progress("milvus", start + len(rows), len(vectors))
    client.flush(collection)


def _batches(vectors: Vectors, attributes: Attributes) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    labels = attributes.facets.labels(len(vectors))
    for start in range(0, len(vectors), _INSERTED_AT_ONCE):
        stop = min(start + _INSERTED_AT_ONCE, len(vectors))
        yield start, [_row(row, vectors, attributes, labels[row]) for row in range(start, stop)]


def _row(row: int, vectors: Vectors, attributes: Attributes, labels: Sequence[str]) -> dict[str, Any]:
    columns = attributes.columns
    lat, lon = float(columns.lat[row]), float(columns.lon[row])
    is_somewhere = math.isfinite(lat) and math.isfinite(lon)
    numbers = {name: float(getattr(columns, name)[row]) for name in _NUMBERS}
    return {
        "id": row,
        "vector": vectors[row].tolist(),
        "lat": lat if is_somewhere else _NOWHERE,
        "lon": lon if is_somewhere else 0.0,
        "category": int(columns.category[row]),
        "cell": h3.str_to_int(h3.latlng_to_cell(lat, lon, _RESOLUTION)) if is_somewhere else 0,
        "hours_known": bool(attributes.open_hours.known[row]),
        "open": _open_quarters(attributes.open_hours, row),
        "labels": [label for label in labels if len(label.encode()) <= _LONGEST_LABEL][:_MOST_LABELS],
    } | {name: number if math.isfinite(number) else _UNKNOWN for name, number in numbers.items()}


def _open_quarters(hours: OpenHours, row: int) -> list[int]:
    week = hours.week(row)
    return [] if week is None else [quarter for quarter in range(_QUARTERS) if week.mask >> quarter & 1]


def _lists(size: int) -> int:
    return int(2 ** round(math.log2(2 * math.sqrt(max(size, 1)))))


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
    centre = h3.latlng_to_cell(circle.lat, circle.lon, _RESOLUTION)
    return sorted(h3.str_to_int(cell) for cell in h3.grid_disk(centre, rings))


def _limits_filter(limits: Limits | None) -> str:
    if limits is None:
        return ""
    parts = [
        f"array_contains(labels, {_quoted(f'{kind.value}={fold(value).strip()}')})" for kind, value in limits.having
    ]
    if limits.categories:
        parts.append(f"category in {sorted(CATEGORY_CODES[category] for category in limits.categories)}")
    for name in _NUMBERS:
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
