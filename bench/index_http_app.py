"""The route that `bench.index_http` asks: words and a place to ten listings, by meaning and words within 5 km.

The same for both systems: the query is encoded by the default encoder and cut as listings are, and the list by meaning
and the list by words are fused by reciprocal ranks. Started by uvicorn, in an environment that may lack what the other
system needs.
"""

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from fastapi import FastAPI

from bench.index_http_lance import RADIUS_M, SHOWN, LanceDb
from index.use_encoder import UseEncoder

DEPTH, RRF_K = 50, 60


class Finds(Protocol):
    """Finds listings by meaning and words around a place."""

    def __call__(self, text: str, vector: Any, lat: float, lon: float) -> list[dict[str, Any]]:
        """Return ten, best first."""
        ...


def app() -> FastAPI:
    """Return the application over what `BENCH_FOLDER` holds, by `BENCH_SYSTEM`."""
    folder = Path(os.environ["BENCH_FOLDER"])
    find: Finds = Baicha(folder) if os.environ["BENCH_SYSTEM"] == "baicha" else LanceDb(folder)
    encoder = UseEncoder()
    made = FastAPI()

    @made.get("/v1/search")
    def search(q: str, lat: float, lon: float) -> list[dict[str, Any]]:
        return find(q, encoder.encode([q])[0], lat, lon)

    return made


class Baicha:
    """The engine and the lexical index of `index`."""

    def __init__(self, folder: Path) -> None:
        from index.anywhere import Anywhere
        from index.engine import Engine
        from index.lexical import LexicalIndex
        from index.space.ranges import SpaceIndex
        from index.vectors import FaissVectors

        self.lat, self.lon, self.price = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _COLUMNS)
        space = SpaceIndex(self.lat, self.lon)
        vectors = FaissVectors.open(folder / "vectors.faiss")
        attributes: Any = None
        self.engine = Engine(space, vectors, attributes, Anywhere.open(folder / "anywhere"))
        self.lexical = LexicalIndex(folder / "lexical")

    def __call__(self, text: str, vector: Any, lat: float, lon: float) -> list[dict[str, Any]]:
        """Fuse what the engine and the words find."""
        from index.space.areas import Circle

        area = Circle(lat, lon, RADIUS_M)
        scores: dict[int, float] = {}
        by_words = self.lexical.search(text, DEPTH, self.engine.space.rows(area))[0]
        for rows in (self.engine.search(vector, DEPTH, area=area).rows, by_words):
            for rank, row in enumerate(rows.tolist()):
                scores[row] = scores.get(row, 0.0) + 1 / (RRF_K + rank + 1)
        top = sorted(scores, key=lambda row: (-scores[row], row))[:SHOWN]
        return [{"id": row, "price": float(self.price[row]), "score": scores[row]} for row in top]


_COLUMNS = ("lat", "lon", "price")
