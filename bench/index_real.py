"""Recall without a place over real texts: questions of tourists, what listings say, and what a dictionary holds.

    BAICHA_BENCH_DATA=../shared/data make bench-index-real

Made-up vectors stand about their kinds evenly; an encoder's do not. The corpus is what the listings of both sets say
(passages, and each of their facts), the phrases of `pypinyin`'s dictionary, and passages of facts of several listings
(seeded), `ROWS` texts in all (200,000). Vectors are the default encoder's and kept (`bench.kept`). The questions are
those that tourists asked of both sets. Prints a line of JSON for a tenth, half, and all of the corpus; then, for limits
that leave a half, a tenth and a hundredth of all of it (drawn, seeded), what each way finds that searches within them:
`where` is told the share that is left, `among` the rows.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pypinyin.phrases_dict import phrases_dict

from bench import encoders as sets_module
from bench.encoders import DATA, SETS
from bench.index_ready import K
from bench.kept import cache_folder, keep, made_by
from index.anywhere import Anywhere, write_anywhere
from index.embedding import embed_all
from index.encoders import embed_queries, load_encoder
from index.passages import MAX_PASSAGE_CHARS, passage_of
from index.settings import Settings
from index.vectors import FaissVectors, Rows, Scores, Vectors, best, write_faiss

_SHARES = (0.1, 0.5, 1.0)
_LEFT = (0.5, 0.1, 0.01)
_FACTS_A_PASSAGE = 8
_ASKED, _ROUNDS = 500, 5
_SEED = 5
Search = Callable[[NDArray[np.float32]], Scores]


def main() -> None:
    """Measure and print."""
    rows = int(os.environ.get("ROWS", "200000"))
    vectors, queries = real_vectors(rows)
    for share in _SHARES:
        for line in measure(vectors[: int(share * len(vectors))], queries, _LEFT if share == 1 else ()):
            print(json.dumps(line | {"load": round(os.getloadavg()[0], 1)}), flush=True)


def real_vectors(rows: int) -> tuple[Vectors, Vectors]:
    """Return the vectors of the corpus in a seeded order, and those of some of the questions."""
    folder = cache_folder() / f"real-{rows}"
    encoder = Settings().encoder
    keep(folder, made_by(_texts, _questions, sets_module, encoder), lambda made: _embed(rows, encoder, made))
    return np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "queries.npy")


def _embed(rows: int, encoder: str, folder: Path) -> None:
    np.save(folder / "vectors.npy", np.concatenate(list(embed_all(encoder, _texts(rows)))), allow_pickle=False)
    np.save(folder / "queries.npy", embed_queries(load_encoder(encoder), _questions()), allow_pickle=False)


def _texts(rows: int) -> list[str]:
    """Return distinct texts: real ones first, then passages of facts that stand in different listings; shuffled."""
    rng = np.random.default_rng(_SEED)
    listings = [one for name in SETS for one in sets_module.listings_of(DATA / name / "listings.jsonl")]
    facts = list(dict.fromkeys(part for one in listings for part in passage_of(one).split("; ")))
    told = dict.fromkeys([*(passage_of(one) for one in listings), *facts, *phrases_dict])
    while len(told) < rows:
        chosen = rng.integers(0, len(facts), rng.integers(2, _FACTS_A_PASSAGE))
        told["; ".join(facts[at] for at in chosen)[:MAX_PASSAGE_CHARS]] = None
    texts = list(told)
    return [texts[at] for at in rng.permutation(len(texts))[:rows]]


def _questions() -> list[str]:
    asked = [
        json.loads(line)["text"]
        for name in SETS
        for line in (DATA / name / "queries_val.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    chosen = np.random.default_rng(_SEED).permutation(len(asked))[:_ASKED]
    return [asked[at] for at in chosen]


def measure(vectors: Vectors, queries: Vectors, left: tuple[float, ...] = ()) -> list[dict[str, Any]]:
    """Return recall and milliseconds over so many vectors, and within limits that leave each of some shares."""
    size = len(vectors)
    with tempfile.TemporaryDirectory() as folder:
        write_faiss(vectors, vectors.shape[1], Path(folder) / "v")
        write_anywhere(vectors, Path(folder) / "a")
        stored = FaissVectors.open(Path(folder) / "v")
        anywhere = Anywhere.open(Path(folder) / "a") if (Path(folder) / "a").exists() else None

        def everywhere(query: NDArray[np.float32]) -> Scores:
            if anywhere is None:
                return stored.search(query, K)[1]
            rows = anywhere.propose(query, K)
            return best(rows, stored.scores(query, rows), K)[1]

        lines = [{"rows": size} | _measured(everywhere, stored, queries, np.arange(size))]
        for share in left:
            kept = np.random.default_rng(_SEED).random(size) < share
            ways = {} if anywhere is None else _within(anywhere, stored, kept, share)
            for name, way in ways.items():
                lines.append(
                    {"rows": size, "left": share, "way": name} | _measured(way, stored, queries, np.flatnonzero(kept))
                )
    return lines


def _within(anywhere: Anywhere, stored: FaissVectors, kept: NDArray[np.bool_], share: float) -> dict[str, Search]:
    rows = np.flatnonzero(kept)

    def where(query: NDArray[np.float32]) -> Scores:
        found = anywhere.propose_where(query, K, share, lambda asked: asked[kept[asked]])[0]
        return best(found, stored.scores(query, found), K)[1]

    def among(query: NDArray[np.float32]) -> Scores:
        found = anywhere.propose_among(query, K, rows)
        return best(found, stored.scores(query, found), K)[1]

    return {"where": where, "among": among}


def _measured(search: Search, stored: FaissVectors, queries: Vectors, rows: Rows) -> dict[str, Any]:
    recalls, times = [], []
    for query in queries:
        truth = best(rows, stored.scores(query, rows), K)[1]
        recalls.append(float(np.count_nonzero(search(query) >= truth[-1] - 1e-6)) / K)
    for query in [*queries] * _ROUNDS:
        began = time.perf_counter()
        search(query)
        times.append((time.perf_counter() - began) * 1000)
    return {
        "recall": round(min(1.0, statistics.fmean(recalls)), 4),
        "worst_recall": round(min(recalls), 2),
        "p50_ms": round(statistics.median(times), 4),
    }


if __name__ == "__main__":
    main()
