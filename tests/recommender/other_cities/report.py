"""Print each question that is not answered perfectly, with what was understood and what came instead.

OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m tests.recommender.other_cities.report [CITY …]

`--write` writes the cities' files anew.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from recommender.evaluation import ASKED_AT
from recommender.finder import Finder, SearchRequest
from tests.recommender.conftest import finder_over
from tests.recommender.other_cities import calder, linzhu, tsoma
from tests.recommender.other_cities.judging import HERE, Ask, City, relevant, write

CITIES = {"linzhu": linzhu.city, "calder": calder.city, "tsoma": tsoma.city}
_PERFECT = 0.9999


def ndcg(ids: Sequence[str], wanted: frozenset[str]) -> float:
    """NDCG at ten with binary gains."""
    gains = [1 / math.log2(place + 2) for place in range(10)]
    reached = sum(gain for gain, one in zip(gains, ids, strict=False) if one in wanted)
    return reached / sum(gains[: len(wanted)])


def failures(city: City, finder: Finder) -> Iterator[tuple[float, Ask, str]]:
    """Yield the questions whose first ten are not the best possible, with a description."""
    for ask in (ask for asks in city.asks.values() for ask in asks):
        wanted = frozenset(relevant(city, ask))
        answer = finder.find(SearchRequest(ask.text, None, ASKED_AT, limit=10))
        ids = [result.listing.id for result in answer.results]
        reached = ndcg(ids, wanted)
        if reached < _PERFECT:
            chips = " | ".join(f"{chip.kind}={chip.label}" for chip in answer.understood)
            loosened = " | ".join(str(one) for one in answer.relaxed)
            names = ", ".join(("+" if r.listing.id in wanted else "-") + r.listing.name for r in answer.results[:5])
            yield (
                reached,
                ask,
                f"chips: {chips}\n    relaxed: {loosened}\n    wish: {answer.query.wish!r}\n    top: {names}",
            )


def main(words: Sequence[str]) -> None:
    """Print the failures of the cities named, or of all."""
    for name in [word for word in words if word in CITIES] or list(CITIES):
        city = CITIES[name]()
        if "--write" in words:
            write(city)
        with TemporaryDirectory() as folder:
            finder = finder_over(Path(folder), HERE / name / "listings.jsonl")
            found = list(failures(city, finder))
        print(f"\n== {name}: {len(found)} of {sum(map(len, city.asks.values()))}")  # noqa: T201 - a command prints
        for reached, ask, what in found:
            print(f"{reached:.2f} [{ask.kind}] {ask.text}\n    asked: {ask.states}\n    {what}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
