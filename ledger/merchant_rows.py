"""A merchant's counts in equal steps of a period: hours, days, weeks or months of the county's clock.

Of an hour only those counts are told that come from five visitors or more.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Session

from ledger.disclosure import FEWEST_VISITORS
from ledger.hours_of_day import visitors_by_hour
from ledger.merchant_statistics import FIELDS, field_of
from ledger.periods import Period, moment
from ledger.tallies.reading import Step, counts
from ledger.withdrawals import withdrawn_payments

#: What a row counts.
COUNTED = (*FIELDS.values(), "stated_visits")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Grain(StrEnum):
    """How long a step is. Weeks begin on Monday; the first and last week or month may be cut off by the period."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """One step, from `since` up to, but not including, `until`; local times without a zone."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """The counts of a step by field; None where they come from fewer than five visitors in an hour."""

    span: Span
    counts: Mapping[str, int | None]


def spans(period: Period, grain: Grain) -> Sequence[Span]:
    """Return the steps of a period, in order."""
    if grain is Grain.HOUR:
        begin = _midnight(period.first)
        return [Span(begin + _HOUR * at, begin + _HOUR * (at + 1)) for at in range(24 * period.days)]
    starts = [day for day in period.dates if day == period.first or _begins(day, grain)]
    ends = [*starts[1:], period.last + _DAY]
    return [Span(_midnight(start), _midnight(end)) for start, end in zip(starts, ends, strict=True)]


def rows(session: Session, listings: Collection[str], period: Period, grain: Grain, wanted: slice) -> list[Row]:
    """Return some of a period's steps with what happened in each; a step in which nothing did has zeros."""
    asked = spans(period, grain)[wanted]
    if not asked:
        return []
    first, last = asked[0].since.date(), (asked[-1].until - timedelta(microseconds=1)).date()
    part = Period(first, (last - first).days + 1, period.tz)
    hourly = grain is Grain.HOUR
    tallies = counts(session, listings, part, Step.HOUR if hourly else Step.DAY)
    visitors = visitors_by_hour(session, listings, part) if hourly else {}
    counted: dict[datetime, Counter[str]] = {span.since: Counter() for span in asked}
    starts = _starts(asked)
    for tally in tallies:
        start = starts.get(tally.since)
        if tally.kind in FIELDS and start is not None:
            counted[start][field_of(tally)] += tally.count
    if any(each["payments"] for each in counted.values()):
        for at_ms in withdrawn_payments(session, listings, part).values():
            at = moment(at_ms, period.tz).replace(tzinfo=None)
            counted[max(start for start in counted if start <= at)]["payments"] -= 1
    if not hourly:
        return [Row(span, {name: counted[span.since][name] for name in COUNTED}) for span in asked]
    return [
        Row(
            span,
            {
                name: counted[span.since][name] if visitors.get((name, span.since), 0) >= FEWEST_VISITORS else None
                for name in COUNTED
            },
        )
        for span in asked
    ]


def _starts(asked: Sequence[Span]) -> dict[datetime, datetime]:
    """Return for each hour, or each day, that a tally may begin at the step that it lies in."""
    found: dict[datetime, datetime] = {}
    for span in asked:
        length = span.until - span.since
        step = min(length, _DAY)
        found |= {span.since + step * at: span.since for at in range(length // step)}
    return found


def _begins(day: date, grain: Grain) -> bool:
    if grain is Grain.WEEK:
        return day.weekday() == 0
    return grain is Grain.DAY or day.day == 1


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
