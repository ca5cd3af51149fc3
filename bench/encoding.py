"""How long new listings of 40 words take from their file to being searchable, and how many passages a second embed.

    ROWS=100000 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.encoding

Writes `bench/results/encoding.json`.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from api.migrate import upgrade
from bench.index import RESULTS, machine
from bench.listings import write_listings
from index.database import make_engine
from index.encoders import embed_queries, load_encoder
from index.importing import import_file
from index.settings import Settings
from index.snapshot import Snapshots, build


def main() -> None:
    """Measure and print one run."""
    rows = int(os.environ.get("ROWS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "listings.jsonl"
        write_listings(written, rows)
        found = measure(written, Settings(data=Path(folder) / "data"))
    report = {"rows": rows, "machine": machine(), **found}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "encoding.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report))


def measure(written: Path, settings: Settings) -> dict[str, Any]:
    """Return seconds of the import, of the vectors, of the build as a whole, and until the first search answers."""
    marks: list[tuple[str, int, float]] = []
    engine = make_engine(settings)
    upgrade(engine)
    began = time.perf_counter()
    report = import_file(engine, written)
    imported = time.perf_counter()
    build(engine, settings, on_progress=lambda what, done, _total: marks.append((what, done, time.perf_counter())))
    built = time.perf_counter()
    snapshot = Snapshots(settings).current()
    query = embed_queries(load_encoder(settings.encoder), ["a quiet guesthouse among tea gardens"])[0]
    assert len(snapshot.engine.search(query, 10).rows) == 10
    searched = time.perf_counter()
    engine.dispose()
    vectors = [at for what, _, at in marks if what == "vectors"]
    return {
        "encoder": settings.encoder,
        "imported": report.accepted,
        "import_s": round(imported - began, 1),
        "vectors_s": round(vectors[-1] - vectors[0], 1),
        "passages_a_second": round(report.accepted / max(vectors[-1] - vectors[0], 1e-9)),
        "build_s": round(built - imported, 1),
        "searchable_s": round(searched - began, 1),
    }


if __name__ == "__main__":
    main()
