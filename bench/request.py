"""What a whole request costs on very many listings, by what is asked, and the first one after a listing was changed.

    ROWS=100000 nice -n 10 python -m bench.request
    nice -n 10 python -m bench.request FOLDER   # a data folder that was imported and built from `bench.listings` before

Questions go through `api.searching.search`, as the route asks it, one after the other in one process. Each kind of
question is asked with other places, prices and words each time. Of most of them nothing satisfies all that is asked, so
that limits give way, which costs the most; "area and a price" and "best rated" have answers. `ms` are those of the
clock, `processor_ms` those that the process worked, which a busy machine does not change much; `full_processor_ms` is
the median of the same questions when every row is scored, and `overlap` how many of the ten
results are then the same. `change` is the first request after one listing was written: with its merge into the
snapshot, its words, and the answer. Writes `bench/results/request-ROWS.json`.
"""

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlmodel import select

from api.container import Container
from api.migrate import upgrade
from api.searching import SearchPage, SearchParams, search
from bench.index import RESULTS, machine
from bench.listings import write_listings
from index.database import writing
from index.importing import import_file
from index.listing import Listing
from index.settings import Settings
from index.snapshot import build
from recommender import candidates as narrowing
from recommender import finder as finding

_DISTINCT, _ASKED, _CHANGES = 5_000, 40, 5
_WORDS = (
    *("安静 老屋", "茶园 日落", "河鱼 鲜", "瀑布 徒步", "quiet garden", "spicy noodles", "sunset terrace"),
    *("炭烤 土鸡", "星空 泳池", "stone bridge", "陶艺 孩子", "family breakfast"),
)
_KINDS = ("民宿", "火锅店", "面馆", "公园", "guesthouse", "hot pot restaurant", "古镇")


def main(arguments: Sequence[str]) -> None:
    """Measure over a folder, or one made for it."""
    if arguments:
        measure(Path(arguments[0]))
        return
    with tempfile.TemporaryDirectory(dir=RESULTS) as name:
        rows = int(os.environ.get("ROWS", "100000"))
        write_listings(Path(name) / "listings.jsonl", rows, distinct=_DISTINCT)
        container = Container(Settings(data=Path(name) / "data"))
        upgrade(container.engine)
        import_file(container.engine, Path(name) / "listings.jsonl")
        build(container.engine, container.settings)
        container.close()
        measure(Path(name) / "data")


def measure(data: Path) -> None:
    """Measure over a data folder, and write what was found."""
    container = Container(Settings(data=data))
    began, worked = time.perf_counter(), time.process_time()
    finder = container.finder()
    rows = len(finder.snapshot.listings)
    report: dict[str, Any] = {
        "rows": rows,
        "machine": machine(),
        "load": round(os.getloadavg()[0], 1),
        "finder_s": round(time.perf_counter() - began, 1),
        "finder_processor_s": round(time.process_time() - worked, 1),
    }
    print(json.dumps(report), flush=True)
    report["kinds"] = {name: _kind(container, ask) for name, ask in _questions(finder.snapshot.columns).items()}
    report["change"] = [_change(container, number) for number in range(_CHANGES)]
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({name: report[name] for name in ("change", "peak_mb")}), flush=True)
    (RESULTS / f"request-{rows}.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    container.close()


def _questions(columns: Any) -> Mapping[str, Callable[[int], dict[str, Any]]]:
    rng = np.random.default_rng(17)
    at = rng.integers(0, int(np.isfinite(columns.lat).sum()), 4 * _ASKED)

    def here(number: int) -> dict[str, float]:
        return {"lat": float(columns.lat[at[number]]), "lon": float(columns.lon[at[number]])}

    def kind(number: int) -> str:
        return _KINDS[number % len(_KINDS)]

    def words(number: int) -> str:
        return _WORDS[number % len(_WORDS)]

    return {
        "area and limits": lambda n: {"q": f"5公里以内的{kind(n)}，人均{100 + n}以下，{words(n)}", **here(n)},
        "area and a price": lambda n: {"q": f"5公里以内的{kind(n)}，人均{300 + n}以下", **here(n)},
        "area": lambda n: {"q": f"{3 + n % 5}公里以内 {words(n)}", **here(n + _ASKED)},
        "near, no radius": lambda n: {"q": f"附近的{kind(n)} {words(n)}", **here(n + 2 * _ASKED)},
        "limits": lambda n: {"q": f"{kind(n)}，人均{60 + 3 * n}以下，评分4以上 {words(n)}"},
        "kind": lambda n: {"q": f"{kind(n)} {words(n)}"},
        "words": lambda n: {"q": f"{words(n)} {words(n + 5)} {n}"},
        "name": lambda n: {"q": f"{kind(n)}{at[n]}号在哪里"},
        "best rated": lambda n: {"q": f"评分最高的{kind(n)}"},
    }


def _kind(container: Container, ask: Callable[[int], dict[str, Any]]) -> dict[str, float]:
    found, took, worked = [], [], []
    for number in range(_ASKED):
        began, began_work = time.perf_counter(), time.process_time()
        found.append(_asked(container, ask(number)))
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - began_work) * 1000)
    full, overlap = [], []
    before, narrowing.SCORED_ROWS = narrowing.SCORED_ROWS, sys.maxsize
    told = vars(finding)["slack_of"]
    vars(finding)["slack_of"] = lambda _query, _weights: None
    for number in range(0, _ASKED, 4):
        began_work = time.process_time()
        whole = _asked(container, ask(number))
        full.append((time.process_time() - began_work) * 1000)
        ids = {result.id for result in whole.results}
        overlap.append(len(ids & {result.id for result in found[number].results}) / max(1, len(ids)))
    narrowing.SCORED_ROWS = before
    vars(finding)["slack_of"] = told
    row = {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(float(np.percentile(took, 95)), 1),
        "processor_ms": round(statistics.median(worked), 1),
        "full_processor_ms": round(statistics.median(full), 1),
        "overlap": round(statistics.fmean(overlap), 3),
        "total": int(statistics.median([page.total for page in found])),
    }
    print(json.dumps(row), flush=True)
    return row


def _asked(container: Container, asked: dict[str, Any]) -> SearchPage:
    return search(container, SearchParams(record=False, **asked), None)


def _change(container: Container, number: int) -> dict[str, float]:
    """Write one listing and ask for it by a word that only it says."""
    word = f"云中小筑{'甲乙丙丁戊己庚辛'[number % 8]}"
    with writing(container.engine) as session:
        listing = session.exec(select(Listing).offset(number).limit(1)).one()
        listing.subtype, listing.content_hash = word, f"changed {number} {time.time_ns()}"
        session.add(listing)
        changed = listing.id
    began, worked = time.perf_counter(), time.process_time()
    page = _asked(container, {"q": word})
    assert page.results[0].id == changed
    return {
        "ms": round((time.perf_counter() - began) * 1000),
        "processor_ms": round((time.process_time() - worked) * 1000),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
