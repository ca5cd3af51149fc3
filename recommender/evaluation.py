"""How good the ranking is: the figures of the shared benchmark format, measured over a finder.

nDCG@10 with binary relevance and log₂ discounts, P@1, P@10 and recall@50 divided by what could be reached, and the mean
reciprocal rank. A query without an answer scores 0. `../shared/bench/score.py` computes the same.
"""

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index.errors import UnreadableInput
from recommender.finder import Finder, SearchRequest

#: How many ids a run holds for each query.
DEPTH = 50
#: When the questions are asked: a figure must not depend on when it is measured. A Tuesday at noon in China.
ASKED_AT = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
_CUT = 10
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over the judged queries; milliseconds a query, the encoder's included."""

    ndcg_at_10: float
    p_at_1: float
    p_at_10: float
    recall_at_50: float
    mrr: float
    queries: int
    ms_p50: float
    ms_p95: float

    def as_json(self) -> dict[str, float]:
        """Return the figures under the names of the benchmark format."""
        return {name.replace("_at_", "@"): value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class EvalQuery:
    """A query to be answered from its text alone; `domain` and `kind` only group the figures."""

    id: str
    text: str
    domain: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The ids that were answered to one query, best first, and how long that took."""

    query_id: str
    ids: tuple[str, ...]
    ms: float


Qrels = Mapping[str, frozenset[str]]


def read_queries(path: Path) -> list[EvalQuery]:
    """Read queries, one JSON object a line.

    Raises:
        UnreadableInput: The file is missing, or a line is not a query.
    """
    queries = []
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            queries.append(EvalQuery(row["id"], row["text"], row.get("domain", ""), row.get("kind", "")))
        except (ValueError, KeyError, TypeError) as exc:
            raise UnreadableInput(f"{path}:{number}: a query is a JSON object with id and text ({exc})") from exc
    return queries


def read_qrels(path: Path) -> dict[str, frozenset[str]]:
    """Read judgements: query id, listing id and 1, tab-separated.

    Raises:
        UnreadableInput: The file is missing, or a line has fewer than two columns.
    """
    relevant: dict[str, set[str]] = defaultdict(set)
    for number, line in _lines(path):
        query, _, rest = line.partition("\t")
        listing = rest.partition("\t")[0]
        if not query or not listing:
            raise UnreadableInput(f"{path}:{number}: a judgement is query id, listing id and 1, with tabs between")
        relevant[query].add(listing)
    return {query: frozenset(listings) for query, listings in relevant.items()}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.rstrip("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise UnreadableInput(f"cannot read {path}: {exc}") from exc


def evaluate(finder: Finder, queries: Sequence[EvalQuery], qrels: Qrels) -> tuple[list[Ranked], Figures]:
    """Answer every query from its text over all listings, and return the run and its figures."""

    def answer(text: str) -> tuple[str, ...]:
        found = finder.find(SearchRequest(text, None, ASKED_AT, limit=DEPTH))
        return tuple(result.listing.id for result in found.results)

    run = timed_run(answer, queries)
    return run, figures(run, qrels)


def timed_run(answer: Callable[[str], tuple[str, ...]], queries: Sequence[EvalQuery]) -> list[Ranked]:
    """Answer queries one by one with a stopwatch; the first is answered once more, so that nobody's start counts."""
    if queries:
        answer(queries[0].text)
    run = []
    for query in queries:
        began = time.perf_counter()
        ids = answer(query.text)
        run.append(Ranked(query.id, ids, (time.perf_counter() - began) * 1000))
    return run


def figures(run: Sequence[Ranked], qrels: Qrels) -> Figures:
    """Return the figures of a run over the judged queries."""
    answered = {ranked.query_id: ranked.ids for ranked in run}
    rows = [_of_one(answered.get(query, ()), relevant) for query, relevant in qrels.items()]
    means = [round(sum(column) / len(rows), _DECIMALS) for column in zip(*rows, strict=True)] if rows else [0.0] * 5
    times = [ranked.ms for ranked in run] or [0.0]
    p50, p95 = (round(float(np.percentile(times, share)), 2) for share in (50, 95))
    ndcg, p_at_1, p_at_10, recall, mrr = means
    return Figures(ndcg, p_at_1, p_at_10, recall, mrr, len(rows), p50, p95)


def figures_by(run: Sequence[Ranked], qrels: Qrels, queries: Sequence[EvalQuery]) -> dict[str, Figures]:
    """Return the figures of each domain and each kind of query."""
    groups: dict[str, set[str]] = defaultdict(set)
    for query in queries:
        for group in (query.domain, query.kind):
            if group and query.id in qrels:
                groups[group].add(query.id)
    return {
        group: figures([r for r in run if r.query_id in ids], {query: qrels[query] for query in qrels if query in ids})
        for group, ids in sorted(groups.items())
    }


def _of_one(ids: Sequence[str], relevant: frozenset[str]) -> tuple[float, float, float, float, float]:
    ranked = list(dict.fromkeys(ids))
    hits = [listing in relevant for listing in ranked]
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(_CUT, len(relevant))))
    gain = sum(hit / math.log2(rank + 2) for rank, hit in enumerate(hits[:_CUT]))
    return (
        gain / ideal,
        float(any(hits[:1])),
        sum(hits[:_CUT]) / min(_CUT, len(relevant)),
        sum(hits[:DEPTH]) / min(DEPTH, len(relevant)),
        next((1 / (rank + 1) for rank, hit in enumerate(hits) if hit), 0.0),
    )
