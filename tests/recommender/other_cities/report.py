"""Print each question that is not answered perfectly, with what was understood and what came instead.

OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m tests.recommender.other_cities.report [CITY …]

`--write` writes the cities' files anew. `--more` asks what the generators of the first three put together with six
further seeds instead.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from recommender.evaluation import ASKED_AT
from recommender.finder import Finder, SearchRequest
from tests.recommender.conftest import finder_over
from tests.recommender.other_cities import calder, harul, kazemori, linzhu, portnair, tsoma, wujing
from tests.recommender.other_cities.judging import HERE, Ask, City, relevant, write

CITIES = {
    "linzhu": linzhu.city,
    "calder": calder.city,
    "tsoma": tsoma.city,
    "wujing": wujing.city,
    "kazemori": kazemori.city,
    "harul": harul.city,
    "portnair": portnair.city,
}
_MORE = {"linzhu": linzhu.more, "calder": calder.more, "tsoma": tsoma.more}
_SEEDS = range(200, 206)
_PERFECT = 0.9999


def ndcg(ids: Sequence[str], wanted: frozenset[str]) -> float:
    """NDCG at ten with binary gains."""
    gains = [1 / math.log2(place + 2) for place in range(10)]
    reached = sum(gain for gain, one in zip(gains, ids, strict=False) if one in wanted)
    return reached / sum(gains[: len(wanted)])


def answered(city: City, asks: Iterable[Ask], finder: Finder) -> Iterator[tuple[float, Ask, str]]:
    """Yield each question with its nDCG@10 and a description of what was understood and what came."""
    for ask in asks:
        wanted = frozenset(relevant(city, ask))
        if not wanted:  # nothing satisfies it: no fair question
            continue
        answer = finder.find(SearchRequest(ask.text, None, ASKED_AT, limit=10))
        chips = " | ".join(f"{chip.kind}={chip.label}" for chip in answer.understood)
        loosened = " | ".join(one.note for one in answer.relaxed)
        names = ", ".join(("+" if r.listing.id in wanted else "-") + r.listing.name for r in answer.results[:5])
        what = f"chips: {chips}\n    relaxed: {loosened}\n    wish: {answer.query.wish!r}\n    top: {names}"
        yield ndcg([result.listing.id for result in answer.results], wanted), ask, what


def main(words: Sequence[str]) -> None:
    """Print what is not perfect in the cities named, or in all."""
    for name in [word for word in words if word in CITIES] or list(CITIES):
        city = CITIES[name]()
        if "--write" in words:
            write(city)
        asks = [ask for asks in city.asks.values() for ask in asks]
        if "--more" in words and name in _MORE:
            asks = [ask for seed in _SEEDS for ask in _MORE[name](city.listings, seed)]
        with TemporaryDirectory() as folder:
            found = list(answered(city, asks, finder_over(Path(folder), HERE / name / "listings.jsonl")))
        missed = [one for one in found if one[0] < _PERFECT]
        mean = sum(reached for reached, _, _ in found) / len(found)
        print(f"\n== {name}: nDCG@10 {mean:.3f}; {len(missed)} of {len(found)} not perfect")  # noqa: T201
        for reached, ask, what in missed:
            print(f"{reached:.2f} [{ask.kind}] {ask.text}\n    asked: {ask.states}\n    {what}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
