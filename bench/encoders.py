"""Compare the bundled encoders on the benchmark data: nDCG@10 by meaning alone, and how fast they are on one core.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.encoders [ENCODER …]

Reads `BAICHA_BENCH_DATA` (default `../shared/data`). Every listing of a set is a candidate; nothing but the vectors of
query and passage is used. The figures are kept in `docs/decisions/0001-default-encoder.md`.
"""

import json
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.bundled_engines import BUNDLED
from index.encoders import embed_passages, embed_queries, load_encoder
from index.listing import ListingRecord
from index.passages import passage_of
from index.records import make_record

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DATA = Path(os.environ.get("BAICHA_BENCH_DATA", "../shared/data"))
SETS = ("crosswoz", "multiwoz")
_DEPTH = 10
#: Queries timed one by one, as a visitor asks them.
_TIMED = 100


def main(encoders: list[str]) -> None:
    """Print a line of JSON for each encoder and set."""
    for name in encoders or BUNDLED:
        encoder = load_encoder(name)
        for collection in SETS:
            print(json.dumps({"encoder": name, "set": collection, **measure(encoder, DATA / collection)}), flush=True)


def measure(encoder: "SentenceTransformer", folder: Path) -> dict[str, float]:
    """Return nDCG@10 over all queries and over those of kind `search`, and times in milliseconds and passages/s."""
    listings = listings_of(folder / "listings.jsonl")
    queries = [json.loads(line) for line in (folder / "queries_val.jsonl").open(encoding="utf-8")]
    relevant = _judgements(folder / "qrels_val.tsv")
    began = time.perf_counter()
    passages = embed_passages(encoder, [passage_of(listing) for listing in listings])
    took_s = time.perf_counter() - began
    asked = embed_queries(encoder, [query["text"] for query in queries])
    scores = _ndcg(asked @ passages.T, [listing.id for listing in listings], queries, relevant)
    of_search = [score for score, query in zip(scores, queries, strict=True) if query["kind"] == "search"]
    return {
        "ndcg@10": round(statistics.fmean(scores), 4),
        "ndcg@10_search": round(statistics.fmean(of_search), 4),
        "passages": len(listings),
        "passages_per_s": round(len(listings) / took_s),
        "query_ms_p50": round(_query_ms(encoder, [query["text"] for query in queries[:_TIMED]]), 1),
    }


def listings_of(path: Path) -> list[ListingRecord]:
    """Return the listings of a set."""
    with path.open(encoding="utf-8") as file:
        return [make_record(json.loads(line), source=path.stem, crs="wgs84", from_table=False) for line in file]


def _judgements(path: Path) -> dict[str, set[str]]:
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines():
        query, listing, _ = line.split("\t")
        relevant[query].add(listing)
    return relevant


def _ndcg(
    similarity: NDArray[np.float32], ids: list[str], queries: list[dict[str, Any]], relevant: dict[str, set[str]]
) -> list[float]:
    discounts = 1 / np.log2(np.arange(2, _DEPTH + 2))
    scores = []
    for row, query in zip(similarity, queries, strict=True):
        wanted = relevant[query["id"]]
        top = np.argsort(-row, kind="stable")[:_DEPTH]
        gains = np.asarray([ids[index] in wanted for index in top])
        scores.append(float((gains * discounts).sum() / discounts[: len(wanted)].sum()))
    return scores


def _query_ms(encoder: "SentenceTransformer", texts: list[str]) -> float:
    times = []
    for text in texts:
        began = time.perf_counter()
        embed_queries(encoder, [text])
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main(sys.argv[1:])
