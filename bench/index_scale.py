"""What a search costs as the country grows, for a fixed number of candidates: 10,000 to 4,000,000 rows in one byte.

    ROWS=10000,100000,1000000,4000000 nice -n 10 python -m bench.index_scale
    python -m bench.index_scale build      # only builds what is measured, and keeps it (`bench.kept`)

Towns keep their size; each query asks for a circle that holds just 500 places. Vectors are written a part at a time, so
that 4,000,000 of them (6 GB) need the disk and no memory. Writes `bench/results/index-scale.json`.
"""

import json
import os
import statistics
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import index_data
from bench.index import RESULTS, machine
from bench.index_data import DIMENSION, PLACES_A_TOWN, kinds_of_places, near_kinds
from bench.index_ready import K, written_anywhere
from bench.kept import cache_folder, keep, made_by
from index.anywhere import Anywhere, write_anywhere
from index.coarse import open_coarse, write_coarse
from index.columns import Columns
from index.engine import Engine
from index.facets import Facets
from index.hours import OpenHours
from index.limits import Attributes
from index.space import curve as curve_module
from index.space.areas import Circle
from index.space.curve import curve_order
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, best

CANDIDATES = 500
_QUERIES, _CHECKED = 200, 30
_CHUNK = 50_000
_REPEATS = 3
_SEED = 7


def main() -> None:
    """Measure each size and write the rows; or only build what is measured."""
    sizes = [int(rows) for rows in os.environ.get("ROWS", "10000,100000,1000000,4000000").split(",")]
    report: dict[str, Any] = {"machine": machine(), "sizes": []}
    for rows in sizes:
        folder = cache_folder() / f"scale-{rows}-{made_by(index_data, curve_module, _write_vectors, _columns)}"
        build_s = build(rows, folder)
        print(f"{rows:,} rows are built, and kept in {folder}", file=sys.stderr, flush=True)
        if "build" in sys.argv[1:]:
            continue
        report["sizes"].append(measure(rows, folder, build_s))
        print(json.dumps(report["sizes"][-1]), flush=True)
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "index-scale.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def build(rows: int, folder: Path) -> float:
    """Build an index of so many rows, unless it is kept; return the seconds that its two small forms took."""
    keep(folder / "vectors", "", lambda made: _write_vectors(made / "vectors.faiss", rows))

    def make_anywhere(made: Path) -> None:
        # Its array is over the index's memory, which goes with it.
        vectors = FaissVectors.open(folder / "vectors" / "vectors.faiss")
        write_anywhere(vectors.stored, made / "of")

    def make_coarse(made: Path) -> None:
        vectors = FaissVectors.open(folder / "vectors" / "vectors.faiss")
        write_coarse(vectors.stored, "int8", made / "of")

    anywhere_s = keep(folder / "anywhere", made_by(written_anywhere()), make_anywhere)
    return anywhere_s + keep(folder / "coarse", made_by(write_coarse), make_coarse)


def measure(rows: int, folder: Path, build_s: float) -> dict[str, Any]:
    """Open what was built, and time circles and searches without a place."""
    rng = np.random.default_rng((7, rows))
    columns = _columns(rows)
    began = time.perf_counter()
    vectors = FaissVectors.open(folder / "vectors" / "vectors.faiss")
    coarse = open_coarse(folder / "coarse" / "of")
    anywhere = Anywhere.open(folder / "anywhere" / "of") if (folder / "anywhere" / "of").exists() else None
    opened = time.perf_counter()
    space = SpaceIndex(columns.lat, columns.lon)
    attributes = Attributes(
        columns, OpenHours.of([None] * rows), Facets([], np.zeros(1, np.int64), np.empty(0, np.int32))
    )
    kinds = _kinds()
    queries = near_kinds(kinds[rng.integers(0, len(kinds), _QUERIES)], rng)
    centres = rng.integers(0, rows, _QUERIES)
    circles = [_circle(space, columns, int(row)) for row in centres]
    found: dict[str, Any] = {
        "rows": rows,
        "build_s": build_s,
        "open_s": round(opened - began, 4),
        "beside_fp32": round(_bytes(folder / "anywhere") / vectors.stored.nbytes + 32 / (4 * DIMENSION), 3),
        "int8_of_fp32": round(_bytes(folder / "coarse") / vectors.stored.nbytes, 3),
    }
    for name, engine in (
        ("circle_int8", Engine(space, vectors, attributes, anywhere, coarse)),
        ("circle_fp32", Engine(space, vectors, attributes, anywhere)),
    ):
        found[name] = _timed(lambda n, engine=engine: engine.search(queries[n], K, area=circles[n]))  # type: ignore[misc]
    found["recall_circle"] = _recall(
        vectors,
        queries,
        lambda n: engine.search(queries[n], K, area=circles[n]).scores,
        lambda n: space.rows(circles[n]),
    )
    found["anywhere"] = _timed(lambda n: engine.search(queries[n], K))
    everywhere = np.arange(rows)
    found["recall_anywhere"] = _recall(
        vectors, queries, lambda n: engine.search(queries[n], K).scores, lambda _: everywhere
    )
    return found


def _kinds() -> NDArray[np.float32]:
    return kinds_of_places(np.random.default_rng(_SEED))


def _columns(rows: int) -> Columns:
    rng = np.random.default_rng(_SEED)
    towns = max(1, rows // PLACES_A_TOWN)
    places = np.stack([rng.uniform(20, 45, towns), rng.uniform(80, 122, towns)], axis=1)
    lat, lon = (places[rng.integers(0, towns, rows)] + rng.normal(0, 0.02, (rows, 2))).T
    order = curve_order(lat, lon)
    nothing = np.broadcast_to(np.float64(np.nan), rows)
    names = ("coordinates_accuracy_m", "price", "rating", "stars", "price_level", "duration_min", "duration_max")
    return Columns(lat=lat[order], lon=lon[order], category=np.zeros(rows, np.int8), **dict.fromkeys(names, nothing))


def _write_vectors(path: Path, rows: int) -> None:
    """Write what `faiss.write_index` would of a flat index that held all the vectors, a part at a time."""
    import faiss

    rng, kinds = np.random.default_rng(_SEED), _kinds()
    faiss.write_index(faiss.IndexFlatIP(DIMENSION), str(path))
    empty = path.read_bytes()
    # The count of rows follows kind and dimension; the last eight bytes say how many numbers come.
    head = empty[:8] + struct.pack("<q", rows) + empty[16:-8] + struct.pack("<Q", rows * DIMENSION)
    with path.open("wb") as file:
        file.write(head)
        for start in range(0, rows, _CHUNK):
            count = min(_CHUNK, rows - start)
            near_kinds(kinds[rng.integers(0, len(kinds), count)], rng).tofile(file)


def _circle(space: SpaceIndex, columns: Columns, row: int) -> Circle:
    lat, lon = float(columns.lat[row]), float(columns.lon[row])
    return Circle(lat, lon, float(space.nearest(lat, lon, CANDIDATES)[1][-1]))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _timed(ask: Callable[[int], Any]) -> dict[str, float]:
    times = []
    for repeat in range(_REPEATS + 1):
        for query in range(_QUERIES):
            began = time.perf_counter()
            ask(query)
            # What is mapped from files is read from the disk in the first round.
            if repeat:
                times.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": round(statistics.median(times), 4), "p95_ms": round(float(np.percentile(times, 95)), 4)}


def _recall(
    vectors: FaissVectors,
    queries: NDArray[np.float32],
    ask: Callable[[int], NDArray[np.float32]],
    candidates: Callable[[int], NDArray[np.int64]],
) -> float:
    shares = []
    for query in range(_CHECKED):
        rows = candidates(query)
        _, scores = best(rows, vectors.scores(queries[query], rows), K)
        shares.append(float(np.count_nonzero(ask(query) >= scores[-1] - 1e-6)) / len(scores))
    return round(statistics.fmean(shares), 4)


if __name__ == "__main__":
    main()
