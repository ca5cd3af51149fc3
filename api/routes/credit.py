"""A merchant's credit report: the published formula, every term of the sum, and what it was computed from."""

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlmodel import Session

from api import accounts
from api.auth import ContainerDep, CreditOnly
from api.container import Container
from api.indicators import windows_of
from api.languages import language_of_request
from api.problems import responses
from api.seeing import Seen, noted
from index.database import reading
from index.errors import UsageError
from index.settings import Language
from ledger.credit_inputs import Input, Month
from ledger.credit_raises import Raise
from ledger.credit_report import CreditReport, CreditTerm, credit_report
from ledger.credit_texts import NOT_A_VERDICT
from ledger.events import Attester
from ledger.periods import Period, moment

router = APIRouter(prefix="/v1/merchants/{merchant_id}", tags=["merchants"])

#: Before this day there is no ledger anywhere.
EARLIEST = date(2020, 1, 1)


class Term(BaseModel):
    """One term of the sum. `value` is null where it is absent, which gives 0 points."""

    id: str = Field(examples=["visits"])
    label: str
    value: float | None
    unit: str
    points: int
    cap: int
    definition: str
    events: int = Field(description="How many events it was computed from.")
    first_index: int | None = Field(description="The first of them in the ledger.")
    last_index: int | None

    @classmethod
    def of(cls, term: CreditTerm, language: Language) -> Self:
        """Return a term in a language."""
        return cls(
            id=term.id,
            label=term.label.of(language),
            value=term.value,
            unit=term.unit.of(language),
            points=term.points,
            cap=term.cap,
            definition=term.definition.of(language),
            events=term.evidence.events,
            first_index=term.evidence.first_index,
            last_index=term.evidence.last_index,
        )


class WouldRaise(BaseModel):
    """Something in the merchant's hands that would raise the score by so many points."""

    term: str
    points: int
    text: str

    @classmethod
    def of(cls, one: Raise, language: Language) -> Self:
        """Return it in a language."""
        return cls(term=one.term, points=one.points, text=one.text.of(language))


class MonthCounts(BaseModel):
    """What is known of a local month. Amounts are in fen; what is stated is the merchant's word and gives nothing."""

    first: date
    visits: int
    weight: float = Field(description="Visits, doubtful ones by their weight.")
    payments: int
    amount: int
    bills: int
    bills_on_time: int
    stated_payments: int
    stated_amount: int
    stated_bills: int

    @classmethod
    def of(cls, month: Month) -> Self:
        """Return the counts of a month."""
        return cls(**{name: getattr(month, name) for name in cls.model_fields})


class CreditInput(BaseModel):
    """A payment or a bill that was looked at, with what the merchant disputed and a person decided."""

    index: int = Field(description="Its place in the ledger, by which it is disputed.")
    at: datetime
    listing: str
    kind: str = Field(examples=["bill_paid"])
    service: str
    amount: int
    currency: str
    attested_by: str = Field(examples=["issuer"])
    issuer: str
    on_time: bool | None
    due: date | None = Field(description="Of a bill, where it is known; `paid` and `band` too.")
    paid: date | None
    band: int | None = Field(description="Where the amount of a bill lies: 0 below 100 yuan, 1 below 500, … 4 above.")
    disputed: bool
    waiting: bool = Field(description="It is disputed, and a person still has to decide.")
    decided: bool | None = Field(None, description="Whether a person decided that it counts; null while nobody has.")
    withdrawn: bool = Field(description="It is in no sum any more.")

    @classmethod
    def of(cls, one: Input) -> Self:
        """Return an input."""
        said, own = one.dispute, {"disputed", "waiting", "decided", "withdrawn"}
        return cls(
            **{name: getattr(one, name) for name in cls.model_fields if name not in own},
            disputed=said is not None and one.attested_by is Attester.ISSUER,
            waiting=said is not None and said.is_open,
            decided=said.counts if said is not None else None,
            withdrawn=one.is_withdrawn,
        )


class Credit(BaseModel):
    """The report as it stood at a moment: `score` is `base` plus the points of `terms`."""

    merchant: str
    as_of: datetime
    formula: str = Field(examples=["credit-1"])
    formula_sha256: str
    score: int
    base: int
    highest: int
    terms: list[Term]
    reasons: list[str] = Field(description="At most four, most points first.")
    would_raise: list[WouldRaise]
    months: list[MonthCounts]
    inputs: list[CreditInput] = Field(description="The newest, or those before `inputs_before`; at most 200.")
    inputs_next: int | None = Field(description="What `inputs_before` asks for the next ones; null after the last.")
    doubtful_visits: int
    made_up: bool
    note: str

    @classmethod
    def of(cls, report: CreditReport, merchant: str, language: Language, before: int | None = None) -> Self:
        """Return a report in a language, with the payments and bills that stand before a place in the ledger."""
        newest_first = [one for one in report.inputs[::-1] if before is None or one.index < before]
        shown = newest_first[:MOST_INPUTS]
        return cls(
            merchant=merchant,
            as_of=report.as_of,
            formula=report.version,
            formula_sha256=report.sha256,
            score=report.score,
            base=report.base,
            highest=report.highest,
            terms=[Term.of(term, language) for term in report.terms],
            reasons=[reason.of(language) for reason in report.reasons],
            would_raise=[WouldRaise.of(one, language) for one in report.raises],
            months=[MonthCounts.of(month) for month in report.months],
            inputs=[CreditInput.of(one) for one in shown],
            inputs_next=shown[-1].index if len(shown) < len(newest_first) else None,
            doubtful_visits=report.doubtful,
            made_up=report.made_up,
            note=NOT_A_VERDICT.of(language),
        )


#: Payments and bills in one reply.
MOST_INPUTS = 200


@router.get(
    "/credit",
    summary="The merchant's credit report",
    dependencies=[CreditOnly, noted(Seen.CREDIT)],
    responses=responses(400, 401, 403, 422),
)
def credit(
    merchant_id: str,
    request: Request,
    container: ContainerDep,
    as_of: Annotated[
        date | None,
        Query(ge=EARLIEST, description="The report as it stood at the end of this local day; now if absent."),
    ] = None,
    inputs_before: Annotated[
        int | None, Query(ge=0, lt=2**53, description="Payments and bills before this place in the ledger.")
    ] = None,
    lang: Annotated[Language | None, Query(description="Language of the reply; `Accept-Language` otherwise.")] = None,
) -> Credit:
    """Return the report, for the owner, and for a key of theirs that they let read it on `/merchant/credit`."""
    with reading(container.engine) as session:
        report = merchant_report(container, session, merchant_id, as_of)
    return Credit.of(report, merchant_id, lang or language_of_request(request), inputs_before)


def merchant_report(container: Container, session: Session, merchant: str, day: date | None = None) -> CreditReport:
    """Return a merchant's report now, or as it stood at the end of a local day.

    Raises:
        UsageError: The day is still to come.
    """
    settings, now = container.settings, container.clock()
    as_of = now.astimezone(settings.tz)
    if day is not None and day > as_of.date():
        raise UsageError(f"{day} is still to come: ask for {as_of.date()} or a day before it")
    if day is not None and day < as_of.date():
        as_of = moment(Period(day, 1, settings.tz).end_ms - 1, settings.tz)
    listings = [listing.id for listing in accounts.listings_of(session, merchant)]
    home, windows = (settings.county, settings.county_en), windows_of(settings)
    return credit_report(session, listings, as_of, tz=settings.tz, home=home, windows=windows)
