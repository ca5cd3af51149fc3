"""What the credit formula is fed with: a merchant's visits, payments and bills, by month, of the last 24 months.

Months are local calendar months; 24 of them, the present one included, are looked at: what lies before has expired.
Only what something other than the merchant's word attests gives a value; what the merchant states is counted apart.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from ledger.attribution import DEFAULT_WINDOWS, Windows
from ledger.checks.verdicts import CREDIBLE
from ledger.credit import Evidence
from ledger.disputes import Disputed, disputes_of
from ledger.events import Attester, Consent
from ledger.origins import COUNTY, answers
from ledger.periods import Period, milliseconds, moment
from ledger.tables import StoredPayload
from ledger.weighing import WeighedVisit, share_of, visitors_of, weighed_visits

#: Months after which an input expires.
MONTHS = 24
#: Credible visits that make a month one with guests: about one a week.
ACTIVE_VISITS = 4
#: Visitors from whom on a share says something.
ENOUGH = 10
#: The currency whose payments make a band.
CURRENCY = "CNY"
#: Attested takings a month, in yuan, at which each band begins.
BANDS = (1_000, 5_000, 20_000, 50_000, 100_000)
#: Positive first: bills paid on time count where so many fall within so many months.
BILLS, BILL_MONTHS = 3, 6
#: Kinds of events that say of a bill that it was paid; the first has no days and no amount.
BILL_KINDS = ("bill_paid", "bill")
_UNSIGNED = "bill_paid"
#: Terms that are computed from other events than all visits.
_EVIDENCE = {name: name for name in ("outside", "returning", "payments", "bills")}


@dataclass(slots=True)
class Month:
    """What is known of one month. Amounts are in the currency's minor unit; `bills_on_time` are those that count."""

    first: date
    visits: int = 0
    weight: float = 0.0
    credible: int = 0
    payments: int = 0
    amount: int = 0
    bills: int = 0
    bills_on_time: int = 0
    stated_payments: int = 0
    stated_amount: int = 0
    stated_bills: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """A payment or a bill, as the merchant may see and dispute it. `index` is its place in the log.

    `on_time` is None for a payment; a decision that a bill was paid on time after all is in it. `due`, `paid` and
    `band` (of `events.BILL_BANDS`) are a bill's, where they are known. `dispute` is the latest one.
    """

    index: int
    at: datetime
    listing: str
    kind: str
    service: str
    amount: int
    currency: str
    attested_by: Attester
    issuer: str
    on_time: bool | None
    dispute: Disputed | None
    due: date | None = None
    paid: date | None = None
    band: int | None = None

    @property
    def is_bill(self) -> bool:
        """Whether it is a bill, and not a payment."""
        return self.kind in BILL_KINDS

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken out of every sum."""
        return self.dispute is not None and self.dispute.withdrawn


class Said(NamedTuple):
    """What a visitor agreed to and said at a visit: to be remembered, and where they come from."""

    remembered: bool
    origin: str


class ReadInputs(NamedTuple):
    """What was read of a merchant's 24 months; `said` is what visitors said, by the place of their visit in the log."""

    visits: Sequence[WeighedVisit]
    inputs: Sequence[Input]
    said: Mapping[int, Said]
    made_up: bool


_NOTHING_SAID = Said(remembered=False, origin="")


@dataclass(frozen=True, slots=True)
class CreditInputs:
    """The values of the terms, None where absent, with the events of each, and what they were computed from.

    `bills` are the services whose bills were paid on time, as an issuer attests, by the month's place in `months`.
    """

    months: tuple[Month, ...]
    values: Mapping[str, float | None]
    evidence: Mapping[str, Evidence]
    inputs: tuple[Input, ...]
    doubtful: int
    made_up: bool
    bills: Mapping[int, frozenset[str]]


@dataclass(slots=True)
class _Found:
    months: list[Month]
    tz: ZoneInfo
    bills: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    indices: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def place(self, at: date) -> int:
        first = self.months[0].first
        return (at.year - first.year) * 12 + at.month - first.month


def credit_inputs(
    session: Session,
    listings: Collection[str],
    as_of: datetime,
    tz: ZoneInfo,
    *,
    home: Collection[str] = (),
    windows: Windows = DEFAULT_WINDOWS,
) -> CreditInputs:
    """Read what is known of a merchant's listings at a moment.

    Args:
        session: One for reading.
        listings: The merchant's own.
        as_of: What happened later does not count.
        tz: Of the local months.
        home: Names of the county, which earlier answers have in words: who says so is not from outside.
        windows: How long an open or an impression refers.
    """
    read = read_inputs(session, listings, as_of, tz, windows=windows)
    return computed(as_of, tz, read.visits, read.inputs, said=read.said, home=home, made_up=read.made_up)


def read_inputs(
    session: Session, listings: Collection[str], as_of: datetime, tz: ZoneInfo, *, windows: Windows = DEFAULT_WINDOWS
) -> ReadInputs:
    """Read what `computed` counts, with the same arguments as `credit_inputs`."""
    start_ms, end_ms = Period(first_month(as_of.astimezone(tz).date()), 1, tz).start_ms, milliseconds(as_of) + 1
    visits = weighed_visits(session, listings, start_ms, end_ms, windows)
    said = _said(session, listings, start_ms, end_ms)
    inputs, made_up = _payments_and_bills(session, listings, start_ms, end_ms, tz)
    return ReadInputs(visits, inputs, said, made_up)


def input_at(session: Session, index: int, tz: ZoneInfo) -> Input | None:
    """Return the payment or bill at a place in the log; None for anything else."""
    stored = StoredPayload
    row = (
        session.connection()
        .execute(
            select(col(stored.at_ms), col(stored.listing), col(stored.body)).where(
                col(stored.entry_index) == index, col(stored.kind).in_(("payment", *BILL_KINDS))
            )
        )
        .first()
    )
    if row is None:
        return None
    disputed = disputes_of(session, [row.listing]).get(index)
    return _input(index, moment(row.at_ms, tz), str(row.listing), json.loads(row.body)["payload"], disputed)


def computed(
    as_of: datetime,
    tz: ZoneInfo,
    visits: Sequence[WeighedVisit],
    inputs: Sequence[Input],
    *,
    said: Mapping[int, Said] | None = None,
    home: Collection[str] = (),
    made_up: bool = False,
) -> CreditInputs:
    """Return the terms' values for what was read; `said` is what each visit's visitor said, by its place in the log."""
    found = _Found(_months(as_of.astimezone(tz).date()), tz)
    _count_visits(found, visits)
    _count_inputs(found, inputs)
    values = {
        "visits": sum(month.weight for month in found.months) if visits else None,
        "active_months": float(sum(month.credible >= ACTIVE_VISITS for month in found.months)) if visits else None,
        "growth": _growth(found.months),
        "tenure": _tenure(found.months),
        **_shares(visits, said or {}, found, home),
        "payments": _band(found.months) if found.indices["payments"] else None,
        "bills": float(bills_that_count(found.bills)) if found.indices["bills"] else None,
    }
    everything = [index for kind in ("visits", "payments", "bills") for index in found.indices[kind]]
    evidence = {name: _evidence(found.indices[_EVIDENCE.get(name, "visits")]) for name in values}
    evidence["tenure"] = _evidence(everything)
    return CreditInputs(
        months=tuple(found.months),
        values=values,
        evidence=evidence,
        inputs=tuple(inputs),
        doubtful=sum(visit.weight < 1 for visit in visits),
        made_up=made_up or any(visit.made_up for visit in visits),
        bills={place: frozenset(services) for place, services in found.bills.items()},
    )


def first_month(today: date) -> date:
    """Return the first day of the first month that is looked at; what lies before has expired."""
    return _months(today)[0].first


def _months(today: date) -> list[Month]:
    last = today.year * 12 + today.month - 1
    return [Month(date(number // 12, number % 12 + 1, 1)) for number in range(last - MONTHS + 1, last + 1)]


def _count_visits(found: _Found, visits: Sequence[WeighedVisit]) -> None:
    for visit in visits:
        month = found.months[found.place(moment(visit.at_ms, found.tz).date())]
        month.visits += 1
        month.weight += visit.weight
        month.credible += visit.weight >= CREDIBLE
        found.indices["visits"].append(visit.index)


def _payments_and_bills(
    session: Session, listings: Collection[str], start_ms: int, end_ms: int, tz: ZoneInfo
) -> tuple[list[Input], bool]:
    stored = StoredPayload
    rows = session.connection().execute(
        select(col(stored.entry_index), col(stored.at_ms), col(stored.listing), col(stored.body), col(stored.made_up))
        .where(
            col(stored.listing).in_(listings),
            col(stored.kind).in_(("payment", *BILL_KINDS)),
            col(stored.at_ms) >= start_ms,
            col(stored.at_ms) < end_ms,
        )
        .order_by(col(stored.entry_index))
    )
    disputes, inputs, made_up = disputes_of(session, listings), [], False
    for index, at_ms, listing, body, invented in rows:
        inputs.append(_input(index, moment(at_ms, tz), str(listing), json.loads(body)["payload"], disputes.get(index)))
        made_up = made_up or bool(invented)
    return inputs, made_up


def _input(index: int, at: datetime, listing: str, payload: Mapping[str, Any], dispute: Disputed | None) -> Input:
    decided = dispute is not None and dispute.counts is True
    due, paid = (date.fromisoformat(day) if (day := payload.get(name)) else None for name in ("due", "paid"))
    if payload["kind"] not in BILL_KINDS:
        on_time = None
    else:
        on_time = decided or (paid <= due if due is not None and paid is not None else bool(payload["on_time"]))
    return Input(
        index=index,
        at=at,
        listing=listing,
        kind=payload["kind"],
        service=payload.get("service", ""),
        amount=payload.get("amount", 0),
        currency=payload.get("currency", ""),
        # The old kind carries no signature: whoever is named in it, it is somebody's word.
        attested_by=Attester.MERCHANT if payload["kind"] == _UNSIGNED else Attester(payload["attested_by"]),
        issuer=payload.get("issuer") or "",
        on_time=on_time,
        dispute=dispute,
        due=due,
        paid=paid,
        band=payload.get("band"),
    )


def _count_inputs(found: _Found, inputs: Sequence[Input]) -> None:
    for one in inputs:
        if one.is_withdrawn:
            continue
        place = found.place(one.at.date())
        if one.attested_by is Attester.ISSUER:
            _count_attested(found, one, place)
        elif one.is_bill:
            found.months[place].stated_bills += 1
        elif one.currency == CURRENCY:
            found.months[place].stated_payments += 1
            found.months[place].stated_amount += one.amount


def _count_attested(found: _Found, one: Input, place: int) -> None:
    month = found.months[place]
    if one.is_bill:
        month.bills += 1
        found.indices["bills"].append(one.index)
        if one.on_time:
            # A bill paid in parts is one bill: once for each service and month.
            found.bills[place].add(one.service)
            month.bills_on_time = len(found.bills[place])
    elif one.currency == CURRENCY:
        month.payments += 1
        month.amount += one.amount
        found.indices["payments"].append(one.index)


def _growth(months: Sequence[Month]) -> float | None:
    """Return by what part the last three whole months exceed the same three a year before; None when those are few."""
    now = sum(month.weight for month in months[-4:-1])
    before = sum(month.weight for month in months[-16:-13])
    return now / before - 1 if before >= ENOUGH else None


def _tenure(months: Sequence[Month]) -> float | None:
    """Return the months since the first with a credible visit, or an attested payment or bill."""
    known = [place for place, month in enumerate(months) if month.credible or month.payments or month.bills]
    return float(len(months) - 1 - known[0]) if known else None


def _band(months: Sequence[Month]) -> float:
    """Return how many bands the attested takings reach: of the last twelve months, a month on average."""
    yuan = sum(month.amount for month in months[-12:]) / 100 / 12
    return float(sum(yuan >= begins for begins in BANDS))


def months_that_count(bills: Mapping[int, Collection[str]]) -> set[int]:
    """Return the months whose bills on time count: those within six of which there are three or more such bills."""
    counted: set[int] = set()
    for start in range(-BILL_MONTHS, MONTHS):
        stretch = [place for place in range(start, start + BILL_MONTHS) if bills.get(place)]
        if sum(len(bills[place]) for place in stretch) >= BILLS:
            counted.update(stretch)
    return counted


def bills_that_count(bills: Mapping[int, Collection[str]]) -> int:
    """Return how many bills on time count, of the services of each month."""
    return sum(len(bills[place]) for place in months_that_count(bills))


def _shares(
    visits: Sequence[WeighedVisit], said: Mapping[int, Said], found: _Found, home: Collection[str]
) -> dict[str, float | None]:
    """Return the shares referred, from outside, and returning, each None below `ENOUGH` visitors."""
    share = share_of(visitors_of(visits))
    outside: dict[str, bool] = {}
    days: dict[str, set[date]] = defaultdict(set)
    for visit in visits:
        remembered, origin = said.get(visit.index, _NOTHING_SAID)
        if visit.weight < CREDIBLE:
            continue
        if origin:
            found.indices["outside"].append(visit.index)
            outside[visit.visitor] = origin != COUNTY and not any(name in origin for name in home if name)
        if remembered:
            found.indices["returning"].append(visit.index)
            days[visit.visitor].add(moment(visit.at_ms, found.tz).date())
    return {
        "referred": share.share if share.effective >= ENOUGH else None,
        "outside": sum(outside.values()) / len(outside) if len(outside) >= ENOUGH else None,
        "returning": sum(len(each) > 1 for each in days.values()) / len(days) if len(days) >= ENOUGH else None,
    }


def _said(session: Session, listings: Collection[str], start_ms: int, end_ms: int) -> dict[int, Said]:
    """Return what was said at each visit whose visitor is remembered, or says where they come from."""
    visit = StoredPayload
    remembered = set(
        session.connection()
        .execute(
            select(col(visit.entry_index)).where(
                col(visit.kind) == "visit",
                col(visit.listing).in_(listings),
                col(visit.at_ms) >= start_ms,
                col(visit.at_ms) < end_ms,
                col(visit.consent) == Consent.REMEMBERED.value,
            )
        )
        .scalars()
    )
    place_of = {answer.index: answer.place for answer in answers(session, listings, start_ms, end_ms)}
    return {index: Said(index in remembered, place_of.get(index, "")) for index in sorted(remembered | place_of.keys())}


def _evidence(indices: Sequence[int]) -> Evidence:
    return Evidence(len(indices), min(indices, default=None), max(indices, default=None))
