"""The index engine beside its peers: circle, circle with limits, and anywhere, over a made-up country.

    ROWS=300000 QUERIES=200 PEERS=lancedb,pgvector,milvus nice -n 10 python -m bench.index
    ROWS=1000000 python -m bench.index build      # only builds what is measured, and keeps it

Writes `bench/results/index.json`: a row for each case and system with milliseconds and recall. Every system answers the
same queries over the same vectors, one thread each, one after the other; a peer runs in a process and an environment of
its own, and one that does not install or run is named. Exact answers are told by numpy from every row. `FAISS=0` leaves
out FAISS's own systems, whose graph takes longest to build, and `index.json` as it is. The country and everything that
is built of it are kept (`bench.kept`), so that a second run measures at once.

`floor` is inner products and the ten best over the rows of the ranges, in numpy, with ranges and mask given.
`faiss-selector` is FAISS's flat index with an `IDSelectorBatch` of the ids that numpy finds inside. Without a place
FAISS's own indexes are each asked with the least setting that reaches a recall of 0.98, which ends their names.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.index_data import Country
from bench.index_faiss import build_raw, raw_faiss, selectors
from bench.index_peers import PEERS, environment
from bench.index_ready import LIMITS, Answer, K, Ready, country_folder, oracle, prepare
from bench.kept import cache_folder
from index.engine import Engine
from index.limits import Limits
from index.settings import Storage
from index.space.areas import Circle
from index.vectors import Vectors

RESULTS = Path("bench/results")
CASES = ("circle", "circle-limits", "anywhere")
_REPEATS = 3


def main() -> None:
    """Measure everything that is asked for and write the rows; or only build it."""
    rows = int(os.environ.get("ROWS", "1000000"))
    queries = int(os.environ.get("QUERIES", "200"))
    peers = [name for name in os.environ.get("PEERS", ",".join(PEERS)).split(",") if name]
    with_faiss = os.environ.get("FAISS", "1") != "0"
    folder = country_folder(cache_folder(), rows, queries)
    _say(f"{rows:,} rows, kept in {folder}")
    ready, built = prepare(rows, queries, folder)
    print(json.dumps(built), flush=True)
    if "build" in sys.argv[1:]:
        build(ready, peers, with_faiss=with_faiss)
        return
    found = measure(ready, oracle(ready), with_faiss=with_faiss)
    for name in peers:
        found += measure_peer(name, folder)
    medians = {case: statistics.median(len(part) for part in parts) for case, parts in _candidates(ready).items()}
    report = [
        {"case": row["case"], "system": row["system"], "rows": rows, "candidates": medians[row["case"]]}
        | {key: row[key] for key in ("p50_ms", "p95_ms", "recall")}
        for row in found
    ]
    RESULTS.mkdir(parents=True, exist_ok=True)
    if with_faiss:
        (RESULTS / "index.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (RESULTS / f"index-{rows}{'' if with_faiss else '-peers'}.json").write_text(
        json.dumps({"machine": machine(), "built": built, "rows": report}, indent=1) + "\n", encoding="utf-8"
    )


def build(ready: Ready, peers: list[str], *, with_faiss: bool) -> None:
    """Build everything that `measure` and the peers ask, as far as it is not kept."""
    storages: tuple[Storage, ...] = ("fp16", "int8")
    for storage in storages:
        ready.coarse(storage)
    _say("the index is built")
    for name in build_raw(ready.country.vectors, ready.folder) if with_faiss else ():
        _say(f"{name} is built")
    for name in peers:
        measure_peer(name, ready.folder, "build")


def _say(what: str) -> None:
    print(time.strftime("%H:%M:%S"), what, file=sys.stderr, flush=True)


def machine() -> str:
    """Return what kind of machine this is."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
        model = text.split("model name\t: ", 1)[1].split("\n", 1)[0]
    except (OSError, IndexError):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _candidates(ready: Ready) -> dict[str, list[NDArray[np.int64]]]:
    everywhere = np.arange(len(ready.country.lats))
    return {"circle": ready.inside, "circle-limits": ready.left, "anywhere": [everywhere]}


def measure(ready: Ready, truth: dict[str, list[Answer]], *, with_faiss: bool = True) -> list[dict[str, Any]]:
    """Measure the engine, the floor and FAISS. What is compared takes turns, so that a busy moment meets both."""
    engine, queries, times = ready.engine, ready.country.queries, Timings(ready.country, truth)
    areas = [ready.area(query) for query in range(len(queries))]
    for case, wanted, limits in (("circle", ready.inside, None), ("circle-limits", ready.left, LIMITS)):
        times.take_turns(case, {"baicha": _searching(engine, queries, areas, limits), "floor": floor(ready, wanted)})
        if with_faiss:
            for system, ask in selectors(ready.country, areas, wanted, K, limited=limits is not None).items():
                times.take_turns(case, {system: ask}, repeats=1)
    # Both once more, one after the other's round: what the two limits cost is told by their ratio.
    for _ in range(_REPEATS):
        for case, limits in (("circle", None), ("circle-limits", LIMITS)):
            times.take_turns(case, {"baicha": _searching(engine, queries, areas, limits)}, repeats=1)
    storages: tuple[Storage, ...] = ("fp16", "int8")
    for storage in storages:
        measure_smaller(ready, times, areas, storage)
    times.take_turns("anywhere", {"floor": lambda n: _flat(ready.country.vectors, queries[n])}, repeats=1)
    anywhere = {"baicha": _anywhere(engine, queries)}
    times.take_turns("anywhere", anywhere)
    for system, ask in raw_faiss(ready, truth["anywhere"], K) if with_faiss else ():
        times.take_turns("anywhere", anywhere | {system: ask})
    return times.rows()


def _anywhere(engine: Engine, queries: Vectors) -> Callable[[int], Answer]:
    return lambda n: _of(engine.search(queries[n], K))


def _searching(engine: Engine, queries: Vectors, areas: list[Circle], limits: Limits | None) -> Callable[[int], Answer]:
    return lambda n: _of(engine.search(queries[n], K, area=areas[n], limits=limits))


def measure_smaller(ready: Ready, times: "Timings", areas: list[Circle], storage: Storage) -> None:
    """Measure the engine over rounded vectors, whose results are the same."""
    queries = ready.country.queries
    engine = Engine(ready.engine.space, ready.stored, ready.engine.attributes, coarse=ready.coarse(storage))
    for case, limits in (("circle", None), ("circle-limits", LIMITS)):
        times.take_turns(case, {f"baicha-{storage}": _searching(engine, queries, areas, limits)})


class Timings:
    """Milliseconds and recall of each system: the share of results that are no worse than the true tenth."""

    def __init__(self, country: Country, truth: dict[str, list[Answer]]) -> None:
        self._country = country
        self._truth = truth
        self._times: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._recalls: dict[tuple[str, str], list[float]] = {}

    def take_turns(self, case: str, asks: Mapping[str, Callable[[int], Answer]], repeats: int = _REPEATS) -> None:
        """Ask every system every query, first unmeasured, then a round of all queries each in turn."""
        truth = self._truth[case]
        for system, ask in asks.items():
            # What is mapped from files is read from the disk the first time.
            found = [ask(query)[0] for query in range(len(truth))]
            self._recalls[case, system] = [self._recall(case, query, rows) for query, rows in enumerate(found)]
        for _ in range(repeats):
            for system, ask in asks.items():
                for query in range(len(truth)):
                    began = time.perf_counter()
                    ask(query)
                    self._times[case, system].append((time.perf_counter() - began) * 1000)
        for system in asks:
            print(json.dumps(self._row(case, system)), flush=True)

    def _recall(self, case: str, query: int, rows: NDArray[np.int64]) -> float:
        wanted = self._truth[case][query][1]
        if not len(wanted):
            return 1.0
        scores = self._country.vectors[rows] @ self._country.queries[query]
        return float(np.count_nonzero(scores >= wanted[-1] - 1e-6)) / len(wanted)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each case and system."""
        return [self._row(case, system) for case, system in self._times]

    def _row(self, case: str, system: str) -> dict[str, Any]:
        times = self._times[case, system]
        return {
            "case": case,
            "system": system,
            "p50_ms": round(statistics.median(times), 4),
            "p95_ms": round(float(np.percentile(times, 95)), 4),
            "recall": round(min(1.0, statistics.fmean(self._recalls[case, system])), 4),
        }


def _of(found: Any) -> Answer:
    return found.rows, found.scores


def _flat(vectors: Vectors, query: Vectors) -> Answer:
    scores = vectors @ query
    top = np.argpartition(scores, -K)[-K:]
    return top, scores[top]


def floor(ready: Ready, wanted: list[NDArray[np.int64]]) -> Callable[[int], Answer]:
    """Return the least that must be done: products over the rows of the ranges and the ten best of those wanted."""
    vectors, queries = ready.country.vectors, ready.country.queries
    plans = []
    for query, rows in enumerate(wanted):
        ranges = ready.engine.space.ranges(ready.area(query))
        plans.append((list(zip(ranges.starts, ranges.ends, strict=True)), np.isin(ranges.rows(), rows), rows))

    def ask(query: int) -> Answer:
        cuts, mask, rows = plans[query]
        scores = np.concatenate([vectors[start:end] @ queries[query] for start, end in cuts])[mask]
        top = np.argpartition(scores, -K)[-K:] if len(scores) > K else np.arange(len(scores))
        order = top[np.argsort(-scores[top])]
        return rows[order], scores[order]

    return ask


def measure_peer(name: str, folder: Path, *only: str) -> list[dict[str, Any]]:
    """Run a peer in its own environment and return its rows; say so when it cannot be run. It may be `only` built."""
    one_thread = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "LANCE_CPU_THREADS": "1",
    }
    quiet = {"RUST_LOG": "error", "LANCE_LOG": "error", "PYTHONWARNINGS": "ignore", "XDG_RUNTIME_DIR": str(folder)}
    try:
        python = environment(RESULTS.resolve() / "environments" / name, PEERS[name])
        began = time.perf_counter()
        done = subprocess.run(
            [str(python), "-m", "bench.index_peers", str(folder), name, *only],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | one_thread | quiet,
        )
    except subprocess.CalledProcessError as exc:
        _say(f"{name}: does not install or run here ({exc})")
        lines = exc.stdout or ""
    else:
        _say(f"{name}: {time.perf_counter() - began:.0f} s in all")
        lines = done.stdout
    print(lines, end="", flush=True)
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


if __name__ == "__main__":
    main()
