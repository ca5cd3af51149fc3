"""Doubtful visits: what they weigh and why, a merchant's dispute, and a person's decision."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, model_validator

from api import accounts
from api.auth import AdminCaller, AdminOnly, ContainerDep, LimitWrites, OwnOnly
from api.indicators import BoardDays
from api.languages import language_of_request
from api.problems import responses
from api.routes.merchants import summarise
from index.database import reading, writing
from index.settings import Language
from ledger.disputes import decide, dispute, open_disputes, withdraw
from ledger.events import EventId
from ledger.periods import moment
from ledger.weighing import WeighedVisit

router = APIRouter(prefix="/v1", tags=["visits"])

#: Places in the log are 64-bit on every database.
Index = Annotated[int, Field(ge=0, lt=2**53)]

OWN_ID = "The sender's own, random; sent again with the same words it is answered by the receipt of the first time."


class DoubtfulVisit(BaseModel):
    """A visit that weighs less than a whole one, with every reason."""

    index: int = Field(description="Its place in the ledger, by which it is disputed.")
    listing: str
    at: datetime
    weight: float = Field(examples=[0.05])
    reasons: list[str] = Field(examples=[["more than an hour outside the opening hours"]])
    decided: bool = Field(description="Whether a person has looked at it.")

    @classmethod
    def of(cls, visit: WeighedVisit, at: datetime, language: Language) -> Self:
        """Return a visit with its reasons in a language."""
        reasons = [reason.text.of(language) for reason in visit.reasons]
        weight, decided = visit.weight, visit.verdict.decided
        return cls(index=visit.index, listing=visit.listing, at=at, weight=weight, reasons=reasons, decided=decided)


class DoubtfulVisits(BaseModel):
    """The doubtful visits of a period, oldest first, and how many visits there were in all."""

    visits: int
    weighted_visits: float
    doubtful: list[DoubtfulVisit]


class NewDispute(BaseModel):
    """Which visit was weighed wrongly, and why the merchant thinks so."""

    visit_index: Index
    note: str = Field("", max_length=1_000)
    id: EventId | None = Field(None, description=OWN_ID)


class Recorded(BaseModel):
    """It is in the ledger, there."""

    index: int | None


class Waiting(BaseModel):
    """A dispute that waits for a person."""

    visit_index: int
    listing: str
    at: datetime
    note: str


class Disputes(BaseModel):
    """Undecided disputes, oldest first."""

    disputes: list[Waiting]


class NewDecision(BaseModel):
    """Whether a visit counts in full, or a bill as paid on time; or that a payment or a bill is withdrawn; and why."""

    counts: bool
    withdrawn: bool = Field(False, description="It leaves every sum; for payments and bills, with `counts` false.")
    note: str = Field("", max_length=1_000)
    id: EventId | None = Field(None, description=OWN_ID)

    @model_validator(mode="after")
    def _is_one_decision(self) -> Self:
        if self.counts and self.withdrawn:
            raise ValueError("what is withdrawn does not count; give one of the two")
        return self


@router.get(
    "/merchants/{merchant_id}/doubtful-visits",
    summary="Visits that weigh less, and why",
    dependencies=[OwnOnly],
    responses=responses(401, 403, 422),
)
def doubtful_visits(
    merchant_id: str,
    request: Request,
    container: ContainerDep,
    days: BoardDays = 30,
    lang: Annotated[Language | None, Query(description="Language of the reasons.")] = None,
) -> DoubtfulVisits:
    """Return the doubtful visits of the last 7, 30 or 90 local days."""
    language = lang or language_of_request(request)
    _, _, summary = summarise(container, merchant_id, days)
    tz = container.settings.tz
    return DoubtfulVisits(
        visits=summary.visits,
        weighted_visits=summary.weighted_visits,
        doubtful=[DoubtfulVisit.of(visit, moment(visit.at_ms, tz), language) for visit in summary.doubtful],
    )


@router.post(
    "/merchants/{merchant_id}/disputes",
    summary="Dispute how a visit was weighed",
    dependencies=[OwnOnly, LimitWrites],
    responses=responses(401, 403, 404, 409, 422, 429),
)
def make_dispute(merchant_id: str, asked: NewDispute, container: ContainerDep) -> Recorded:
    """Ask a person to look at a visit; until then its weight stays."""
    with writing(container.engine) as session:
        own = [listing.id for listing in accounts.listings_of(session, merchant_id)]
        receipt = dispute(session, own, asked.visit_index, note=asked.note, now=container.clock(), event_id=asked.id)
    return Recorded(index=receipt.index)


@router.get(
    "/admin/disputes",
    summary="Undecided disputes about visits",
    tags=["admin"],
    dependencies=[AdminOnly],
    responses=responses(401, 403),
)
def list_disputes(container: ContainerDep) -> Disputes:
    """Return what merchants dispute."""
    with reading(container.engine) as session:
        found = open_disputes(session)
    return Disputes(disputes=[Waiting.model_validate(one, from_attributes=True) for one in found])


@router.post(
    "/admin/disputes/{visit_index}",
    summary="Decide whether a visit counts",
    tags=["admin"],
    dependencies=[AdminOnly, LimitWrites],
    responses=responses(401, 403, 404, 409, 422, 429),
)
def make_decision(
    visit_index: Annotated[Index, Path()], decision: NewDecision, holder: AdminCaller, container: ContainerDep
) -> Recorded:
    """Write down a decision; it holds in every figure from now on, until a later one."""
    now, by, named = container.clock(), holder.credential or "admin", decision.id
    with writing(container.engine) as session:
        if decision.withdrawn:
            receipt = withdraw(session, visit_index, decided_by=by, note=decision.note, now=now, event_id=named)
        else:
            counts, why = decision.counts, decision.note
            receipt = decide(session, visit_index, counts=counts, decided_by=by, note=why, now=now, event_id=named)
    return Recorded(index=receipt.index)
