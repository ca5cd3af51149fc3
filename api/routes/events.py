"""Events that a tourist's device sends: opened, called, asked the way, shared, saved, reported, rated."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError
from sqlmodel import Session, col, select

from api.auth import ContainerDep, LimitWrites
from api.client_visitors import forgotten_among, rotated
from api.container import Container
from api.problems import responses
from api.visitors import Visitor, current_visitor, keep_tickets, known_visitor
from index.database import writing
from index.listing import Listing
from ledger.append import Receipt, Status, append
from ledger.events import Event, parse_event

router = APIRouter(prefix="/v1", tags=["events"])

LARGEST_BATCH = 1_000
#: What a device may report. Impressions are ours to record, and a visit is attested at the counter.
KINDS = frozenset({"open", "call", "directions", "website", "share", "save", "review", "correction"})

_EXAMPLE = {
    "id": "b7Jq0p2mS1yR4kXc",
    "at": "2026-11-24T12:00:00+08:00",
    "listing": "anji-hello-kitty-park",
    "payload": {"kind": "directions", "map": "amap"},
}


class EventBatch(BaseModel):
    """Events, each with an id of its own making, so that sending one again stores it once."""

    events: list[dict[str, Any]] = Field(min_length=1, max_length=LARGEST_BATCH, examples=[[_EXAMPLE]])


class EventReceipt(BaseModel):
    """What became of one event. `reason` says why it was not new."""

    id: str | None = Field(examples=["b7Jq0p2mS1yR4kXc"])
    status: Status
    index: int | None = Field(None, description="Its place in the ledger.")
    reason: str | None = None
    logged_as: str | None = Field(None, description="Its id in the ledger where that is another: that of a payment.")


class EventReceipts(BaseModel):
    """An answer for each event, in their order."""

    receipts: list[EventReceipt]


@router.post(
    "/events", summary="Record what a visitor did", dependencies=[LimitWrites], responses=responses(413, 422, 429)
)
def record_events(batch: EventBatch, request: Request, response: Response, container: ContainerDep) -> EventReceipts:
    """Record a batch of at most a thousand events and answer for each; one that is refused keeps no other back.

    Events are recorded under the visitor of the cookie; a device without cookies names its own pseudonym, at random and
    kept to itself, of which a hash that changes daily is logged unless `consent` is `remembered`. Kinds: open, call,
    directions, website, share, save, review and correction; a visit is recorded by `POST /v1/visits` with a code
    from the counter.
    """
    visitor = known_visitor(request, container)
    if visitor is None and any(raw.get("visitor") is None for raw in batch.events):
        visitor = current_visitor(request, response, container)
    read = [_read(raw, visitor) for raw in batch.events]
    with writing(container.engine) as session:
        if visitor is None:
            read = _of_clients(session, container, read)
        known = _known_listings(session, read)
        faults = [one if isinstance(one, EventReceipt) else _unknown_listing(one, known) for one in read]
        events = [one for one, fault in zip(read, faults, strict=True) if fault is None and isinstance(one, Event)]
        stored = iter(append(session, events, now=container.clock()))
        answered = [fault or receipt_of(next(stored)) for fault in faults]
    _keep_opens(request, response, container, visitor, events, answered)
    return EventReceipts(receipts=answered)


def _read(raw: dict[str, Any], visitor: Visitor | None) -> Event | EventReceipt:
    try:
        event = parse_event(raw)
    except (ValidationError, RecursionError) as exc:
        return EventReceipt(id=id_given(raw), status=Status.REJECTED, reason=first_fault(exc))
    if event.kind not in KINDS:
        reason = f"{event.kind} is not for devices to report; see POST /v1/visits for a visit"
        return EventReceipt(id=event.id, status=Status.REJECTED, reason=reason)
    if visitor is None:
        return event
    # A browser with a visitor speaks for that one only.
    return event.model_copy(update={"visitor": visitor.id, "consent": visitor.consent})


def _of_clients(session: Session, container: Container, read: list[Event | EventReceipt]) -> list[Event | EventReceipt]:
    """Return events under the ids of their days; those of pseudonyms that were forgotten are refused."""
    named = {one.visitor for one in read if isinstance(one, Event) and one.visitor is not None}
    gone = forgotten_among(session, named)
    return [
        EventReceipt(id=one.id, status=Status.REJECTED, reason="its visitor asked to be forgotten")
        if isinstance(one, Event) and one.visitor in gone
        else (rotated(container, one) if isinstance(one, Event) else one)
        for one in read
    ]


def id_given(raw: dict[str, Any]) -> str | None:
    """Return the id of an event that could not be read, as far as it can be told."""
    given = raw.get("id")
    return _printable(given)[:64] if isinstance(given, str) else None


def first_fault(exc: ValidationError | RecursionError) -> str:
    """Return what is wrong with an event, in one line."""
    if isinstance(exc, RecursionError):
        return "nested too deeply"
    fault = exc.errors(include_url=False, include_context=False, include_input=False)[0]
    return _printable(f"{'.'.join(str(part)[:50] for part in fault['loc'])}: {fault['msg']}")


def _printable(text: str) -> str:
    """Return a text that can be sent: JSON's escapes can make half characters, which UTF-8 has none of."""
    return text.encode("utf-8", "replace").decode()


def _known_listings(session: Session, read: list[Event | EventReceipt]) -> frozenset[str]:
    # PostgreSQL refuses a NUL even in a question.
    named = {one.listing for one in read if isinstance(one, Event) and one.listing and "\x00" not in one.listing}
    return frozenset(session.exec(select(Listing.id).where(col(Listing.id).in_(named))))


def _unknown_listing(event: Event, known: frozenset[str]) -> EventReceipt | None:
    if event.listing in known:
        return None
    return EventReceipt(id=event.id, status=Status.REJECTED, reason=f"there is no listing {event.listing!r}")


def receipt_of(stored: Receipt) -> EventReceipt:
    """Return the ledger's receipt as a reply."""
    return EventReceipt(id=stored.id, status=stored.status, index=stored.index, reason=stored.reason)


def _keep_opens(
    request: Request,
    response: Response,
    container: Container,
    visitor: Visitor | None,
    events: list[Event],
    receipts: list[EventReceipt],
) -> None:
    recorded = {receipt.id for receipt in receipts if receipt.status is Status.RECORDED}
    opened = [event.listing for event in events if event.kind == "open" and event.id in recorded and event.listing]
    keep_tickets(request, response, container, opened, visitor)
