"""LanceDB with b-trees on the numbers, a bitmap on the category, and IVF-Flat for `anywhere`."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa

from bench.index_peers import CATEGORY, PRICE_BELOW, Ask, Data, K, timed
from bench.kept import keep, made_by

_BATCH = 50_000
_PROBES = 8


def run(data: Data, *, only_build: bool) -> None:
    """Build the table unless it is kept; ask it."""
    folder = data.folder / "lance"
    keep(folder, made_by(_build, packages=("lancedb",)), lambda _: _build(data, folder))
    if only_build:
        return
    table = lancedb.connect(str(folder)).open_table("places")
    timed(data, "lancedb", "circle", _near(data, table, ""))
    limits = f" AND category = {CATEGORY} AND price < {PRICE_BELOW}"
    timed(data, "lancedb", "circle-limits", _near(data, table, limits))

    def anywhere(query: int) -> list[int]:
        search = table.search(data.queries[query]).distance_type("dot").nprobes(_PROBES)
        return list(search.select(["id", "_distance"]).limit(K).to_arrow()["id"].to_pylist())

    timed(data, "lancedb", "anywhere", anywhere)


def _build(data: Data, folder: Path) -> None:
    size, dimension = data.arrays["vectors"].shape
    number = pa.float64()
    types = (pa.int64(), pa.list_(pa.float32(), dimension), number, number, pa.int8(), number)
    schema = pa.schema(list(zip(("id", "vector", "lat", "lon", "category", "price"), types, strict=True)))

    def batches() -> Iterator[Any]:
        for start in range(0, size, _BATCH):
            cut = slice(start, min(start + _BATCH, size))
            flat = pa.array(np.ascontiguousarray(data.arrays["vectors"][cut]).ravel())
            columns: list[Any] = [np.arange(cut.start, cut.stop), pa.FixedSizeListArray.from_arrays(flat, dimension)]
            columns += [data.arrays[name][cut] for name in ("lat", "lon", "category", "price")]
            yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=schema)

    table = lancedb.connect(str(folder)).create_table("places", batches(), schema=schema)
    for name in ("lat", "lon", "price"):
        table.create_scalar_index(name, index_type="BTREE")
    table.create_scalar_index("category", index_type="BITMAP")
    partitions = 2 ** round(math.log2(math.sqrt(size)))
    table.create_index(
        metric="dot", index_type="IVF_FLAT", num_partitions=partitions, sample_rate=40, max_iterations=10
    )


def _near(data: Data, table: Any, limits: str) -> Ask:
    def ask(query: int) -> list[int]:
        south, north, west, east, _, _ = data.box(query)
        where = f"lat >= {south} AND lat <= {north} AND lon >= {west} AND lon <= {east} AND {data.plane(query)}{limits}"
        search = table.search(data.queries[query]).distance_type("dot").where(where, prefilter=True)
        return list(search.bypass_vector_index().select(["id", "_distance"]).limit(K).to_arrow()["id"].to_pylist())

    return ask
