"""A page of results without those that are withheld from the visitor, so that what being shown causes can be measured.

Each visitor x listing x window is drawn once (`recommender.holding`). Nothing is withheld from who asked for a place by
its name, from who has no id, and where so little fits that the visitor would miss it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from recommender.finder import ENOUGH, Finder, SearchRequest
from recommender.query import LimitKind
from recommender.result import Answer, Result


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: the answer with what is shown, the position after it, whether more follows, and what was withheld where.

    Positions are those of the whole answer, so that pages follow each other without repeats or gaps. `propensity` is
    the probability with which each result was shown.
    """

    answer: Answer
    end: int
    more: bool
    withheld: tuple[tuple[str, int], ...] = ()
    propensity: float = 1.0


def shown_page(
    finder: Finder, request: SearchRequest, is_withheld: Callable[[str], bool] | None, share: float
) -> Shown:
    """Find a page, filled up with what follows where something is withheld; no hold-out when `is_withheld` is None."""
    answer = finder.find(request)
    end = request.offset + len(answer.results)
    if is_withheld is None or not _takes_part(answer):
        return Shown(answer, end, more=len(answer.results) == request.limit)
    kept: list[Result] = []
    withheld: list[tuple[str, int]] = []
    part, end = answer, request.offset
    while len(kept) < request.limit:
        for result in part.results:
            if len(kept) == request.limit:
                break
            if is_withheld(result.listing.id):
                withheld.append((result.listing.id, end))
            else:
                kept.append(result)
            end += 1
        if len(part.results) < request.limit or len(kept) == request.limit:
            break
        # The same limit as before, or else the finder would fill up, and relax, for another number of results.
        part = finder.find(replace(request, offset=part.offset + len(part.results)))
    more = len(part.results) == request.limit or end < part.offset + len(part.results)
    return Shown(replace(answer, results=tuple(kept)), end, more, tuple(withheld), 1 - share)


def _takes_part(answer: Answer) -> bool:
    named = any(chip.kind is LimitKind.NAME for chip in answer.understood)
    return not named and answer.total >= ENOUGH
