"""What the index engine's constants were chosen by: the curve, the cells of a cover, the kernel, and the thresholds.

    ROWS=300000 nice -n 10 python -m bench.index_choices
    python -m bench.index_choices sieves          # one of covers, curves, kernels, sieves, thresholds

Prints a line of JSON for each measurement. Medians; one thread.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h3
import numpy as np
from numpy.typing import NDArray

from bench.index_data import Country, make_country
from index.anywhere import Anywhere, write_anywhere
from index.coarse import open_coarse, write_coarse
from index.space import ranges as ranges_module
from index.space.areas import Circle
from index.space.curve import curve_order
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, best, write_faiss

RADII_M = (500.0, 5_000.0, 50_000.0)
_ASKED = 100
_ROUNDED = 50_000
_H3_OF_ROWS, _H3_STEPS = 9, {500.0: 9, 5_000.0: 7, 50_000.0: 5}
_HILBERT_BITS = 16
Int = NDArray[np.int64]


def main() -> None:
    """Print every measurement."""
    country = make_country(int(os.environ.get("ROWS", "300000")), _ASKED)
    measurements = (covers, curves, kernels, sieves, thresholds)
    for measurement in (one for one in measurements if one.__name__ in sys.argv[1:] or not sys.argv[1:]):
        for line in measurement(country):
            print(json.dumps(line), flush=True)


def covers(country: Country) -> list[dict[str, Any]]:
    """Return what finer covers cost and save: the time to plan and to tell the rows, and the rows looked at."""
    order = curve_order(country.lats, country.lons)
    space = SpaceIndex(country.lats[order], country.lons[order])
    lines = []
    chosen = ranges_module.SIDE
    for side in (3, 4, 6, 8, 12):
        ranges_module.SIDE = side
        for radius in RADII_M:
            areas = [Circle(lat, lon, radius) for lat, lon in country.centres]
            lines.append({"cells_a_side": side, "radius_m": radius} | _planned(space, areas))
    ranges_module.SIDE = chosen
    return lines


def _planned(space: SpaceIndex, areas: list[Circle]) -> dict[str, Any]:
    plans = [space.ranges(area) for area in areas]
    inside = [len(space.rows(area)) for area in areas]
    return {
        "plan_us": round(_median_us(lambda n: space.ranges(Circle(areas[n].lat, areas[n].lon, areas[n].radius_m))), 1),
        "rows_us": round(_median_us(lambda n: space.rows(areas[n])), 1),
        "ranges": statistics.median(len(plan.starts) for plan in plans),
        "looked_at_over_inside": round(sum(plan.size for plan in plans) / max(1, sum(inside)), 2),
    }


def curves(country: Country) -> list[dict[str, Any]]:
    """Return for each curve into how many runs of rows the rows of a circle fall, and for H3 the time to plan."""
    keys = {
        "morton": curve_order(country.lats, country.lons),
        "hilbert": np.argsort(_hilbert(country.lats, country.lons), kind="stable"),
        "h3": np.argsort([h3.str_to_int(h3.latlng_to_cell(*place, _H3_OF_ROWS)) for place in _places(country)]),
    }
    lines = []
    for name, order in keys.items():
        space = SpaceIndex(country.lats[keys["morton"]], country.lons[keys["morton"]])
        place_of = np.empty(len(order), np.int64)
        place_of[order] = np.arange(len(order))
        for radius in RADII_M:
            rows = [place_of[keys["morton"][space.rows(Circle(lat, lon, radius))]] for lat, lon in country.centres]
            runs = [1 + np.count_nonzero(np.diff(np.sort(part)) > ranges_module.GAP) for part in rows if len(part)]
            lines.append({"curve": name, "radius_m": radius, "runs": round(statistics.fmean(runs), 1)})
    for radius, resolution in _H3_STEPS.items():
        edge = h3.average_hexagon_edge_length(resolution, unit="m")
        rings = int(radius / (edge * 1.5)) + 2

        def disk(n: int, resolution: int = resolution, rings: int = rings) -> object:
            return h3.compact_cells(h3.grid_disk(h3.latlng_to_cell(*country.centres[n], resolution), rings))

        lines.append({"curve": "h3", "radius_m": radius, "plan_us": round(_median_us(disk), 1)})
    return lines


def _places(country: Country) -> list[tuple[float, float]]:
    return list(zip(country.lats.tolist(), country.lons.tolist(), strict=True))


def _hilbert(lats: NDArray[np.float64], lons: NDArray[np.float64]) -> Int:
    """Return the place of each on a Hilbert curve (Wikipedia's `xy2d`, all rows at once)."""
    x = ((lons + 180) / 360 * 2**_HILBERT_BITS).astype(np.int64)
    y = ((lats + 90) / 360 * 2**_HILBERT_BITS).astype(np.int64)
    along = np.zeros(len(x), np.int64)
    for bit in reversed(range(_HILBERT_BITS)):
        right, up = x >> bit & 1, y >> bit & 1
        along += (1 << 2 * bit) * ((3 * right) ^ up)
        flip, swap = (up == 0) & (right == 1), up == 0
        mask = (1 << bit) - 1
        x, y = np.where(flip, mask - (x & mask), x & mask), np.where(flip, mask - (y & mask), y & mask)
        x, y = np.where(swap, y, x), np.where(swap, x, y)
    return along


def kernels(country: Country) -> list[dict[str, Any]]:
    """Return the time of inner products over rows in a run, and over every other row, by each kernel."""
    import faiss

    faiss.omp_set_num_threads(1)
    vectors, query = country.vectors, country.queries[0]
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    stored = FaissVectors(index)
    starts = np.random.default_rng(1).integers(0, len(vectors) - 45_000, _ASKED).tolist()
    lines = []
    for count in (500, 2_000, 20_000):
        ways: dict[str, Callable[[int], object]] = {
            "numpy, a run": lambda n, c=count: vectors[starts[n] : starts[n] + c] @ query,  # type: ignore[misc]
            "FAISS by number, a run": lambda n, c=count: stored.scores(query, np.arange(starts[n], starts[n] + c)),  # type: ignore[misc]
            "FAISS IDSelectorRange": lambda n, c=count: index.search(  # type: ignore[misc]
                query[None],
                10,
                params=faiss.SearchParameters(sel=faiss.IDSelectorRange(starts[n], starts[n] + c)),  # type: ignore[call-arg]
            ),
            "faiss.knn, a run": lambda n, c=count: faiss.knn(  # type: ignore[misc]
                query[None], vectors[starts[n] : starts[n] + c], 10, metric=faiss.METRIC_INNER_PRODUCT
            ),
            "numpy, every other": lambda n, c=count: vectors[np.arange(starts[n], starts[n] + 2 * c, 2)] @ query,  # type: ignore[misc]
            "FAISS by number, every other": lambda n, c=count: stored.scores(  # type: ignore[misc]
                query, np.arange(starts[n], starts[n] + 2 * c, 2)
            ),
        }
        lines += [{"kernel": name, "rows": count, "us": round(_median_us(way), 1)} for name, way in ways.items()]
    return lines


def sieves(country: Country) -> list[dict[str, Any]]:
    """Return the time of looking at rounded vectors, in a run of rows and every other row, by each kernel."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        vectors, query = country.vectors[:_ROUNDED], country.queries[0]
        halves = vectors.astype(np.float16)
        write_coarse(vectors, "fp16", Path(folder) / "fp16")
        write_coarse(vectors, "int8", Path(folder) / "int8")
        fp16, int8 = open_coarse(Path(folder) / "fp16"), open_coarse(Path(folder) / "int8")
        for count in (44, 422):
            for name, step in (("a run", 1), ("every other", 2)):
                rows = np.arange(7, 7 + step * count, step)
                ways: dict[str, Callable[[int], object]] = {
                    f"numpy, fp16, {name}": lambda _, rows=rows: halves[rows].astype(np.float32) @ query,  # type: ignore[misc]
                    f"FAISS, fp16, {name}": lambda _, rows=rows: fp16.may_be_best(query, 10, rows),  # type: ignore[misc]
                    f"numpy, int8, {name}": lambda _, rows=rows: int8.may_be_best(query, 10, rows),  # type: ignore[misc]
                }
                lines += [{"sieve": way, "rows": count, "us": round(_median_us(ask), 1)} for way, ask in ways.items()]
    return lines


def thresholds(country: Country) -> list[dict[str, Any]]:
    """Return the time of scoring what limits leave row by row, and of the approximate index, by the share left."""
    size = len(country.vectors)
    with tempfile.TemporaryDirectory() as folder:
        write_faiss(country.vectors, country.vectors.shape[1], Path(folder) / "v")
        write_anywhere(country.vectors, Path(folder) / "a")
        stored, anywhere = FaissVectors.open(Path(folder) / "v"), Anywhere.open(Path(folder) / "a")
        draw = np.random.default_rng(3).random(size)
        lines = []
        for share in (0.01, 0.03, 0.1, 0.3, 1.0):
            kept = draw < share
            rows = np.flatnonzero(kept)

            def exact(n: int, rows: Int = rows) -> object:
                return best(rows, stored.scores(country.queries[n], rows), 10)

            def approximate(n: int, kept: NDArray[np.bool_] = kept, share: float = share) -> object:
                found, _ = anywhere.propose_where(country.queries[n], 10, share, partial(_kept, kept))
                return best(found, stored.scores(country.queries[n], found), 10)

            lines.append(
                {
                    "share": share,
                    "rows": len(rows),
                    "exact_us": round(_median_us(exact), 1),
                    "approximate_us": round(_median_us(approximate), 1),
                }
            )
    return lines


def _kept(kept: NDArray[np.bool_], rows: Int) -> Int:
    return rows[kept[rows]]


def _median_us(ask: Callable[[int], object]) -> float:
    times = []
    for query in range(_ASKED):
        began = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - began) * 1e6)
    return statistics.median(times)


if __name__ == "__main__":
    main()
