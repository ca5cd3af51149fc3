"""A visit at the counter, and a visitor who asks to be forgotten."""

from typing import Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, model_validator

from api.auth import ContainerDep, LimitWrites, client_address
from api.problems import responses
from api.scans import device_of
from api.visiting import Outcome, VisitOutcome, record_scanned_visit, record_typed_visit
from api.visitors import clear_cookies, current_visitor, known_visitor, opens_of
from index.database import writing
from index.errors import UsageError
from ledger.erasure import forget
from ledger.events import EventId, ListingId

router = APIRouter(prefix="/v1", tags=["visits"])


class VisitRequest(BaseModel):
    """The counter's code: the scanned `token` or the six `digits`. By `id`, the device's own, a retry counts once."""

    token: str | None = Field(None, max_length=2_000, description="What the QR code's address ends with.")
    digits: str | None = Field(None, max_length=20, examples=["123456"])
    listing: ListingId | None = Field(None, description="Where, when the digits fit several counters.")
    id: EventId | None = None
    lat: float | None = Field(None, ge=-90, le=90, description="Where the device is, when its user agreed; WGS 84.")
    lon: float | None = Field(None, ge=-180, le=180)
    asked: bool = Field(False, description="Whether the user was asked for a position, whatever they answered.")

    @model_validator(mode="after")
    def _has_one_code(self) -> Self:
        if (self.token is None) == (self.digits is None):
            raise ValueError("give either token or digits")
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give lat and lon together, or neither")
        return self

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the device is; a square of about 0.7 square kilometres is kept of it."""
        return (self.lat, self.lon) if self.lat is not None and self.lon is not None else None


class Place(BaseModel):
    """A listing, by name."""

    id: str
    name: str
    name_en: str | None


class VisitReply(BaseModel):
    """What became of a visit; for `choose` send it again with one of `candidates` as `listing`."""

    outcome: Outcome
    listing: Place | None = None
    candidates: list[Place] = Field(default_factory=list)
    index: int | None = Field(None, description="Its place in the ledger.")


class Forgotten(BaseModel):
    """What was erased."""

    erased: int = Field(description="Events whose content was erased.", examples=[12])
    index: int | None = Field(None, description="Where the ledger says that it was.")


@router.post(
    "/visits",
    summary="Record a visit by a counter's code",
    dependencies=[LimitWrites],
    responses=responses(400, 409, 422, 429),
)
def record_visit(visit: VisitRequest, request: Request, response: Response, container: ContainerDep) -> VisitReply:
    """Record that the visitor is there. Once a day for each visitor and listing; a second time says so."""
    visitor = current_visitor(request, response, container, asked=True)
    assert visitor is not None  # noqa: S101 - who asks for it gets an id
    opens = opens_of(request, container)
    device = device_of(request, container, position=visit.position, asked=visit.asked)
    if visit.token is not None:
        outcome = record_scanned_visit(container, visit.token, visitor, opens, event_id=visit.id, device=device)
    else:
        outcome = record_typed_visit(
            container,
            visit.digits or "",
            visitor,
            opens,
            address=client_address(request),
            listing=visit.listing,
            event_id=visit.id,
            device=device,
        )
    if outcome.outcome is Outcome.WRONG_CODE:
        raise UsageError("this code is wrong or too old; take the one that the counter shows now")
    return _reply(outcome)


@router.delete("/visitor", summary="Forget me", dependencies=[LimitWrites], responses=responses(429))
def forget_visitor(request: Request, response: Response, container: ContainerDep) -> Forgotten:
    """Erase what the ledger holds of the visitor of the cookie, and the cookies; nothing where there is no visitor.

    What is older than a day has a day's id that is kept nowhere, so that it is nobody's by now.
    """
    visitor = known_visitor(request, container)
    clear_cookies(response, container)
    if visitor is None:
        return Forgotten(erased=0)
    container.recorder.flush()  # what was shown a moment ago is to be forgotten too
    with writing(container.engine) as session:
        receipt = forget(session, visitor.id, now=container.clock())
    return Forgotten(erased=receipt.erased, index=receipt.index)


def _reply(outcome: VisitOutcome) -> VisitReply:
    places = [
        Place(id=one.id, name=one.name, name_en=one.name_en) for one in (outcome.listing, *outcome.candidates) if one
    ]
    return VisitReply(
        outcome=outcome.outcome,
        listing=places[0] if outcome.listing is not None else None,
        candidates=places if outcome.listing is None else [],
        index=outcome.receipt.index if outcome.receipt is not None else None,
    )
