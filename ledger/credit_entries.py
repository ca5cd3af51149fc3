"""Which entries each credit signal, and each term and month of the credit report, was counted from.

Every entry says what it adds, and why it adds nothing; beside them stand the numbers of the formula. It is not told
which visits are one visitor's, nor who said where they come from or asked to be remembered: what is counted over such
visitors names all the visits that were read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from statistics import fmean, pstdev
from zoneinfo import ZoneInfo

from ledger.checks.verdicts import CREDIBLE
from ledger.credit import DAY_MS, WEEK_MS, weights_by_week
from ledger.credit_inputs import (
    ACTIVE_VISITS,
    CURRENCY,
    CreditInputs,
    Input,
    ReadInputs,
    months_that_count,
)
from ledger.events import Attester
from ledger.periods import milliseconds, moment
from ledger.weighing import WeighedVisit, share_of, visitors_of

#: Takings are those of so many months.
_YEAR = 12
#: Where the three months that growth compares begin and end, counted from the end; and the same a year before.
_NOW, _THEN = slice(-4, -1), slice(-16, -13)


class LeftOut(StrEnum):
    """Why an entry adds nothing."""

    NOT_CREDIBLE = "not_credible"
    QUIET = "quiet"
    OTHER_MONTH = "other_month"
    OTHER_WEEK = "other_week"
    LATER = "later"
    WITHDRAWN = "withdrawn"
    STATED = "stated"
    CURRENCY = "currency"
    OLDER = "older"
    LATE = "late"
    SAME_BILL = "same_bill"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class TermEntry:
    """An entry by its place in the log, and what it adds: a weight, yuan, or 1."""

    index: int
    adds: float
    why_not: LeftOut | None = None


@dataclass(frozen=True, slots=True)
class TermProof:
    """The entries that a term was counted from, oldest first, and the numbers that its formula is filled with."""

    entries: tuple[TermEntry, ...]
    numbers: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """What the entries add up to."""
        return sum(entry.adds for entry in self.entries)


class MonthFigure(StrEnum):
    """A figure of one month of the report."""

    VISITS = "visits"
    TAKINGS = "takings"
    ON_TIME = "on_time"
    STATED_TAKINGS = "stated_takings"
    STATED_BILLS = "stated_bills"


@dataclass(frozen=True, slots=True)
class _Months:
    firsts: tuple[date, ...]
    tz: ZoneInfo

    def place(self, day: date) -> int:
        first = self.firsts[0]
        return (day.year - first.year) * 12 + day.month - first.month

    def of(self, visit: WeighedVisit) -> int:
        return self.place(moment(visit.at_ms, self.tz).date())


def term_proof(term: str, read: ReadInputs, found: CreditInputs, tz: ZoneInfo) -> TermProof:
    """Return what a term was counted from; `found` is what `computed` gives for what was read.

    Raises:
        KeyError: There is no such term.
    """
    months = _Months(tuple(month.first for month in found.months), tz)
    return _TERMS[term](read, found, months)


def month_proof(figure: MonthFigure, first: date, read: ReadInputs, found: CreditInputs, tz: ZoneInfo) -> TermProof:
    """Return what a figure of the month that begins with a day was counted from."""
    months = _Months(tuple(month.first for month in found.months), tz)
    if figure is MonthFigure.VISITS:
        there = [visit for visit in read.visits if months.of(visit) == months.place(first)]
        return TermProof(tuple(TermEntry(visit.index, visit.weight) for visit in there))
    inputs = [one for one in read.inputs if (one.at.year, one.at.month) == (first.year, first.month)]
    if figure is MonthFigure.ON_TIME:
        entries = _bills(inputs, months, None)
        attested = sum(1 for entry in entries if entry.why_not not in {LeftOut.STATED, LeftOut.WITHDRAWN})
        return TermProof(entries, {"bills": attested})
    if figure is not MonthFigure.TAKINGS:
        inputs = [one for one in inputs if one.attested_by is Attester.MERCHANT]
    return TermProof(tuple(_MONTH[figure](one) for one in inputs if one.is_bill == (figure in _OF_BILLS)))


def signal_proof(signal: str, visits: Sequence[WeighedVisit], as_of: datetime) -> TermProof:
    """Return what a signal of `ledger.credit.credit_signals` was counted from; `visits` are those that it read.

    Raises:
        KeyError: There is no such signal.
    """
    return _SIGNALS[signal](visits, milliseconds(as_of))


def _weighed(visits: Sequence[WeighedVisit], as_of_ms: int) -> TermProof:
    del as_of_ms
    return TermProof(tuple(TermEntry(visit.index, visit.weight) for visit in visits))


def _active_weeks(visits: Sequence[WeighedVisit], as_of_ms: int) -> TermProof:
    weekly = weights_by_week(visits, as_of_ms)
    active = {week for week, weight in enumerate(weekly) if weight >= CREDIBLE}

    def entry(visit: WeighedVisit) -> TermEntry:
        there = (as_of_ms - visit.at_ms) // WEEK_MS in active
        return TermEntry(visit.index, 1) if there else TermEntry(visit.index, 0, LeftOut.OTHER_WEEK)

    return TermProof(tuple(map(entry, visits)), {"active": len(active), "weeks": len(weekly)})


def _variation(visits: Sequence[WeighedVisit], as_of_ms: int) -> TermProof:
    weekly = weights_by_week(visits, as_of_ms)

    def entry(visit: WeighedVisit) -> TermEntry:
        there = (as_of_ms - visit.at_ms) // WEEK_MS < len(weekly)
        return TermEntry(visit.index, visit.weight) if there else TermEntry(visit.index, 0, LeftOut.OTHER_WEEK)

    numbers: dict[str, float | str] = {"weeks": len(weekly)}
    if weekly:
        numbers |= {"mean": fmean(weekly), "deviation": pstdev(weekly)}
    return TermProof(tuple(map(entry, visits)), numbers)


def _tenure_days(visits: Sequence[WeighedVisit], as_of_ms: int) -> TermProof:
    credible = [visit for visit in visits if visit.weight >= CREDIBLE]
    first = min(credible, key=lambda visit: (visit.at_ms, visit.index), default=None)

    def entry(visit: WeighedVisit) -> TermEntry:
        if visit.weight < CREDIBLE:
            return TermEntry(visit.index, 0, LeftOut.NOT_CREDIBLE)
        return TermEntry(visit.index, 1) if visit is first else TermEntry(visit.index, 0, LeftOut.LATER)

    numbers: dict[str, float | str] = {} if first is None else {"days": (as_of_ms - first.at_ms) // DAY_MS}
    return TermProof(tuple(map(entry, visits)), numbers)


def _share_referred(visits: Sequence[WeighedVisit], as_of_ms: int) -> TermProof:
    del as_of_ms
    return _of_visitors(visits)


def _visits(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    del found, months
    return TermProof(tuple(TermEntry(visit.index, visit.weight) for visit in read.visits))


def _active_months(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    active = {place for place, month in enumerate(found.months) if month.credible >= ACTIVE_VISITS}

    def entry(visit: WeighedVisit) -> TermEntry:
        if visit.weight < CREDIBLE:
            return TermEntry(visit.index, 0, LeftOut.NOT_CREDIBLE)
        if months.of(visit) not in active:
            return TermEntry(visit.index, 0, LeftOut.QUIET)
        return TermEntry(visit.index, 1)

    named = [f"{found.months[place].first:%Y-%m} ({found.months[place].credible})" for place in sorted(active)]
    return TermProof(tuple(map(entry, read.visits)), {"months": ", ".join(named) or "–", "n": len(active)})


def _growth(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    now, then = found.months[_NOW], found.months[_THEN]
    compared = {months.place(month.first) for month in (*now, *then)}

    def entry(visit: WeighedVisit) -> TermEntry:
        there = months.of(visit) in compared
        return TermEntry(visit.index, visit.weight) if there else TermEntry(visit.index, 0, LeftOut.OTHER_MONTH)

    numbers: dict[str, float | str] = {
        "now": sum(month.weight for month in now),
        "before": sum(month.weight for month in then),
        "first": f"{now[0].first:%Y-%m}",
        "last": f"{now[-1].first:%Y-%m}",
    }
    return TermProof(tuple(map(entry, read.visits)), numbers)


def _tenure(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    known = [place for place, month in enumerate(found.months) if month.credible or month.payments or month.bills]
    first = known[0] if known else None

    def entry(index: int, place: int) -> TermEntry:
        return TermEntry(index, 1) if place == first else TermEntry(index, 0, LeftOut.LATER)

    entries = [
        entry(visit.index, months.of(visit))
        if visit.weight >= CREDIBLE
        else TermEntry(visit.index, 0, LeftOut.NOT_CREDIBLE)
        for visit in read.visits
    ]
    for one in read.inputs:
        why = _not_attested(one)
        place = months.place(one.at.date())
        entries.append(entry(one.index, place) if why is None else TermEntry(one.index, 0, why))
    begun = found.months[first].first if first is not None else None
    return TermProof(
        tuple(entries),
        {"first": f"{begun:%Y-%m}" if begun else "–", "last": f"{found.months[-1].first:%Y-%m}"},
    )


def _referred(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    del found, months
    return _of_visitors(read.visits)


def _of_visitors(visits: Sequence[WeighedVisit]) -> TermProof:
    visitors = visitors_of(visits)
    share = share_of(visitors)
    numbers: dict[str, float | str] = {
        "referred": sum(visitor.weight for visitor in visitors.values() if visitor.referred),
        "all": sum(visitor.weight for visitor in visitors.values()),
        "effective": share.effective,
    }
    return TermProof(tuple(TermEntry(visit.index, 1) for visit in visits), numbers)


def _outside(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    del found, months
    said = {visit.visitor for visit in _credible(read) if visit.index in read.said and read.said[visit.index].origin}
    return TermProof(_all_credible(read), {"n": len(said)})


def _returning(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    del found
    days: dict[str, set[date]] = defaultdict(set)
    for visit in _credible(read):
        if visit.index in read.said and read.said[visit.index].remembered:
            days[visit.visitor].add(moment(visit.at_ms, months.tz).date())
    again = sum(len(each) > 1 for each in days.values())
    return TermProof(_all_credible(read), {"n": len(days), "again": again})


def _credible(read: ReadInputs) -> Iterator[WeighedVisit]:
    return (visit for visit in read.visits if visit.weight >= CREDIBLE)


def _all_credible(read: ReadInputs) -> tuple[TermEntry, ...]:
    """Return all credible visits: which of their visitors said or agreed to something is not told."""
    return tuple(
        TermEntry(visit.index, 1) if visit.weight >= CREDIBLE else TermEntry(visit.index, 0, LeftOut.NOT_CREDIBLE)
        for visit in read.visits
    )


def _payments(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    del found
    first = len(months.firsts) - _YEAR

    def entry(one: Input) -> TermEntry:
        taken = _takings(one)
        old = taken.adds and months.place(one.at.date()) < first
        return TermEntry(one.index, 0, LeftOut.OLDER) if old else taken

    entries = tuple(entry(one) for one in read.inputs if not one.is_bill)
    yuan = sum(one.adds for one in entries)
    return TermProof(entries, {"yuan": yuan, "a_month": yuan / _YEAR})


def _bill_term(read: ReadInputs, found: CreditInputs, months: _Months) -> TermProof:
    del found
    on_time: dict[int, set[str]] = defaultdict(set)
    for one in read.inputs:
        if one.is_bill and _not_attested(one) is None and one.on_time:
            on_time[months.place(one.at.date())].add(one.service)
    entries = _bills(read.inputs, months, months_that_count(on_time))
    return TermProof(entries, {"n": sum(entry.adds for entry in entries)})


def _bills(inputs: Iterable[Input], months: _Months, counting: Collection[int] | None) -> tuple[TermEntry, ...]:
    """Return each bill; one counts once for its service and month, in the months that count where these are given."""
    seen: set[tuple[int, str]] = set()

    def entry(one: Input) -> TermEntry:
        place, why = months.place(one.at.date()), _not_attested(one)
        if why is None and not one.on_time:
            why = LeftOut.LATE
        if why is None and (place, one.service) in seen:
            why = LeftOut.SAME_BILL
        if why is None:
            seen.add((place, one.service))
            why = LeftOut.FEW if counting is not None and place not in counting else None
        return TermEntry(one.index, 0 if why else 1, why)

    return tuple(entry(one) for one in inputs if one.is_bill)


def _not_attested(one: Input) -> LeftOut | None:
    """Return why an input is none that an issuer attests; payments in another currency make no sum."""
    if one.is_withdrawn:
        return LeftOut.WITHDRAWN
    if one.attested_by is not Attester.ISSUER:
        return LeftOut.STATED
    return LeftOut.CURRENCY if not one.is_bill and one.currency != CURRENCY else None


def _takings(one: Input) -> TermEntry:
    why = _not_attested(one)
    return TermEntry(one.index, 0 if why else one.amount / 100, why)


def _stated(one: Input) -> LeftOut | None:
    """Return why an input is not among what the merchant states."""
    if one.is_withdrawn:
        return LeftOut.WITHDRAWN
    return LeftOut.CURRENCY if not one.is_bill and one.currency != CURRENCY else None


def _stated_takings(one: Input) -> TermEntry:
    why = _stated(one)
    return TermEntry(one.index, 0 if why else one.amount / 100, why)


def _stated_bill(one: Input) -> TermEntry:
    why = _stated(one)
    return TermEntry(one.index, 0 if why else 1, why)


_OF_BILLS = frozenset({MonthFigure.ON_TIME, MonthFigure.STATED_BILLS})
_MONTH: Mapping[MonthFigure, Callable[[Input], TermEntry]] = {
    MonthFigure.TAKINGS: _takings,
    MonthFigure.STATED_TAKINGS: _stated_takings,
    MonthFigure.STATED_BILLS: _stated_bill,
}
_TERMS: Mapping[str, Callable[[ReadInputs, CreditInputs, _Months], TermProof]] = {
    "visits": _visits,
    "active_months": _active_months,
    "growth": _growth,
    "tenure": _tenure,
    "referred": _referred,
    "outside": _outside,
    "returning": _returning,
    "payments": _payments,
    "bills": _bill_term,
}
_SIGNALS: Mapping[str, Callable[[Sequence[WeighedVisit], int], TermProof]] = {
    "verified_visits": _weighed,
    "active_weeks": _active_weeks,
    "weekly_variation": _variation,
    "tenure_days": _tenure_days,
    "share_referred": _share_referred,
}
