"""A visit at the counter, and a visitor who asks to be forgotten."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field, model_validator

from api.auth import ContainerDep, LimitWrites, client_address
from api.client_visitors import forget_pseudonym
from api.forgetting import forget_visitor
from api.guest_origins import record_answer
from api.problems import responses
from api.scans import device_of
from api.staying import begin_stay, record_stated_visit, record_stay
from api.visiting import Outcome, VisitOutcome, record_scanned_visit, record_typed_visit
from api.visitors import clear_cookies, current_visitor, known_visitor, opens_of
from index.errors import UsageError
from ledger.append import Status
from ledger.events import EventId, ListingId, VisitorId

router = APIRouter(prefix="/v1", tags=["visits"])

_REFUSED = {
    Outcome.WRONG_CODE: "this code is wrong or too old; take the one that the counter shows now",
    Outcome.TOO_EARLY: "it is too early to tell a stay from passing by; send this again a quarter of an hour after",
    Outcome.AWAY: "this position is not at the place; send one from there",
}


class VisitRequest(BaseModel):
    """The counter's code, the scanned `token` or the six `digits`; or what is weaker, a `presence`, or `stated`.

    By `id`, the device's own, a retry counts once.
    """

    token: str | None = Field(None, max_length=2_000, description="What the QR code's address ends with.")
    digits: str | None = Field(None, max_length=20, examples=["123456"])
    presence: str | None = Field(None, max_length=2_000, description="What `POST /v1/visits/presence` gave (grade C).")
    stated: bool = Field(False, description="The visitor says to be at `listing`, and nothing attests it (grade D).")
    listing: ListingId | None = Field(None, description="Where, when the digits fit several counters, or for `stated`.")
    id: EventId | None = None
    lat: float | None = Field(None, ge=-90, le=90, description="Where the device is, when its user agreed; WGS 84.")
    lon: float | None = Field(None, ge=-180, le=180)

    @model_validator(mode="after")
    def _has_one_code(self) -> Self:
        ways = (self.token is not None, self.digits is not None, self.presence is not None, self.stated)
        if sum(ways) != 1:
            raise ValueError("give one of token, digits, presence and stated")
        if self.stated and self.listing is None:
            raise ValueError("say at which listing")
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give lat and lon together, or neither")
        return self

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the device is; a square of about 0.7 square kilometres is kept of it."""
        return (self.lat, self.lon) if self.lat is not None and self.lon is not None else None


class Arriving(BaseModel):
    """Where a visitor is, to stay there for a quarter of an hour; the position is not kept."""

    listing: ListingId
    lat: float = Field(ge=-90, le=90, description="WGS 84.")
    lon: float = Field(ge=-180, le=180)


class PresenceReply(BaseModel):
    """What to send with a second position, from `ready_at` on."""

    presence: str
    ready_at: datetime


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
    visit: str | None = Field(None, description="What names a visit verified just now, to say where one came from.")


class Offered(BaseModel):
    """A place that guests may say they come from: its code, and what it is called."""

    id: str = Field(examples=["hangzhou"])
    name: str
    name_en: str


class NewOrigin(BaseModel):
    """Where the visitor came from on the day of a visit, which `visit` of its reply names."""

    visit: EventId
    place: str = Field(max_length=40, examples=["hangzhou"])


class Answered(BaseModel):
    """Whether this was the first answer about the visit, which holds."""

    outcome: Literal["recorded", "already_recorded"]
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
    """Record that the visitor is there. Once a day for each visitor and listing; a second time says so.

    Ask the visitor for a position, and send it when they agree: of it a hexagon of about 0.7 square kilometres is kept.
    Where many visits have none, they weigh less.
    """
    visitor = current_visitor(request, response, container, asked=True)
    assert visitor is not None  # noqa: S101 - who asks for it gets an id
    opens = opens_of(request, container)
    device = device_of(request, container, position=visit.position, asked=True)
    if visit.stated:
        outcome = record_stated_visit(container, visit.listing or "", visitor, opens, event_id=visit.id)
    elif visit.presence is not None:
        outcome = record_stay(container, visit.presence, visitor, opens, device=device, event_id=visit.id)
    elif visit.token is not None:
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
    if outcome.outcome in _REFUSED:
        raise UsageError(_REFUSED[outcome.outcome])
    return _reply(outcome)


@router.post(
    "/visits/presence",
    summary="Begin a stay without a counter's code",
    dependencies=[LimitWrites],
    responses=responses(400, 404, 422, 429),
)
def arrive(arriving: Arriving, request: Request, response: Response, container: ContainerDep) -> PresenceReply:
    """Exchange a position within the place's fence for a presence; nothing is recorded before the second position."""
    visitor = current_visitor(request, response, container, asked=True)
    assert visitor is not None  # noqa: S101 - who asks for it gets an id
    stay = begin_stay(container, arriving.listing, visitor, (arriving.lat, arriving.lon))
    if stay is None:
        raise UsageError(_REFUSED[Outcome.AWAY])
    return PresenceReply(presence=stay.token, ready_at=stay.ready_at)


@router.get("/visits/origins", summary="Where guests may come from")
def offered(container: ContainerDep) -> list[Offered]:
    """Return the places to choose from, when a visitor is asked after a visit where they came from that day."""
    return [Offered(id=each.id, name=each.name.zh, name_en=each.name.en) for each in container.guest_origins]


@router.post(
    "/visits/origin",
    summary="Say where one came from",
    dependencies=[LimitWrites],
    responses=responses(400, 404, 422, 429),
)
def say_from(said: NewOrigin, request: Request, container: ContainerDep) -> Answered:
    """Record where the visitor of the cookie came from on the day of a verified visit of theirs, within a day of it.

    Ask once, after the visit, and never require it. The first answer about a visit holds.
    """
    receipt = record_answer(container, said.visit, known_visitor(request, container), said.place)
    is_first = receipt.status is Status.RECORDED
    return Answered(outcome="recorded" if is_first else "already_recorded", index=receipt.index)


@router.delete("/visitor", summary="Forget me", dependencies=[LimitWrites], responses=responses(422, 429))
def forget_me(
    request: Request,
    response: Response,
    container: ContainerDep,
    pseudonym: Annotated[
        VisitorId | None,
        Header(alias="Baicha-Visitor", description="The pseudonym that a client without cookies names in its events."),
    ] = None,
) -> Forgotten:
    """Erase what the ledger holds of the visitor of the cookie, and the cookies; nothing where there is no visitor.

    A client without cookies sends its own pseudonym, which only its holder knows: all its days are erased, and nothing
    is taken under it any more. Of a browser what is older than a day has a day's id that is kept nowhere, so that it is
    nobody's by now.
    """
    visitor = known_visitor(request, container)
    clear_cookies(response, container)
    erased, index = (0, None) if pseudonym is None else forget_pseudonym(container, pseudonym)
    if visitor is None:
        return Forgotten(erased=erased, index=index)
    receipt = forget_visitor(container, visitor.id)
    return Forgotten(erased=erased + receipt.erased, index=receipt.index)


def _reply(outcome: VisitOutcome) -> VisitReply:
    places = [
        Place(id=one.id, name=one.name, name_en=one.name_en) for one in (outcome.listing, *outcome.candidates) if one
    ]
    return VisitReply(
        outcome=outcome.outcome,
        listing=places[0] if outcome.listing is not None else None,
        candidates=places if outcome.listing is None else [],
        index=outcome.receipt.index if outcome.receipt is not None else None,
        visit=outcome.answerable,
    )
