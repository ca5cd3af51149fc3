"""A merchant disputes how a visit, a payment or a bill counts, and a person decides: nothing is rewritten.

All are events. `visit_index` names what is disputed by its place in the log. That a bill counts means that it was paid
on time after all; a payment or a bill may also be withdrawn, which takes it out of every sum and leaves it in the log.
What a merchant only stated, they take back themselves.

Each is written once, however often it is sent: under the sender's own `event_id`, whatever the time of the retry; and
without one, when just the same is what was said last.
"""

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select
from sqlmodel import Session, col

from index.errors import Conflict, NotFound
from ledger.append import Receipt, Status, append, take_turn
from ledger.events import Attester, Decision, Dispute, Event, Withdrawal
from ledger.reading import events_of
from ledger.tables import StoredPayload

#: What can be withdrawn, and what a merchant can dispute.
_INPUTS = ("payment", "bill_paid", "bill")
_DISPUTABLE = ("visit", *_INPUTS)
_KINDS = ("dispute", "decision", "withdrawal")


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute that nobody has decided since: of which visit, by whom, when, and what the merchant says."""

    visit_index: int
    listing: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """What became of a dispute.

    `counts` and `withdrawn` are the latest decision, which holds until the next one: None and False while there is
    none. `is_open` says that a person still has to decide.
    """

    at: datetime
    note: str
    counts: bool | None = None
    answer: str = ""
    withdrawn: bool = False
    is_open: bool = False


def dispute(
    session: Session,
    listings: Collection[str],
    visit_index: int,
    *,
    note: str = "",
    now: datetime,
    event_id: str | None = None,
) -> Receipt:
    """Dispute how a visit to one of a merchant's listings counts, or a payment or a bill of one.

    Args:
        session: One of `index.database.writing`, which also commits.
        listings: The merchant's own.
        visit_index: Its place in the log.
        note: What the merchant says about it.
        now: The service's clock.
        event_id: The sender's own; the same one again is a duplicate.

    Raises:
        NotFound: There is none of these listings there.
        Conflict: It is disputed already, in other words, and waits for a decision; or `event_id` is another event's.
    """
    listing = _listing_of(session, visit_index)
    if listing is None or listing not in listings:
        raise NotFound("visit, payment or bill of your places", str(visit_index))
    said = Dispute(visit_index=visit_index, note=note)
    take_turn(session)
    before = _before(session, listing, said, event_id)
    if before is not None:
        return before
    if any(waiting.visit_index == visit_index for waiting in open_disputes(session)):
        raise Conflict("this visit is disputed already; a person will decide")
    return _append(session, listing, said, now, event_id)


def decide(
    session: Session,
    visit_index: int,
    *,
    counts: bool,
    decided_by: str,
    note: str = "",
    now: datetime,
    event_id: str | None = None,
) -> Receipt:
    """Write down what a person decided about a visit; the latest decision holds, and may overrule an earlier one.

    Args:
        session: One of `index.database.writing`, which also commits.
        visit_index: The visit's place in the log; or that of a payment or a bill.
        counts: Whether it counts in full; else what the checks say holds. A bill that counts was paid on time.
        decided_by: Who decided.
        note: Why.
        now: The service's clock.
        event_id: The sender's own; the same one again is a duplicate.

    Raises:
        NotFound: There is no such visit.
        Conflict: `event_id` is another event's.
    """
    listing = _listing_of(session, visit_index)
    if listing is None:
        raise NotFound("visit", str(visit_index))
    said = Decision(visit_index=visit_index, counts=counts, decided_by=decided_by, note=note)
    return _once(session, listing, said, now, event_id)


def withdraw(
    session: Session,
    input_index: int,
    *,
    decided_by: str,
    note: str = "",
    now: datetime,
    event_id: str | None = None,
) -> Receipt:
    """Write down that a person takes a payment or a bill out of every sum; a later decision brings it back.

    Args:
        session: One of `index.database.writing`, which also commits.
        input_index: Its place in the log.
        decided_by: Who decided.
        note: Why.
        now: The service's clock.
        event_id: The sender's own; the same one again is a duplicate.

    Raises:
        NotFound: There is no payment and no bill there.
        Conflict: `event_id` is another event's.
    """
    listing = _listing_of(session, input_index, _INPUTS)
    if listing is None:
        raise NotFound("payment or bill", str(input_index))
    said = Withdrawal(input_index=input_index, decided_by=decided_by, note=note)
    return _once(session, listing, said, now, event_id)


def take_back(
    session: Session, listings: Collection[str], input_index: int, *, taken_by: str, now: datetime
) -> Receipt:
    """Take back a payment or a bill that the merchant only stated; what an issuer attests is disputed instead.

    Args:
        session: One of `index.database.writing`, which also commits.
        listings: The merchant's own.
        input_index: Its place in the log.
        taken_by: The merchant's login.
        now: The service's clock.

    Raises:
        NotFound: None of these listings has stated anything there.
        Conflict: It was taken back before.
    """
    take_turn(session)
    listing = _listing_of(session, input_index, _INPUTS)
    if listing is None or listing not in listings or not _is_stated(session, input_index):
        raise NotFound("payment or bill that you stated", str(input_index))
    before = disputes_of(session, [listing]).get(input_index)
    if before is not None and before.withdrawn:
        raise Conflict("this was taken back already")
    return _append(session, listing, Withdrawal(input_index=input_index, decided_by=taken_by), now, None)


def open_disputes(session: Session) -> list[OpenDispute]:
    """Return the disputes that wait for a person, oldest first."""
    waiting: dict[int, OpenDispute] = {}
    for logged in events_of(session, kinds=_KINDS):
        event = logged.event
        if isinstance(event.payload, Dispute):
            index = event.payload.visit_index
            waiting[index] = OpenDispute(index, event.listing or "", event.at, event.payload.note)
        elif isinstance(event.payload, Decision):
            waiting.pop(event.payload.visit_index, None)
        elif isinstance(event.payload, Withdrawal):
            waiting.pop(event.payload.input_index, None)
    return list(waiting.values())


def disputes_of(session: Session, listings: Collection[str]) -> dict[int, Disputed]:
    """Return what was disputed or decided of these listings' visits, payments and bills, by their place in the log."""
    found: dict[int, Disputed] = {}
    for logged in events_of(session, listings, kinds=_KINDS):
        event, payload = logged.event, logged.event.payload
        if isinstance(payload, Dispute):
            before = found.get(payload.visit_index, Disputed(event.at, ""))
            found[payload.visit_index] = replace(before, at=event.at, note=payload.note, is_open=True)
        elif isinstance(payload, Decision):
            before = found.get(payload.visit_index, Disputed(event.at, ""))
            found[payload.visit_index] = Disputed(before.at, before.note, payload.counts, payload.note)
        elif isinstance(payload, Withdrawal):
            before = found.get(payload.input_index, Disputed(event.at, ""))
            found[payload.input_index] = Disputed(before.at, before.note, None, payload.note, withdrawn=True)
    return found


def _is_stated(session: Session, index: int) -> bool:
    body = (
        session.connection()
        .execute(select(col(StoredPayload.body)).where(col(StoredPayload.entry_index) == index))
        .scalar_one()
    )
    payload = json.loads(body)["payload"]
    # The old kind of bill carries no signature, and is a word whoever is named in it.
    return bool(payload["kind"] == "bill_paid" or payload["attested_by"] == Attester.MERCHANT.value)


def _listing_of(session: Session, index: int, kinds: Collection[str] = _DISPUTABLE) -> str | None:
    stored = StoredPayload
    found = session.connection().execute(
        select(col(stored.listing)).where(col(stored.entry_index) == index, col(stored.kind).in_(kinds))
    )
    listing: str | None = found.scalar()
    return listing


_Said: TypeAlias = Dispute | Decision | Withdrawal


def _once(session: Session, listing: str, payload: _Said, now: datetime, event_id: str | None) -> Receipt:
    take_turn(session)
    return _before(session, listing, payload, event_id) or _append(session, listing, payload, now, event_id)


def _before(session: Session, listing: str, payload: _Said, event_id: str | None) -> Receipt | None:
    """Return the receipt of what was said already: under this id, or, without one, last about the same thing."""
    about = [
        logged
        for logged in events_of(session, [listing], kinds=_KINDS)
        if _about(logged.event.payload) == _about(payload)
    ]
    known = about[-1:] if event_id is None else [logged for logged in about if logged.event.id == event_id]
    if not known or known[0].event.payload != payload:
        return None
    return Receipt(known[0].event.id, Status.DUPLICATE, known[0].index, "already recorded")


def _about(payload: object) -> int | None:
    """Return the place in the log of what is disputed, decided or withdrawn."""
    if isinstance(payload, Withdrawal):
        return payload.input_index
    return payload.visit_index if isinstance(payload, Dispute | Decision) else None


def _append(session: Session, listing: str, payload: _Said, now: datetime, event_id: str | None) -> Receipt:
    event = Event(id=event_id or f"{payload.kind}-{secrets.token_hex(12)}", at=now, listing=listing, payload=payload)
    [receipt] = append(session, [event], now=now, trusted=True)
    # Another event has the id: the same one at an earlier time is found before.
    if receipt.status is Status.REJECTED:
        raise Conflict(receipt.reason or "this was not recorded")
    return receipt
