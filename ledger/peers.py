"""What like merchants did, so that one can be set against them: median and quartiles, never from fewer than five.

Figures are rounded to two significant ones, since in a group of five the quartiles are three merchants' own.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from sqlmodel import Session

from ledger.events import Grade
from ledger.periods import Period
from ledger.tallies.reading import Total, totals

#: Fewer merchants than this are not spoken of.
FEWEST_MERCHANTS = 5
#: The kinds that merchants are compared by, and the field of `Totals` that each is.
COMPARED = {
    "impression": "impressions",
    "open": "opens",
    "call": "calls",
    "directions": "directions",
    "visit": "visits",
}
_FIGURES = 2


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A quarter of the merchants have at most `low`, half of them at most `median`, three quarters at most `high`."""

    low: float
    median: float
    high: float


def quartiles(session: Session, merchants: Sequence[Collection[str]], period: Period) -> Mapping[str, Quartiles] | None:
    """Return the quartiles of each figure a place, over merchants given by their listings; None for fewer than five.

    Linear interpolation between order statistics (R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages",
    The American Statistician 50 (1996) 361-365, definition 7).
    """
    groups = [tuple(listings) for listings in merchants if listings]
    if len(groups) < FEWEST_MERCHANTS:
        return None
    counted: dict[str, Counter[str]] = {}
    for total in totals(session, [listing for group in groups for listing in group], period):
        if total.kind in COMPARED and not _is_stated(total):
            counted.setdefault(total.listing, Counter())[COMPARED[total.kind]] += total.count
    nothing: Counter[str] = Counter()
    found = {}
    for name in COMPARED.values():
        means = [sum(counted.get(listing, nothing)[name] for listing in group) / len(group) for group in groups]
        found[name] = Quartiles(*map(_rounded, quantiles(means, n=4, method="inclusive")))
    return found


def _is_stated(total: Total) -> bool:
    return total.kind == "visit" and total.part == Grade.STATED


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, _FIGURES - 1 - math.floor(math.log10(abs(value))))
