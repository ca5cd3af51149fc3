"""Why a listing is not among the answers to a question: the limits that it misses, and the least that would change it.

The terms of its score are those of a search: `Finder.find` is asked with everything else hidden. Only a superlative's
term depends on what a listing is compared with; it is taken from the page on which the listing stands where it has one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from index.errors import NotFound
from recommender.finder import ENOUGH, Finder, SearchRequest
from recommender.missing import Missed, Missing
from recommender.query import Limit, Query, Understood
from recommender.result import Answer, Result
from recommender.scoring import costs_of

#: With more missed limits than this, not every choice among them is tried.
_MOST_TRIED = 4
#: When answers are counted one by one to find a rank: no further than paging itself reaches.
_DEEPEST = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """The least change that brings a listing in: limits to leave out, each with how far it could be widened instead.

    `rank` is where the listing then stands, from 1; None when that is behind the thousandth.
    """

    steps: tuple[Missed, ...]
    rank: int | None

    @property
    def without(self) -> frozenset[str]:
        """The chips to remove."""
        return frozenset(step.chip.id for step in self.steps)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What was found. `result` has the listing's terms; `rank` from 1 is where it stands among the answers.

    `missed` are the limits that it does not satisfy; `change` is None when it is among the answers as it is. A listing
    that misses limits may stand there all the same, where too little satisfies them all.
    """

    query: Query
    result: Result
    rank: int | None
    missed: tuple[Missed, ...]
    change: Change | None

    @property
    def present(self) -> bool:
        """Whether it is among the answers."""
        return self.change is None

    @property
    def understood(self) -> tuple[Understood, ...]:
        """The limits in force."""
        return self.query.understood


class Explainer:
    """Answers why over one finder; built once for it."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._masks = finder.masks
        self._missing = Missing(finder.snapshot, finder.lexicon, self._masks)

    def explain(self, request: SearchRequest, listing_id: str) -> WhyNot:
        """Return why a listing is not among the answers to a request, or where among them it is.

        The request's page, and categories chosen beside the words, are left aside.

        Raises:
            NotFound: The snapshot has no such listing.
        """
        row = self._finder.snapshot.row_of.get(listing_id)
        if row is None:
            raise NotFound("listing", listing_id)
        request = replace(request, offset=0, limit=ENOUGH, categories=frozenset())
        query = self._finder.understand(request)
        chips = {chip.id: chip for chip in query.understood}
        missed = tuple(
            self._missing.of(limit, chips[limit.id], row, query.language) for limit in self._missed(query.limits, row)
        )
        rank, result = self._place(request, listing_id, satisfies=not missed)
        is_in = not missed or rank is not None
        return WhyNot(query, result, rank, missed, None if is_in else self._change(request, listing_id, missed))

    def _missed(self, limits: Sequence[Limit], row: int) -> Iterator[Limit]:
        return (limit for limit in limits if limit.hard and not self._masks.on(limit, np.asarray([row]))[0])

    def _change(self, request: SearchRequest, listing_id: str, missed: Sequence[Missed]) -> Change:
        """Return the fewest limits to leave out; of many missed ones, a choice of which each is needed."""
        steps = self._fewest(request, listing_id, missed)
        rank, _ = self._place(_less(request, steps), listing_id, satisfies=len(steps) == len(missed))
        return Change(tuple(steps), rank)

    def _fewest(self, request: SearchRequest, listing_id: str, missed: Sequence[Missed]) -> Sequence[Missed]:
        if len(missed) > _MOST_TRIED:
            kept = self._one_less(request, listing_id, missed)
            while len(kept) < len(missed):
                missed, kept = kept, self._one_less(request, listing_id, kept)
            return missed
        for size in range(1, len(missed)):
            for steps in sorted(combinations(missed, size), key=_cost):
                if self._is_shown(_less(request, steps), listing_id):
                    return steps
        return missed

    def _one_less(self, request: SearchRequest, listing_id: str, steps: Sequence[Missed]) -> Sequence[Missed]:
        """Return steps without the dearest that is not needed; the steps themselves when all are."""
        for step in sorted(steps, key=lambda step: -_cost([step])):
            fewer = [other for other in steps if other is not step]
            if fewer and self._is_shown(_less(request, fewer), listing_id):
                return fewer
        return steps

    def _is_shown(self, request: SearchRequest, listing_id: str) -> bool:
        """Whether the first page shows a listing; beyond it only what satisfies all limits is shown."""
        return _position(self._finder.find(request), listing_id) is not None

    def _place(self, request: SearchRequest, listing_id: str, *, satisfies: bool) -> tuple[int | None, Result]:
        """Return the rank among the answers, None when it has none, and the listing's result."""
        first = self._finder.find(request)
        found = _position(first, listing_id)
        if found is not None:
            return found + 1, first.results[found]
        alone = self._alone(request, listing_id)
        if not satisfies:
            # Beyond the first page only what satisfies all limits is shown.
            return None, alone
        return (
            self._rank(request, alone, first.total) or self._counted(request, listing_id, first.total) or (None, alone)
        )

    def _alone(self, request: SearchRequest, listing_id: str) -> Result:
        """Return the listing's result when nothing else is there."""
        return self._finder.alone(request, listing_id)

    def _rank(self, request: SearchRequest, alone: Result, total: int) -> tuple[int, Result] | None:
        """Halve the answers until the listing's score is met; None when it is not where its score says."""
        row_of = self._finder.snapshot.row_of
        wanted = (-alone.score, row_of[alone.listing.id])
        low, high = ENOUGH, total - 1
        while low <= high:
            middle = (low + high) // 2
            results = self._finder.find(replace(request, offset=middle, limit=1)).results
            if not results:
                return None
            [result] = results
            at = (-result.score, row_of[result.listing.id])
            if result.listing.id == alone.listing.id:
                return middle + 1, result
            low, high = (middle + 1, high) if at < wanted else (low, middle - 1)
        return None

    def _counted(self, request: SearchRequest, listing_id: str, total: int) -> tuple[int, Result] | None:
        """Page through the answers: what a superlative or an empty question ranks is not told by a score alone."""
        for offset in range(ENOUGH, min(total, _DEEPEST), ENOUGH):
            page = self._finder.find(replace(request, offset=offset))
            found = _position(page, listing_id)
            if found is not None:
                return offset + found + 1, page.results[found]
        return None


def _position(answer: Answer, listing_id: str) -> int | None:
    return next((at for at, result in enumerate(answer.results) if result.listing.id == listing_id), None)


def _less(request: SearchRequest, steps: Sequence[Missed]) -> SearchRequest:
    return replace(request, without=request.without | {step.chip.id for step in steps})


def _cost(steps: Sequence[Missed]) -> float:
    return float(costs_of([step.limit for step in steps]).sum())
