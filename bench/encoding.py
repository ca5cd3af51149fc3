"""How long new listings of 40 words take from their file to being searchable, and how many passages a second embed.

    ROWS=100000 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.encoding

Seconds on the clock, and beside them those of the processor, over all processes: on a busy machine the first say more
of the other work than of this one. Writes `bench/results/encoding.json`.
"""

import json
import os
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from api.migrate import upgrade
from bench.index import RESULTS, machine
from bench.listings import said_of, write_listings
from index.database import make_engine
from index.encoders import embed_queries, load_encoder
from index.importing import import_file
from index.settings import Settings
from index.snapshot import Snapshots, build

_QUERIES, _THREADS = 800, 8


def main() -> None:
    """Measure and print one run."""
    rows = int(os.environ.get("ROWS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "listings.jsonl"
        write_listings(written, rows)
        found = measure(written, Settings(data=Path(folder) / "data"))
    report = {"rows": rows, "machine": machine(), **found, "query_cpu_ms": queries_cpu_ms()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "encoding.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report))


def measure(written: Path, settings: Settings) -> dict[str, Any]:
    """Return seconds of the import, of the vectors, of the build as a whole, and until the first search answers."""
    marks: list[tuple[str, float, float]] = []
    engine = make_engine(settings)
    upgrade(engine)
    began, cpu_began = time.perf_counter(), _cpu_s()
    report = import_file(engine, written)
    imported, cpu_imported = time.perf_counter(), _cpu_s()
    build(engine, settings, on_progress=lambda what, *_: marks.append((what, time.perf_counter(), _cpu_s())))
    built = time.perf_counter()
    snapshot = Snapshots(settings).current()
    query = embed_queries(load_encoder(settings.encoder), ["a quiet guesthouse among tea gardens"])[0]
    assert len(snapshot.engine.search(query, 10).rows) == 10
    searched = time.perf_counter()
    engine.dispose()
    vectors = [(at, cpu) for what, at, cpu in marks if what == "vectors"]
    (first, cpu_first), (last, cpu_last) = vectors[0], vectors[-1]
    return {
        "encoder": settings.encoder,
        "imported": report.accepted,
        "import_s": round(imported - began, 1),
        "import_cpu_s": round(cpu_imported - cpu_began, 1),
        "vectors_s": round(last - first, 1),
        "vectors_cpu_s": round(cpu_last - cpu_first, 1),
        "passages_a_second": round(report.accepted / max(last - first, 1e-9)),
        "build_s": round(built - imported, 1),
        "searchable_s": round(searched - began, 1),
        "searchable_cpu_s": round(_cpu_s() - cpu_began, 1),
    }


def queries_cpu_ms() -> dict[str, float]:
    """Return the processor's milliseconds of a query, asked by one thread, by eight at a time, and asked again."""
    encoder, found = load_encoder("use"), {}
    for name, threads, first in (("alone", 1, 0), ("together", _THREADS, 10_000), ("again", _THREADS, 10_000)):
        queries = [f"{said_of(first + number)['subtype_en']} number {first + number}" for number in range(_QUERIES)]

        def ask(part: int, queries: list[str] = queries, threads: int = threads) -> None:
            for query in queries[part::threads]:
                embed_queries(encoder, [query])

        began = time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(ask, range(threads)))
        found[name] = round((time.process_time() - began) * 1000 / _QUERIES, 3)
    return found


def _cpu_s() -> float:
    """Return the processor's seconds of this process and those that it started, running ones too."""
    own = psutil.Process()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = sum(sum(child.cpu_times()[:2]) for child in own.children(recursive=True))
    return sum(own.cpu_times()[:2]) + running + ended.ru_utime + ended.ru_stime


if __name__ == "__main__":
    main()
