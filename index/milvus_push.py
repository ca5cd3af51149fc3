"""Filling Milvus with a snapshot, and putting it in force by one swap of an alias.

Each snapshot has a collection of its own, whose name ends in the snapshot's id; the name that searches use is an alias
of the one in force. A push that was interrupted goes on where it stopped, and one of what is in force does nothing. The
collection before stays, for engines that still search it; older ones go.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import h3

from index.errors import StorageError
from index.hours import OpenHours
from index.limits import Attributes
from index.milvus import ENOUGH_FOR_LISTS, NOWHERE, NUMBERS, RESOLUTION, UNKNOWN, count_rows, lists_of
from index.progress import Progress, silent
from index.vectors import Vectors

_INSERTED_AT_ONCE = 2_000
_LONGEST_LABEL, _MOST_LABELS, _QUARTERS = 512, 512, 672
#: What filters compare with one value or two.
_SCALARS = ("cell", "lat", "lon", "category", *NUMBERS)
#: From here on Milvus has inverted indexes of scalars; before, sorted ones.
_INVERTED_SINCE = (2, 4)


def push(
    client: Any,
    name: str,
    vectors: Vectors,
    attributes: Attributes,
    snapshot_id: str,
    on_progress: Progress | None = None,
) -> None:
    """Fill the collection of a snapshot and put it in force under a name.

    Raises:
        StorageError: Milvus does not hold all the rows afterwards.
    """
    progress = on_progress or silent
    collection, size = f"{name}_{snapshot_id}", len(vectors)
    if in_force(client, name) == collection:
        progress("milvus", size, size)
        return
    is_new = not client.has_collection(collection)
    if is_new:
        _create(client, collection, vectors.shape[1])
    _make_indexes(client, collection, size)
    if not is_new:
        client.load_collection(collection)
    labels = attributes.facets.labels(size)
    for start, stop in _batches(size):
        # When the connection broke, a part of a batch may have come: it is sent again, and replaces itself.
        if is_new or count_rows(client, collection, f"id >= {start} and id < {stop}") < stop - start:
            client.upsert(collection, [_row(row, vectors, attributes, labels[row]) for row in range(start, stop)])
        progress("milvus", stop, size)
    client.flush(collection)
    client.load_collection(collection)
    held = count_rows(client, collection)
    if held != size:
        raise StorageError(f"Milvus holds {held:,} of the {size:,} rows in {collection}; push once more")
    _put_in_force(client, name, collection)


def in_force(client: Any, name: str) -> str | None:
    """Return the collection that a name stands for; None where there is none."""
    return str(client.describe_collection(name)["collection_name"]) if client.has_collection(name) else None


def _put_in_force(client: Any, name: str, collection: str) -> None:
    before = in_force(client, name)
    if before == name:
        # Pushed before names were aliases; nothing else can have the name.
        client.drop_collection(name)
        before = None
    if before is None:
        client.create_alias(collection, name)
    else:
        client.alter_alias(collection, name)
    for other in client.list_collections():
        if re.fullmatch(rf"{re.escape(name)}_[0-9a-f]+", other) and other not in (collection, before):
            client.drop_collection(other)


def _create(client: Any, collection: str, dimension: int) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    for number in ("lat", "lon", *NUMBERS):
        schema.add_field(number, DataType.DOUBLE)
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
    client.create_collection(collection, schema=schema, consistency_level="Strong")


def _make_indexes(client: Any, collection: str, size: int) -> None:
    made = set(client.list_indexes(collection))
    indexes = client.prepare_index_params()
    if "vector" not in made:
        lists = size >= ENOUGH_FOR_LISTS
        kind, parameters = ("IVF_FLAT", {"nlist": lists_of(size)}) if lists else ("FLAT", {})
        indexes.add_index("vector", index_type=kind, metric_type="IP", params=parameters)
    for scalar in _SCALARS:
        if scalar not in made:
            indexes.add_index(scalar, index_type=_scalar_index(str(client.get_server_version())))
    if len(indexes):
        client.create_index(collection, indexes)


def _scalar_index(version: str) -> str:
    numbers = re.match(r"\D*(\d+)\.(\d+)", version)
    is_old = numbers is not None and (int(numbers[1]), int(numbers[2])) < _INVERTED_SINCE
    return "STL_SORT" if is_old else "INVERTED"


def _batches(size: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + _INSERTED_AT_ONCE, size)) for start in range(0, size, _INSERTED_AT_ONCE))


def _row(row: int, vectors: Vectors, attributes: Attributes, labels: Sequence[str]) -> dict[str, Any]:
    columns = attributes.columns
    lat, lon = float(columns.lat[row]), float(columns.lon[row])
    is_somewhere = math.isfinite(lat) and math.isfinite(lon)
    numbers = {name: float(getattr(columns, name)[row]) for name in NUMBERS}
    return {
        "id": row,
        "vector": vectors[row].tolist(),
        "lat": lat if is_somewhere else NOWHERE,
        "lon": lon if is_somewhere else 0.0,
        "category": int(columns.category[row]),
        "cell": h3.str_to_int(h3.latlng_to_cell(lat, lon, RESOLUTION)) if is_somewhere else 0,
        "hours_known": bool(attributes.open_hours.known[row]),
        "open": _open_quarters(attributes.open_hours, row),
        "labels": [label for label in labels if len(label.encode()) <= _LONGEST_LABEL][:_MOST_LABELS],
    } | {name: number if math.isfinite(number) else UNKNOWN for name, number in numbers.items()}


def _open_quarters(hours: OpenHours, row: int) -> list[int]:
    week = hours.week(row)
    return [] if week is None else [quarter for quarter in range(_QUARTERS) if week.mask >> quarter & 1]
