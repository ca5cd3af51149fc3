"""What a merchant sees: how often their listings were shown, opened and visited, and which visitors came from here.

A visit counts when it is verified (grades A to C); what visitors only state is counted apart.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from index.settings import Language
from ledger.attribution import Interval, is_referred, share_sentence, wilson
from ledger.events import Grade
from ledger.periods import QUARTER_MS, Period, moment
from ledger.tables import StoredPayload

#: Grades of a verified visit, as stored.
VERIFIED = tuple(grade.value for grade in Grade if grade.is_verified)
#: The kinds of event that are counted, and the field of `Totals` that each counts into.
_FIELDS = {
    "impression": "impressions",
    "open": "opens",
    "call": "calls",
    "directions": "directions",
    "share": "shares",
    "visit": "visits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts of one period. `visitors` (M) made a verified visit; `referred_visitors` (N) of them found it here."""

    impressions: int = 0
    opens: int = 0
    calls: int = 0
    directions: int = 0
    shares: int = 0
    visits: int = 0
    stated_visits: int = 0
    visitors: int = 0
    referred_visitors: int = 0

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95% interval of the share referred, None without visitors."""
        return wilson(self.referred_visitors, self.visitors)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """Counts of one local day."""

    day: date
    impressions: int = 0
    opens: int = 0
    calls: int = 0
    directions: int = 0
    shares: int = 0
    visits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantSummary(Totals):
    """The counts of a period, when they fell, and the period before.

    `by_day` has every day of the period. `by_hour[weekday][hour]` counts verified visits by local time, Monday first.
    `made_up` says that made-up events are among those counted.
    """

    period: Period
    previous: Totals
    by_day: tuple[DayTotals, ...]
    by_hour: tuple[tuple[int, ...], ...]
    made_up: bool

    def sentence(self, language: Language) -> str:
        """Return the sentence that counts: "N of your M recorded visitors found you here", with its interval."""
        return share_sentence(self.referred_visitors, self.visitors, self.interval, language)


@dataclass(frozen=True, slots=True)
class _Tally:
    """So many events of a kind in one quarter-hour, `made_up` of them made up."""

    field: str
    at: datetime
    count: int
    made_up: int


def merchant_summary(session: Session, listings: Collection[str], period: Period) -> MerchantSummary:
    """Count the period's events of a merchant's listings together; all zero where there are none."""
    tallies = list(_tallies(session, listings, period))
    by_day: dict[date, Counter[str]] = {day: Counter() for day in period.dates}
    by_hour = [[0] * 24 for _ in range(7)]
    for tally in tallies:
        by_day[tally.at.date()][tally.field] += tally.count
        if tally.field == "visits":
            by_hour[tally.at.weekday()][tally.at.hour] += tally.count
    visitors, referred = visitors_of(session, listings, period)
    return MerchantSummary(
        **_sums(tallies),
        visitors=visitors,
        referred_visitors=referred,
        period=period,
        previous=_totals(session, listings, period.previous),
        by_day=tuple(
            DayTotals(day=day, **{field: counts[field] for field in _FIELDS.values()}) for day, counts in by_day.items()
        ),
        by_hour=tuple(tuple(hours) for hours in by_hour),
        made_up=any(tally.made_up for tally in tallies),
    )


def visitors_of(session: Session, listings: Collection[str], period: Period) -> tuple[int, int]:
    """Return how many visitors made a verified visit in the period, and how many of them were referred."""
    visit = StoredPayload
    each = (
        select(col(visit.visitor), func.max(case((is_referred(visit), 1), else_=0)).label("referred"))
        .where(
            col(visit.listing).in_(listings),
            col(visit.kind) == "visit",
            col(visit.at_ms) >= period.start_ms,
            col(visit.at_ms) < period.end_ms,
            col(visit.grade).in_(VERIFIED),
        )
        .group_by(col(visit.visitor))
        .subquery()
    )
    row = session.connection().execute(select(func.count(), func.coalesce(func.sum(each.c.referred), 0))).one()
    return int(row[0]), int(row[1])


def _totals(session: Session, listings: Collection[str], period: Period) -> Totals:
    visitors, referred = visitors_of(session, listings, period)
    return Totals(
        **_sums(_tallies(session, listings, period)),
        visitors=visitors,
        referred_visitors=referred,
    )


def _sums(tallies: Collection[_Tally] | Iterator[_Tally]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for tally in tallies:
        sums[tally.field] += tally.count
    return dict(sums)


def _tallies(session: Session, listings: Collection[str], period: Period) -> Iterator[_Tally]:
    stored = StoredPayload
    quarter = (col(stored.at_ms) // QUARTER_MS).label("quarter")
    made_up = func.sum(case((col(stored.made_up), 1), else_=0))
    rows = session.connection().execute(
        select(col(stored.kind), col(stored.grade), quarter, func.count(), made_up)
        .where(
            col(stored.listing).in_(listings),
            col(stored.kind).in_(_FIELDS),
            col(stored.at_ms) >= period.start_ms,
            col(stored.at_ms) < period.end_ms,
        )
        .group_by(col(stored.kind), col(stored.grade), quarter)
    )
    for kind, grade, since, count, fabricated in rows:
        field = "stated_visits" if grade == Grade.STATED else _FIELDS[kind]
        yield _Tally(field, moment(since * QUARTER_MS, period.tz), count, fabricated)
