"""What a merchant's own register says: bookings, stays, bills paid, and payments; attested by the merchant's word."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from sqlmodel import Session

from api import accounts
from api.auth import ContainerDep, LimitWrites, OwnOnly
from api.problems import responses
from api.routes.events import EventBatch, EventReceipt, EventReceipts, first_fault, id_given, receipt_of
from index.database import writing
from ledger.append import OTHER_WITH_ID, Receipt, Status, append, take_turn
from ledger.events import Attester, BillPaid, Event, Payment, parse_event
from ledger.payments import payment_id
from ledger.storing import stored_ids

router = APIRouter(prefix="/v1/merchants/{merchant_id}", tags=["merchants"], dependencies=[OwnOnly])

#: What a merchant may say by word. A visit is attested at the counter, an issuer's payment by its signed feed.
KINDS = frozenset({"booking", "stay", "bill_paid", "payment"})


@router.post(
    "/events",
    summary="Record what the merchant's own register says",
    dependencies=[LimitWrites],
    responses=responses(401, 403, 413, 422, 429),
)
def record_own_events(merchant_id: str, batch: EventBatch, container: ContainerDep) -> EventReceipts:
    """Record a batch of at most a thousand bookings, stays, bills paid and payments, and answer for each.

    They name one of the merchant's listings and no visitor. They are shown as the merchant's word, and lift no visit's
    grade. A payment is known by its listing and reference, as in the file of a till: with the same time and amount it
    is a duplicate whatever its id, otherwise it is rejected. The receipt's `logged_as` is its id in the ledger.
    """
    with writing(container.engine) as session:
        own = {listing.id for listing in accounts.listings_of(session, merchant_id)}
        read = [_read(raw, own) for raw in batch.events]
        events = [one for one in read if isinstance(one, Event)]
        take_turn(session)
        logged = _as_logged(session, events)
        stored = append(session, logged, now=container.clock(), says=KINDS)
        receipts = iter([_receipt(*each) for each in zip(events, logged, stored, strict=True)])
        return EventReceipts(receipts=[one if isinstance(one, EventReceipt) else next(receipts) for one in read])


def _as_logged(session: Session, events: Sequence[Event]) -> list[Event]:
    """Give payments the id that follows from their reference, so that none is counted twice under two ids.

    Those that the ledger has under the sender's own id, from before it was so, keep it: sent again they are known.
    """
    paid = [event.id for event in events if isinstance(event.payload, Payment)]
    known = {name for name, _, _ in stored_ids(session.connection(), paid)} if paid else set[str]()
    return [
        event.model_copy(update={"id": payment_id(event.listing or "", "", event.payload.reference)})
        if isinstance(event.payload, Payment) and event.id not in known
        else event
        for event in events
    ]


def _receipt(sent: Event, logged: Event, stored: Receipt) -> EventReceipt:
    receipt = receipt_of(stored)
    if logged.id == sent.id:
        return receipt
    if stored.status is Status.REJECTED and receipt.reason == OTHER_WITH_ID:
        said = "another payment of this listing has this reference; give each payment a reference of its own"
        return EventReceipt(id=sent.id, status=Status.REJECTED, reason=said)
    logged_as = logged.id if stored.index is not None else None
    return receipt.model_copy(update={"id": sent.id, "logged_as": logged_as})


def _read(raw: dict[str, Any], own: set[str]) -> Event | EventReceipt:
    try:
        event = parse_event(raw)
    except (ValidationError, RecursionError) as exc:
        return EventReceipt(id=id_given(raw), status=Status.REJECTED, reason=first_fault(exc))
    reason = _refused(event, own)
    return event if reason is None else EventReceipt(id=event.id, status=Status.REJECTED, reason=reason)


def _refused(event: Event, own: set[str]) -> str | None:
    if event.kind not in KINDS:
        return f"{event.kind} is not a merchant's word; it may be {', '.join(sorted(KINDS))}"
    if event.listing not in own:
        return f"{event.listing!r} is none of your listings"
    if event.visitor is not None:
        return "a merchant's record names no visitor; leave it out"
    if isinstance(event.payload, Payment | BillPaid) and event.payload.attested_by is not Attester.MERCHANT:
        return "what an issuer attests comes by its signed feed; say attested_by merchant"
    return None
