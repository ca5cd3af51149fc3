"""The first credit signals of a merchant: what their verified visits say, each with its definition and its evidence.

A signal is evidence, not a verdict. One that cannot be computed yet has no value rather than a bad one, so that absent
data never count against anybody. Doubtful visits count by their weight (`ledger.checks`). `docs/credit.md` has the
same definitions.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, pstdev

from sqlmodel import Session

from ledger.attribution import DEFAULT_WINDOWS, Interval, Windows
from ledger.bilingual import Bilingual
from ledger.checks.verdicts import CREDIBLE
from ledger.definitions import SIGNAL_DEFINITIONS, SIGNAL_LABELS, SIGNAL_UNITS
from ledger.periods import milliseconds
from ledger.weighing import Weigh, WeighedVisit, share_of, visitors_of, weighed_visits

#: How far back a visit counts.
REACH = timedelta(days=730)
#: Weeks that regularity needs before it says anything.
MIN_WEEKS = 4
WEEK_MS = timedelta(weeks=1) // timedelta(milliseconds=1)
DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The events a signal was computed from: how many, and the first and last of them in the log."""

    events: int
    first_index: int | None
    last_index: int | None


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. `value` is None where there is not yet enough to say; `made_up` marks made-up evidence."""

    id: str
    label: Bilingual
    value: float | None
    unit: Bilingual
    definition: Bilingual
    evidence: Evidence
    interval: Interval | None = None
    made_up: bool = False


def credit_signals(
    session: Session,
    listings: Collection[str],
    as_of: datetime,
    *,
    windows: Windows = DEFAULT_WINDOWS,
    weigh: Weigh = weighed_visits,
) -> list[Signal]:
    """Compute the signals of a merchant's listings together, as they stood at a moment.

    What is shown is as of the end of the day (`Period.last_moment`), so that it is the same until
    something is logged that bears on it.

    Args:
        session: One for reading.
        listings: The merchant's own.
        as_of: Visits after it, or more than `REACH` before it, do not count.
        windows: How long an open or an impression refers.
        weigh: Gives the weighed visits.
    """
    as_of_ms = milliseconds(as_of)
    visits = weigh(session, listings, milliseconds(as_of - REACH) + 1, as_of_ms + 1, windows)
    indices = [visit.index for visit in visits]
    evidence = Evidence(len(visits), min(indices, default=None), max(indices, default=None))
    made_up = any(visit.made_up for visit in visits)
    weekly = weights_by_week(visits, as_of_ms)
    share = share_of(visitors_of(visits))
    values: dict[str, tuple[float | None, Interval | None]] = {
        "verified_visits": (float(sum(visit.weight for visit in visits)) if visits else None, None),
        "active_weeks": (_share_of_active(weekly), None),
        "weekly_variation": (_coefficient_of_variation(weekly), None),
        "tenure_days": (_tenure_days(visits, as_of_ms), None),
        "share_referred": (share.share, share.interval),
    }
    return [
        Signal(
            name, SIGNAL_LABELS[name], value, SIGNAL_UNITS[name], SIGNAL_DEFINITIONS[name], evidence, interval, made_up
        )
        for name, (value, interval) in values.items()
    ]


def weights_by_week(visits: Sequence[WeighedVisit], as_of_ms: int) -> list[float]:
    """Sum the weights in each whole week back from `as_of`, as far as the first visit lies in one."""
    if not visits:
        return []
    weeks = [0.0] * ((as_of_ms - min(visit.at_ms for visit in visits)) // WEEK_MS)
    for visit in visits:
        week = (as_of_ms - visit.at_ms) // WEEK_MS
        if week < len(weeks):
            weeks[week] += visit.weight
    return weeks


def _share_of_active(weekly: Sequence[float]) -> float | None:
    return None if len(weekly) < MIN_WEEKS else sum(1 for weight in weekly if weight >= CREDIBLE) / len(weekly)


def _coefficient_of_variation(weekly: Sequence[float]) -> float | None:
    """Return the standard deviation of the weekly counts over their mean (K. Pearson, 1896)."""
    if len(weekly) < MIN_WEEKS or not any(weekly):
        return None
    return pstdev(weekly) / fmean(weekly)


def _tenure_days(visits: Sequence[WeighedVisit], as_of_ms: int) -> float | None:
    credible = [visit.at_ms for visit in visits if visit.weight >= CREDIBLE]
    return float((as_of_ms - min(credible)) // DAY_MS) if credible else None
