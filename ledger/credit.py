"""The first credit signals of a merchant: what their verified visits say, each with its definition and its evidence.

A signal is evidence, not a verdict. One that cannot be computed yet has no value rather than a bad one, so that absent
data never count against anybody. `docs/credit.md` has the same definitions.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, pstdev

from sqlalchemy import select
from sqlmodel import Session, col

from ledger.attribution import Interval, is_referred, wilson
from ledger.bilingual import Bilingual
from ledger.definitions import SIGNAL_DEFINITIONS, SIGNAL_LABELS, SIGNAL_UNITS
from ledger.merchant_statistics import VERIFIED
from ledger.periods import milliseconds
from ledger.tables import StoredPayload

#: How far back a visit counts.
REACH = timedelta(days=730)
#: Weeks that regularity needs before it says anything.
MIN_WEEKS = 4
_WEEK_MS = timedelta(weeks=1) // timedelta(milliseconds=1)
_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


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


@dataclass(frozen=True, slots=True)
class _Visit:
    index: int
    at_ms: int
    visitor: str | None
    made_up: bool
    referred: bool


def credit_signals(session: Session, listings: Collection[str], as_of: datetime) -> list[Signal]:
    """Compute the signals of a merchant's listings together, as they stood at a moment.

    Args:
        session: One for reading.
        listings: The merchant's own.
        as_of: Visits after it, or more than `REACH` before it, do not count.
    """
    visits = _verified_visits(session, listings, as_of)
    indices = [visit.index for visit in visits]
    evidence = Evidence(len(visits), min(indices, default=None), max(indices, default=None))
    made_up = any(visit.made_up for visit in visits)
    weekly = _by_week([visit.at_ms for visit in visits], milliseconds(as_of))
    referred, visitors = _referred(visits)
    values: dict[str, tuple[float | None, Interval | None]] = {
        "verified_visits": (float(len(visits)) if visits else None, None),
        "active_weeks": (_share_of_active(weekly), None),
        "weekly_variation": (_coefficient_of_variation(weekly), None),
        "tenure_days": (_tenure_days(visits, milliseconds(as_of)), None),
        "share_referred": (referred / visitors if visitors else None, wilson(referred, visitors)),
    }
    return [
        Signal(
            name, SIGNAL_LABELS[name], value, SIGNAL_UNITS[name], SIGNAL_DEFINITIONS[name], evidence, interval, made_up
        )
        for name, (value, interval) in values.items()
    ]


def _verified_visits(session: Session, listings: Collection[str], as_of: datetime) -> list[_Visit]:
    visit = StoredPayload
    rows = session.connection().execute(
        select(
            col(visit.entry_index),
            col(visit.at_ms),
            col(visit.visitor),
            col(visit.made_up),
            is_referred(visit).label("referred"),
        )
        .where(
            col(visit.listing).in_(listings),
            col(visit.kind) == "visit",
            col(visit.at_ms) > milliseconds(as_of - REACH),
            col(visit.at_ms) <= milliseconds(as_of),
            col(visit.grade).in_(VERIFIED),
        )
        .order_by(col(visit.at_ms), col(visit.entry_index))
    )
    # A condition over an absent ticket is unknown rather than false.
    return [_Visit(index, at_ms, who, made_up, bool(referred)) for index, at_ms, who, made_up, referred in rows]


def _by_week(times_ms: Sequence[int], as_of_ms: int) -> list[int]:
    """Count visits in each whole week back from `as_of`, as far as the first visit lies in one."""
    if not times_ms:
        return []
    weeks = (as_of_ms - min(times_ms)) // _WEEK_MS
    counts = Counter((as_of_ms - at_ms) // _WEEK_MS for at_ms in times_ms)
    return [counts[week] for week in range(weeks)]


def _share_of_active(weekly: Sequence[int]) -> float | None:
    return None if len(weekly) < MIN_WEEKS else sum(1 for visits in weekly if visits) / len(weekly)


def _coefficient_of_variation(weekly: Sequence[int]) -> float | None:
    """Return the standard deviation of the weekly counts over their mean (K. Pearson, 1896)."""
    if len(weekly) < MIN_WEEKS or not any(weekly):
        return None
    return pstdev(weekly) / fmean(weekly)


def _tenure_days(visits: Sequence[_Visit], as_of_ms: int) -> float | None:
    return float((as_of_ms - visits[0].at_ms) // _DAY_MS) if visits else None


def _referred(visits: Sequence[_Visit]) -> tuple[int, int]:
    referred = {visit.visitor for visit in visits if visit.referred}
    return len(referred), len({visit.visitor for visit in visits})
