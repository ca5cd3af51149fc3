"""What a merchant should look at: a day far above or below its weekday's past, and hours that seem to be wrong.

A day's count is compared with those of the same weekday in the eight weeks before. Their mean is uncertain, and days
vary more than a Poisson count does: counts are divided by their dispersion, Pearson's statistic over all weekdays of
those weeks (quasi-Poisson, as in C. P. Farrington et al., "A Statistical Algorithm for the Early Detection of Outbreaks
of Infectious Disease", J. R. Stat. Soc. A 159, 1996). The day is held against the predictive distribution of a Poisson
count whose mean has Jeffreys' prior, a negative binomial (A. Gelman et al., "Bayesian Data Analysis", 3rd edition,
section 2.6). `python -m bench.alerts` measures how often quiet places are alarmed for nothing. A public holiday is a
day like others here: a spike on one is true, and its date tells why.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import fmean
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from index.hours import WeekHours
from ledger.bilingual import Bilingual
from ledger.periods import Period, moment
from ledger.tables import StoredPayload
from ledger.tallies.reading import counts
from ledger.weighing import VERIFIED

#: Days that are looked at, the newest of them yesterday: today is not over.
DAYS = 7
#: Same weekdays before it that a day is compared with, and how many of them must have been recorded.
WEEKS, FEWEST_WEEKS = 8, 4
#: A day is alarming when a count so far out has less than this probability, to one side.
ALPHA = 0.0005
#: Never from fewer: the count of a spike, the expected count of a fall.
FEWEST = 10
#: A spike is at least so many times what is expected, a fall at most its inverse.
FACTOR = 2.0
#: Hours: visits of so many days, from so many visitors at least, who are such a share of all visitors of these days.
HOURS_DAYS, HOURS_VISITORS, HOURS_SHARE = 28, 5, 0.1
#: Guests who come a little early or stay a little late say nothing about the hours.
GRACE = timedelta(hours=1)
#: Reports of visitors: of so many days, from so many visitors at least.
REPORT_DAYS, REPORT_VISITORS = 28, 2


class AlertKind(StrEnum):
    """What was noticed."""

    SPIKE = "spike"
    FALL = "fall"
    HOURS = "hours"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at. `id` is the same as long as it is the same thing, so that it can be dismissed.

    `listing` is None when it is about all of the merchant's places together; `count` is what was seen, `expected` what
    would be usual.
    """

    id: str
    kind: AlertKind
    listing: str | None
    day: date
    count: int
    expected: float
    text: Bilingual


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one day's count stands to its weekday's past; None where it is as usual, or too little is known."""

    kind: AlertKind | None
    expected: float


_COUNTED = {"visit": Bilingual("核实的到访", "verified visits"), "open": Bilingual("打开", "openings of your page")}
_SPIKE = Bilingual(
    "{day}（{weekday}）有 {count} 次{what}，往常这一天约 {expected} 次：比平时多很多。",
    "On {weekday} {day} there were {count} {what}; about {expected} are usual: far more than on other such days.",
)
_FALL = Bilingual(
    "{day}（{weekday}）只有 {count} 次{what}，往常这一天约 {expected} 次。那天关门了，还是柜台的码没有摆出来？",
    "On {weekday} {day} there were only {count} {what}; about {expected} are usual. Were you closed, or was the "
    "counter's code put away?",
)
_HOURS = Bilingual(
    "最近 28 天有 {count} 位访客在资料写着关门的时间到访（共 {all} 位）。营业时间是不是写错了？",
    "In the last 28 days {count} of {all} visitors came while your listing says closed. Are its hours right?",
)
_REPORTS = Bilingual(
    "最近 28 天有 {count} 位访客反映关门了或营业时间不对。请核对营业时间。",
    "In the last 28 days {count} visitors reported that it is closed or that the hours are wrong. Please check them.",
)
_WEEKDAYS_ZH = "一二三四五六日"


def alerts(session: Session, hours: Mapping[str, WeekHours | None], now: datetime, tz: ZoneInfo) -> list[Alert]:
    """Return what a merchant should look at, newest first.

    Args:
        session: One for reading.
        hours: The merchant's listings, each with its opening hours; None where these are not known.
        now: The service's clock.
        tz: Of the local days.
    """
    if not hours:
        return []
    found = [*_days(session, hours.keys(), now, tz), *_wrong_hours(session, hours, now, tz)]
    found += _reports(session, hours.keys(), now, tz)
    return sorted(found, key=lambda alert: (alert.day, alert.kind, alert.id), reverse=True)


def judged(count: int, weeks: Sequence[Sequence[int]]) -> Verdict:
    """Return how a day's count stands to the past: the counts of each week before it, its own weekday first."""
    past = [week[0] for week in weeks]
    if len(past) < FEWEST_WEEKS:
        return Verdict(None, 0.0)
    expected = fmean(past)
    if count >= FEWEST and count >= FACTOR * expected:
        kind, chance = AlertKind.SPIKE, _upper
    elif expected >= FEWEST and count * FACTOR <= expected:
        kind, chance = AlertKind.FALL, _lower
    else:
        return Verdict(None, expected)
    return Verdict(kind if chance(count, past, dispersion_of(weeks)) < ALPHA else None, expected)


def dispersion_of(weeks: Sequence[Sequence[int]]) -> float:
    """Return how many times a Poisson count's variance the counts have, about their weekdays' means; at least 1."""
    squares, freedom = 0.0, 0
    for weekday in zip(*weeks, strict=True):
        mean = fmean(weekday)
        if mean:
            squares += sum((count - mean) ** 2 for count in weekday) / mean
            freedom += len(weekday) - 1
    return max(1.0, squares / freedom) if freedom else 1.0


def _upper(count: int, past: Sequence[int], dispersion: float) -> float:
    """Return the probability of so many or more: P(X ≥ k) = I_q(k, r), where r = Σ + 1/2 and q = 1 / (n + 1)."""
    from scipy.special import betainc

    return float(betainc(count / dispersion, sum(past) / dispersion + 0.5, 1 / (len(past) + 1)))


def _lower(count: int, past: Sequence[int], dispersion: float) -> float:
    """Return the probability of so many or fewer: P(X ≤ k) = I_p(r, k + 1), where p = n / (n + 1)."""
    from scipy.special import betainc

    return float(betainc(sum(past) / dispersion + 0.5, count / dispersion + 1, len(past) / (len(past) + 1)))


def _days(session: Session, listings: Collection[str], now: datetime, tz: ZoneInfo) -> Iterator[Alert]:
    today = now.astimezone(tz).date()
    first = today - timedelta(days=DAYS + 7 * WEEKS)
    period = Period(first, DAYS + 7 * WEEKS, tz)
    by_day: dict[str, Counter[date]] = defaultdict(Counter)
    for tally in counts(session, listings, period):
        if tally.kind in _COUNTED and (tally.kind == "open" or tally.part in VERIFIED):
            by_day[tally.kind][tally.since.date()] += tally.count
    for kind, counted in by_day.items():
        begun = min(counted)
        for day in (today - timedelta(days=back) for back in range(1, DAYS + 1)):
            weeks = [_week(counted, day - timedelta(weeks=back)) for back in range(1, WEEKS + 1)]
            known = [week for back, week in enumerate(weeks, 1) if day - timedelta(weeks=back) >= begun]
            verdict = judged(counted[day], known)
            if verdict.kind is not None:
                yield _of_day(verdict.kind, kind, day, counted[day], verdict.expected)


def _week(counted: Mapping[date, int], begins: date) -> list[int]:
    return [counted.get(begins + timedelta(days=day), 0) for day in range(7)]


def _of_day(verdict: AlertKind, kind: str, day: date, count: int, expected: float) -> Alert:
    said, what = (_SPIKE if verdict is AlertKind.SPIKE else _FALL), _COUNTED[kind]
    usual = f"{expected:.0f}"
    text = Bilingual(
        said.zh.format(day=day, weekday=f"周{_WEEKDAYS_ZH[day.weekday()]}", count=count, what=what.zh, expected=usual),
        said.en.format(day=day, weekday=f"{day:%A}", count=count, what=what.en, expected=usual),
    )
    return Alert(f"{verdict}:{kind}:{day}", verdict, None, day, count, expected, text)


def _wrong_hours(
    session: Session, hours: Mapping[str, WeekHours | None], now: datetime, tz: ZoneInfo
) -> Iterator[Alert]:
    known = {listing: week for listing, week in hours.items() if week is not None}
    period = Period.last_days(HOURS_DAYS, now, tz)
    came: dict[str, set[str]] = defaultdict(set)
    outside: dict[str, set[str]] = defaultdict(set)
    visit = StoredPayload
    rows = session.connection().execute(
        select(col(visit.listing), col(visit.visitor), col(visit.at_ms)).where(
            col(visit.kind) == "visit",
            col(visit.listing).in_(known),
            col(visit.grade).in_(VERIFIED),
            col(visit.at_ms) >= period.start_ms,
            col(visit.at_ms) < period.end_ms,
        )
    )
    for listing, visitor, at_ms in rows:
        place, guest = str(listing), str(visitor)
        came[place].add(guest)
        if _is_closed(known[place], moment(at_ms, tz)):
            outside[place].add(guest)
    for listing, visitors in outside.items():
        count, everybody = len(visitors), len(came[listing])
        if count >= HOURS_VISITORS and count >= HOURS_SHARE * everybody:
            text = Bilingual(*(text.format(count=count, all=everybody) for text in (_HOURS.zh, _HOURS.en)))
            # By month: who dismissed it is told again later, when it still is so.
            yield Alert(f"hours:{period.last:%Y-%m}:{listing}", AlertKind.HOURS, listing, period.last, count, 0.0, text)


def _is_closed(week: WeekHours, at: datetime) -> bool:
    return not any(week.is_open(at + shift) for shift in (-GRACE, timedelta(), GRACE))


def _reports(session: Session, listings: Collection[str], now: datetime, tz: ZoneInfo) -> Iterator[Alert]:
    period = Period.last_days(REPORT_DAYS, now, tz)
    said = StoredPayload
    rows = session.connection().execute(
        select(col(said.listing), col(said.visitor), col(said.id), col(said.body)).where(
            col(said.kind) == "correction",
            col(said.listing).in_(listings),
            col(said.at_ms) >= period.start_ms,
            col(said.at_ms) < period.end_ms,
        )
    )
    reporters: dict[str, set[str]] = defaultdict(set)
    for listing, visitor, event, body in rows:
        if json.loads(body)["payload"]["what"] in {"closed", "wrong_hours"}:
            reporters[str(listing)].add(visitor or event)
    for listing, who in reporters.items():
        if len(who) >= REPORT_VISITORS:
            text = Bilingual(*(text.format(count=len(who)) for text in (_REPORTS.zh, _REPORTS.en)))
            name = f"reports:{period.last:%Y-%m}:{listing}"
            yield Alert(name, AlertKind.REPORTS, listing, period.last, len(who), 0.0, text)
