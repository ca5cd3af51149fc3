"""Milvus 2.3.5, its server from the wheel: a box on scalar indexes, corners cut off afterwards; IVF_FLAT.

Its wheel keeps a fixed list of ports above 40,000 free, and unpacks its programs (400 MB) into the folder.
"""

import math
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from milvus import MilvusServer, MilvusServerConfig
from pymilvus import Collection, CollectionSchema, DataType, FieldSchema, MilvusClient, connections, utility

from bench.index_peers import CATEGORY, PRICE_BELOW, Ask, Data, K, timed
from bench.kept import keep, made_by

#: A busy machine takes minutes to start it, and to load and to index a million vectors.
_STARTS_WITHIN_S, _STOPS_WITHIN_S, _LOADS_WITHIN_S = 900, 30, 1_800
_BATCH = 10_000
_NUMBERS = ("lat", "lon", "price")


def run(data: Data, *, only_build: bool) -> None:
    """Fill the collection unless it is kept; ask it."""
    folder = data.folder / "milvus"
    keep(folder, made_by(_build, packages=("milvus",)), lambda _: _build(data, folder))
    if only_build:
        return
    with _server(folder) as uri:
        client = MilvusClient(uri=uri)
        began = time.perf_counter()
        client.load_collection("places", timeout=_LOADS_WITHIN_S)
        _say(f"loaded in {time.perf_counter() - began:.0f} s")
        lists = _lists(len(data.arrays["lat"]))
        timed(data, "milvus", "circle", _near(data, client, lists, ""))
        limits = f" and category == {CATEGORY} and price < {PRICE_BELOW}"
        timed(data, "milvus", "circle-limits", _near(data, client, lists, limits))

        def anywhere(query: int) -> list[int]:
            found = client.search("places", [data.queries[query]], limit=K, search_params={"params": {"nprobe": 8}})
            return [hit["id"] for hit in found[0]]

        timed(data, "milvus", "anywhere", anywhere)


def _lists(size: int) -> int:
    return int(2 ** round(math.log2(2 * math.sqrt(size))))


def _near(data: Data, client: Any, lists: int, limits: str) -> Ask:
    def ask(query: int) -> list[int]:
        south, north, west, east, _, _ = data.box(query)
        where = f"lat >= {south} and lat <= {north} and lon >= {west} and lon <= {east}{limits}"
        found = client.search(
            "places", [data.queries[query]], filter=where, limit=2 * K, search_params={"params": {"nprobe": lists}}
        )
        return data.inside(query, [hit["id"] for hit in found[0]])

    return ask


def _build(data: Data, folder: Path) -> None:
    with _server(folder) as uri:
        connections.connect(uri=uri)
        size, dimension = data.arrays["vectors"].shape
        fields = [FieldSchema("id", DataType.INT64, is_primary=True)]
        fields += [FieldSchema(name, DataType.DOUBLE) for name in _NUMBERS]
        fields += [
            FieldSchema("category", DataType.INT8),
            FieldSchema("vector", DataType.FLOAT_VECTOR, dim=dimension),
        ]
        collection = Collection("places", CollectionSchema(fields))
        for start in range(0, size, _BATCH):
            stop = min(start + _BATCH, size)
            columns = [data.arrays[name][start:stop].tolist() for name in (*_NUMBERS, "category")]
            collection.insert([list(range(start, stop)), *columns, data.arrays["vectors"][start:stop].tolist()])
            if stop % 100_000 == 0:
                _say(f"{stop:,} of {size:,} rows inserted")
        collection.flush(timeout=_LOADS_WITHIN_S)
        _say("stored; now indexed")
        parameters = {"index_type": "IVF_FLAT", "metric_type": "IP", "params": {"nlist": _lists(size)}}
        collection.create_index("vector", parameters, timeout=_LOADS_WITHIN_S)
        for name in (*_NUMBERS, "category"):
            collection.create_index(name, {"index_type": "STL_SORT"}, index_name=name)
        utility.wait_for_index_building_complete("places", "vector", timeout=_LOADS_WITHIN_S)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Run the server over a folder, new or used before."""
    server = MilvusServer(MilvusServerConfig(), wait_for_started=False)
    server.set_base_dir(str(folder / "server"))
    began = time.perf_counter()
    try:
        server.start()
        server.wait_started(_STARTS_WITHIN_S * 1000)
        _say(f"started in {time.perf_counter() - began:.0f} s")
        yield f"http://127.0.0.1:{server.listen_port}"
    finally:
        if server.server_proc is not None:
            # The wheel kills it after a second; what it has in memory goes to its files first.
            server.server_proc.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.server_proc.wait(_STOPS_WITHIN_S)
        server.stop()


def _say(what: str) -> None:
    print(f"milvus: {what}", file=sys.stderr, flush=True)
