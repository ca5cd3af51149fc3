"""What a merchant sees: how often their listings were shown, opened and visited, and which visitors came from here.

A visit counts when it is verified (grades A to C); what visitors only state is counted apart. Doubtful visits are
counted with the others and shown as doubtful; in the share's interval they weigh less (`ledger.weighing`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from index.settings import Language
from ledger.attribution import DEFAULT_WINDOWS, Interval, Windows, share_sentence
from ledger.checks.findings import Reason
from ledger.disclosure import FEWEST_VISITORS
from ledger.events import Grade
from ledger.periods import Period, moment
from ledger.tallies.reading import Counted, counts
from ledger.weighing import VERIFIED, Weigh, WeighedVisit, share_of, visitors_of, weighed_visits
from ledger.withdrawals import withdrawn_payments

__all__ = ["FIELDS", "VERIFIED", "DayTotals", "MerchantSummary", "Totals", "field_of", "merchant_summary"]

#: The kinds of event that are counted, and the field of `Totals` that each counts into.
FIELDS = {
    "impression": "impressions",
    "open": "opens",
    "call": "calls",
    "directions": "directions",
    "share": "shares",
    "visit": "visits",
    "payment": "payments",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts of one period. `visitors` (M) made a verified visit; `referred_visitors` (N) of them found it here.

    These are as counted. `weighted_visits`, `share`, `effective_visitors` (Kish) and Wilson's 95% `interval` of the
    share go by what each visit weighs; the last three are absent or 0 where no visitor has any weight. `payments` are
    those of a till feed or a statement, but for withdrawn ones, where there is one: what recorded visits are a part of.
    """

    impressions: int = 0
    opens: int = 0
    calls: int = 0
    directions: int = 0
    shares: int = 0
    visits: int = 0
    stated_visits: int = 0
    visitors: int = 0
    referred_visitors: int = 0
    payments: int = 0
    paid_visits: int = 0
    weighted_visits: float = 0.0
    doubtful_visits: int = 0
    share: float | None = None
    effective_visitors: float = 0.0
    interval: Interval | None = None


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

    `by_day` has every day of the period. `by_hour[weekday][hour]` counts verified visits by local time, Monday first,
    as counted: what is shown is `shown_hours`. `made_up` says that made-up events are among those counted. `doubtful`
    are the visits that weigh less, each with its reasons, and `reasons` how many there are of each.
    """

    period: Period
    previous: Totals
    by_day: tuple[DayTotals, ...]
    by_hour: tuple[tuple[int, ...], ...]
    shown_hours: tuple[tuple[int | None, ...], ...]
    made_up: bool
    doubtful: tuple[WeighedVisit, ...] = ()
    reasons: Mapping[Reason, int] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        """Return the sentence that counts: "N of your M recorded visitors found you here", with its interval."""
        return share_sentence(
            self.referred_visitors,
            self.visitors,
            self.interval,
            language,
            doubtful=self.doubtful_visits,
            share=self.share,
        )


def merchant_summary(
    session: Session,
    listings: Collection[str],
    period: Period,
    *,
    windows: Windows = DEFAULT_WINDOWS,
    weigh: Weigh = weighed_visits,
) -> MerchantSummary:
    """Count the period's events of a merchant's listings together; all zero where there are none.

    Counts come from the tallies, what is said of visits and visitors from the visits themselves, which `weigh` gives.
    """
    tallies = _tallies(session, listings, period)
    by_day: dict[date, Counter[str]] = {day: Counter() for day in period.dates}
    for tally in tallies:
        by_day[tally.since.date()][field_of(tally)] += tally.count
    visits = weigh(session, listings, period.start_ms, period.end_ms, windows)
    # Asked once for each visit: a busy merchant has tens of thousands.
    hours = [_hour_of(visit, period) for visit in visits]
    by_hour = _by_hour(hours)
    doubtful = tuple(visit for visit in visits if visit.verdict.is_doubtful)
    return MerchantSummary(
        **_totals(session, listings, period, tallies, visits),
        period=period,
        previous=_previous(session, listings, period.previous, windows, weigh),
        by_day=tuple(
            DayTotals(day=day, **{field: counts[field] for field in FIELDS.values() if field != "payments"})
            for day, counts in by_day.items()
        ),
        by_hour=by_hour,
        shown_hours=_shown_hours(visits, hours, by_hour),
        made_up=any(tally.made_up for tally in tallies),
        doubtful=doubtful,
        reasons=Counter(reason for visit in doubtful for reason in visit.reasons),
    )


def _previous(session: Session, listings: Collection[str], period: Period, windows: Windows, weigh: Weigh) -> Totals:
    tallies = _tallies(session, listings, period)
    visits = weigh(session, listings, period.start_ms, period.end_ms, windows)
    return Totals(**_totals(session, listings, period, tallies, visits))


def _hour_of(visit: WeighedVisit, period: Period) -> tuple[int, int]:
    at = moment(visit.at_ms, period.tz)
    return at.weekday(), at.hour


def _by_hour(hours: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    counted = Counter(hours)
    return tuple(tuple(counted[weekday, hour] for hour in range(24)) for weekday in range(7))


def _shown_hours(
    visits: Collection[WeighedVisit], hours: Sequence[tuple[int, int]], counted: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int | None, ...], ...]:
    """Return the visits of each hour of the week, None where they are of fewer than five visitors."""
    came: list[list[set[str]]] = [[set() for _ in range(24)] for _ in range(7)]
    for visit, (weekday, hour) in zip(visits, hours, strict=True):
        came[weekday][hour].add(visit.visitor)
    return tuple(
        tuple(count if len(who) >= FEWEST_VISITORS else None for count, who in zip(counts, whos, strict=True))
        for counts, whos in zip(counted, came, strict=True)
    )


def _totals(
    session: Session,
    listings: Collection[str],
    period: Period,
    tallies: Collection[Counted],
    visits: Collection[WeighedVisit],
) -> dict[str, Any]:
    share, sums = share_of(visitors_of(visits)), _sums(tallies)
    if sums.get("payments"):
        sums["payments"] -= len(withdrawn_payments(session, listings, period))
    return {
        **sums,
        "visitors": share.visitors,
        "referred_visitors": share.referred,
        "paid_visits": sum(visit.grade is Grade.PAID for visit in visits),
        "weighted_visits": sum(visit.weight for visit in visits),
        "doubtful_visits": sum(visit.verdict.is_doubtful for visit in visits),
        "share": share.share,
        "effective_visitors": share.effective,
        "interval": share.interval,
    }


def _sums(tallies: Collection[Counted]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for tally in tallies:
        sums[field_of(tally)] += tally.count
    return dict(sums)


def _tallies(session: Session, listings: Collection[str], period: Period) -> list[Counted]:
    return [tally for tally in counts(session, listings, period) if tally.kind in FIELDS]


def field_of(tally: Counted) -> str:
    """Return the field of `Totals` that a tally counts into."""
    return "stated_visits" if tally.kind == "visit" and tally.part == Grade.STATED else FIELDS[tally.kind]
