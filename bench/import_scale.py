"""Import and build at scale: seconds, rows a second and the most memory of each step, in a process of its own.

    python -m bench.import_scale             # 100,000 and 1,000,000 listings
    python -m bench.import_scale 100000
    python -m bench.import_scale 1000000 again      # no further than that step

Seconds on the clock, those of the processor over all processes, and how many processes waited for it (the load of a
minute). Up to 100,000 listings each has words of its own; of more, 5,000 passages are told apart, because what they
cost beside those is embedding. Steps: `half` (an import that is killed half-way), `resume` (the same file again),
`again` (nothing changed), `build`, `open` (until the first search is answered), `change` (one listing written, until
the next look shows it), `fold` (build again after that). `searchable` sums those from the file to the first search.
"""

import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, update
from sqlmodel import col

from api.migrate import upgrade
from bench.index import RESULTS, machine
from bench.listings import write_listings
from index.database import make_engine, writing
from index.encoders import embed_queries, load_encoder
from index.importing import import_file
from index.listing import Listing
from index.settings import Settings
from index.snapshot import Snapshots, build
from index.space.areas import Circle

_ROWS = (100_000, 1_000_000)
_OWN_WORDS, _PASSAGES = 100_000, 5_000
_MEGA = 1024.0


def _import(engine: Engine, _settings: Settings, path: Path) -> str:
    began = time.perf_counter()
    report = import_file(engine, path)
    rate = round((report.inserted + report.unchanged) / (time.perf_counter() - began))
    return (
        f"{rate:,} rows a second: {report.inserted} new, {report.unchanged} unchanged, {len(report.rejected)} rejected"
    )


class _Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def _import_half(engine: Engine, _settings: Settings, path: Path) -> str:
    def stop(_step: str, done: int, total: int) -> None:
        if 2 * done > total:
            raise _Killed

    try:
        import_file(engine, path, on_progress=stop)
    except _Killed:
        return "stopped half-way"
    return "was not stopped"


def _build(engine: Engine, settings: Settings, _path: Path) -> str:
    return build(engine, settings)


def _open(_engine: Engine, settings: Settings, _path: Path) -> str:
    started = time.perf_counter()
    snapshot = Snapshots(settings).current()
    opened = time.perf_counter() - started
    row = int(np.flatnonzero(np.isfinite(snapshot.columns.lat))[0])
    area = Circle(float(snapshot.columns.lat[row]), float(snapshot.columns.lon[row]), 5_000)
    snapshot.engine.search(snapshot.vectors.vector(row), 10, area=area)
    snapshot.lexical.search("民宿", 10)
    snapshot.gazetteer.find("民宿4号在哪里")
    return f"opened in {opened:.3f} s"


def _change(engine: Engine, settings: Settings, _path: Path) -> str:
    live = Snapshots(settings, engine)
    live.current()
    load_encoder(settings.encoder)
    embed_queries(load_encoder(settings.encoder), ["warm"])
    times = []
    for number in range(5):
        with writing(engine) as session:
            session.execute(
                update(Listing)
                .where(col(Listing.id) == f"made-{number}")
                .values(name="改名小院", content_hash=f"changed-{number}")
            )
        started = time.perf_counter()
        snapshot = live.current()
        times.append(time.perf_counter() - started)
        assert snapshot.tail == number + 1
    started = time.perf_counter()
    for _ in range(100):
        live.current()
    unchanged = (time.perf_counter() - started) / 100
    return f"{1000 * float(np.median(times)):.0f} ms to show a change, {1000 * unchanged:.2f} ms where there is none"


_STEPS: tuple[tuple[str, Callable[[Engine, Settings, Path], str]], ...] = (
    ("half", _import_half),
    ("resume", _import),
    ("again", _import),
    ("build", _build),
    ("open", _open),
    ("change", _change),
    ("fold", _build),
)


def _measured(step: Callable[[Engine, Settings, Path], str], folder: Path, pipe: Any) -> None:
    settings = Settings(data=folder / "data")
    engine = make_engine(settings)
    started = time.perf_counter()
    said = step(engine, settings, folder / "listings.jsonl")
    seconds = time.perf_counter() - started
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    told = {"seconds": round(seconds, 1), "cpu_s": round(cpu_s, 1), "load": round(os.getloadavg()[0], 1)}
    pipe.send(told | {"peak_mb": round(own.ru_maxrss / _MEGA), "said": said})


def measure(rows: int, folder: Path, last: str = "fold") -> list[dict[str, Any]]:
    """Run every step over so many listings, up to the last one wanted, and return what each took."""
    write_listings(folder / "listings.jsonl", rows, distinct=None if rows <= _OWN_WORDS else _PASSAGES)
    engine = make_engine(Settings(data=folder / "data"))
    upgrade(engine)
    engine.dispose()
    found = []
    context = multiprocessing.get_context("spawn")
    for name, step in _STEPS:
        mine, theirs = context.Pipe()
        process = context.Process(target=_measured, args=(step, folder, theirs))
        process.start()
        theirs.close()
        result = {"step": name, "rows": rows} | mine.recv()
        process.join()
        print(json.dumps(result, ensure_ascii=False), flush=True)
        found.append(result)
        if name == "open":
            found.append(_searchable(found))
            print(json.dumps(found[-1]), flush=True)
        if name == last:
            break
    return found


def _searchable(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the steps from the file to the first search, the resumed import among them."""
    parts = [one for one in found if one["step"] in ("half", "resume", "build", "open")]
    sums = {key: round(sum(one[key] for one in parts), 1) for key in ("seconds", "cpu_s")}
    return {"step": "searchable", "rows": found[0]["rows"]} | sums | {"load": max(one["load"] for one in parts)}


def main() -> None:
    """Measure at the sizes that are named, or at all; up to the step that is named."""
    asked = tuple(int(word) for word in sys.argv[1:] if word.isdigit()) or _ROWS
    last = next((word for word in sys.argv[1:] if not word.isdigit()), "fold")
    RESULTS.mkdir(parents=True, exist_ok=True)
    for rows in asked:
        with tempfile.TemporaryDirectory() as folder:
            steps = measure(rows, Path(folder), last)
        report = {"rows": rows, "machine": machine(), "steps": steps}
        text = json.dumps(report, indent=1, ensure_ascii=False)
        (RESULTS / f"import-scale-{rows}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
