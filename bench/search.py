"""Search quality and time on the benchmark data: BM25, dense vectors, their fusion, and Baicha, in the same run.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.search [SET …] [--e5]

Reads `BAICHA_BENCH_DATA` (default `../shared/data`); a set is a folder of it with `listings.jsonl`, `queries_*.jsonl`
and `qrels_*.tsv`. Every method answers from a query's text alone, over all listings, up to 50 ids. Milliseconds are a
query's whole way, the encoder included; `understanding` is the part that turns words into limits, with the encoder's
calls that it makes. `--e5` adds the other bundled encoder as a second dense method, which takes minutes.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from api.migrate import upgrade
from bench.bm25 import Bm25
from index.database import make_engine
from index.encoders import embed_passages, embed_queries, forget_queries, load_encoder
from index.importing import import_file
from index.passages import passage_of
from index.settings import Settings
from index.snapshot import Snapshot, Snapshots, build
from index.vectors import NumpyVectors, VectorIndex
from recommender.evaluation import (
    ASKED_AT,
    DEPTH,
    EvalQuery,
    Figures,
    Qrels,
    Ranked,
    evaluate,
    figures,
    figures_by,
    read_qrels,
    read_queries,
    timed_run,
)
from recommender.finder import Finder, SearchRequest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DATA = Path(os.environ.get("BAICHA_BENCH_DATA", "../shared/data"))
SETS = ("crosswoz", "multiwoz")
STARTER = Path(__file__).parents[1] / "starter" / "listings.jsonl"
#: Reciprocal rank fusion: 1 / (k + rank), summed over the two lists.
_RRF_K = 60
Answer = Callable[[str], tuple[str, ...]]


def main(sets: Sequence[str]) -> None:
    """Print one table for each benchmark folder."""
    encoder = load_encoder(Settings().encoder)
    with_e5 = "--e5" in sets
    for name in [name for name in sets if name != "--e5"] or SETS:
        folder = DATA / name
        with tempfile.TemporaryDirectory() as data:
            settings = Settings(data=Path(data))
            began = time.perf_counter()
            snapshot = indexed(folder / "listings.jsonl", settings)
            built_s = time.perf_counter() - began
            began = time.perf_counter()
            finder = Finder(snapshot, encoder, settings)
            print(
                f"\n{name}: {len(snapshot.listings):,} listings indexed in {built_s:.1f} s, "
                f"words read in {time.perf_counter() - began:.2f} s"
            )
            for queries_file in sorted(folder.glob("queries_*.jsonl")):
                split = queries_file.stem.removeprefix("queries_")
                queries, qrels = read_queries(queries_file), read_qrels(folder / f"qrels_{split}.tsv")
                runs = compare(finder, snapshot, encoder, queries, qrels, with_e5=with_e5)
                print_table(split, runs, queries, qrels)
                print_understanding(finder, encoder, queries)


def indexed(file: Path, settings: Settings) -> Snapshot:
    """Import a file's listings into a fresh data folder and index them."""
    engine = make_engine(settings)
    upgrade(engine)
    import_file(engine, file)
    build(engine, settings)
    engine.dispose()
    return Snapshots(settings).current()


def compare(
    finder: Finder,
    snapshot: Snapshot,
    encoder: "SentenceTransformer",
    queries: Sequence[EvalQuery],
    qrels: Qrels,
    *,
    with_e5: bool,
) -> Mapping[str, list[Ranked]]:
    """Answer all queries by each method."""
    words, meaning = by_words(snapshot), by_meaning(snapshot.vectors, encoder, snapshot)
    plain = {"BM25": words, "dense": meaning, "RRF": fused(words, meaning)}
    encoders = [encoder]
    if with_e5:
        e5 = load_encoder("e5")
        encoders.append(e5)
        by_e5 = by_meaning(vectors_of(snapshot, e5), e5, snapshot)
        plain |= {"dense e5": by_e5, "RRF e5": fused(words, by_e5)}
    runs = {}
    for method, answer in plain.items():
        # Each method pays for encoding a query: vectors are kept for whoever asks the same again.
        for each in encoders:
            forget_queries(each)
        runs[method] = timed_run(answer, queries)
    forget_queries(encoder)
    runs["Baicha"], _ = evaluate(finder, queries, qrels)
    return runs


def by_words(snapshot: Snapshot) -> Answer:
    """Rank by BM25 alone, over documents made for it."""
    index = Bm25(snapshot.listings)
    return lambda text: _ids(snapshot, index.search(text, DEPTH))


def by_meaning(vectors: VectorIndex, encoder: "SentenceTransformer", snapshot: Snapshot) -> Answer:
    """Rank by the cosine of an encoder's vectors alone."""
    return lambda text: _ids(snapshot, vectors.search(embed_queries(encoder, [text])[0], DEPTH)[0].tolist())


def vectors_of(snapshot: Snapshot, encoder: "SentenceTransformer") -> VectorIndex:
    """Embed the listings' passages with another encoder than the snapshot's; takes minutes."""
    return NumpyVectors(embed_passages(encoder, [passage_of(listing) for listing in snapshot.listings]))


def fused(first: Answer, second: Answer) -> Answer:
    """Rank by the reciprocal rank fusion of two methods."""

    def answer(text: str) -> tuple[str, ...]:
        scores: dict[str, float] = {}
        for ids in (first(text), second(text)):
            for rank, listing in enumerate(ids):
                scores[listing] = scores.get(listing, 0.0) + 1 / (_RRF_K + rank + 1)
        return tuple(sorted(scores, key=lambda listing: (-scores[listing], listing))[:DEPTH])

    return answer


def _ids(snapshot: Snapshot, rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(snapshot.listings[row].id for row in rows)


def print_table(split: str, runs: Mapping[str, list[Ranked]], queries: Sequence[EvalQuery], qrels: Qrels) -> None:
    """Print a row for each method, over all queries and for each domain and kind."""
    heads = f"{'nDCG@10':>9}{'P@1':>8}{'P@10':>8}{'recall@50':>11}{'ms p50':>9}{'ms p95':>9}{'queries':>9}"
    print(f"{split:<12}{'method':<9}{heads}")
    for method, run in runs.items():
        _print_row("all", method, figures(run, qrels))
    groups = {method: figures_by(run, qrels, queries) for method, run in runs.items()}
    for group in next(iter(groups.values())):
        for method, found in groups.items():
            _print_row(group, method, found[group])


def _print_row(group: str, method: str, row: Figures) -> None:
    print(
        f"{group:<12}{method:<9}{row.ndcg_at_10:>9.4f}{row.p_at_1:>8.4f}{row.p_at_10:>8.4f}{row.recall_at_50:>11.4f}"
        f"{row.ms_p50:>9.2f}{row.ms_p95:>9.2f}{row.queries:>9}"
    )


def print_understanding(finder: Finder, encoder: "SentenceTransformer", queries: Sequence[EvalQuery]) -> None:
    """Print how long it takes to turn words into limits, and beside it to encode the words, milliseconds."""
    fresh = Finder(finder.snapshot, encoder, Settings())
    parts: dict[str, Callable[[str], object]] = {
        "understanding": lambda text: fresh.understand(SearchRequest(text, None, ASKED_AT)),
        "encoding": lambda text: embed_queries(encoder, [text]),
    }
    for name, part in parts.items():
        times = []
        forget_queries(encoder)
        for query in queries:
            began = time.perf_counter()
            part(query.text)
            times.append((time.perf_counter() - began) * 1000)
        p50, p95 = np.percentile(times, (50, 95))
        print(f"{name}: {p50:.2f} ms p50, {p95:.2f} ms p95")


if __name__ == "__main__":
    main(sys.argv[1:])
