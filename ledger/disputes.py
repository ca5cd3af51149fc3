"""A merchant disputes how a visit, a payment or a bill counts, and a person decides: nothing is rewritten.

Both are events. `visit_index` names what is disputed by its place in the log; that a bill counts means that it was paid
on time after all.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from index.errors import Conflict, NotFound
from ledger.append import Receipt, append
from ledger.events import Decision, Dispute, Event
from ledger.reading import events_of
from ledger.tables import StoredPayload

#: What a merchant can dispute.
_DISPUTABLE = ("visit", "payment", "bill_paid")


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute that nobody has decided since: of which visit, by whom, when, and what the merchant says."""

    visit_index: int
    listing: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """What became of a dispute: `counts` is the latest decision, None while it waits for a person."""

    at: datetime
    note: str
    counts: bool | None = None
    answer: str = ""


def dispute(session: Session, listings: Collection[str], visit_index: int, *, note: str = "", now: datetime) -> Receipt:
    """Dispute how a visit to one of a merchant's listings counts, or a payment or a bill of one.

    Args:
        session: One of `index.database.writing`, which also commits.
        listings: The merchant's own.
        visit_index: Its place in the log.
        note: What the merchant says about it.
        now: The service's clock.

    Raises:
        NotFound: There is none of these listings there.
        Conflict: It is disputed already, and waits for a decision.
    """
    listing = _listing_of(session, visit_index)
    if listing is None or listing not in listings:
        raise NotFound("visit, payment or bill of your places", str(visit_index))
    if any(waiting.visit_index == visit_index for waiting in open_disputes(session)):
        raise Conflict("this visit is disputed already; a person will decide")
    return _append(session, listing, Dispute(visit_index=visit_index, note=note), now)


def decide(
    session: Session, visit_index: int, *, counts: bool, decided_by: str, note: str = "", now: datetime
) -> Receipt:
    """Write down what a person decided about a visit; the latest decision holds, and may overrule an earlier one.

    Args:
        session: One of `index.database.writing`, which also commits.
        visit_index: The visit's place in the log.
        counts: Whether it counts in full; else what the checks say holds.
        decided_by: Who decided.
        note: Why.
        now: The service's clock.

    Raises:
        NotFound: There is no such visit.
    """
    listing = _listing_of(session, visit_index)
    if listing is None:
        raise NotFound("visit", str(visit_index))
    return _append(
        session, listing, Decision(visit_index=visit_index, counts=counts, decided_by=decided_by, note=note), now
    )


def open_disputes(session: Session) -> list[OpenDispute]:
    """Return the disputes that wait for a person, oldest first."""
    waiting: dict[int, OpenDispute] = {}
    for logged in events_of(session, kinds=("dispute", "decision")):
        event = logged.event
        if isinstance(event.payload, Dispute):
            index = event.payload.visit_index
            waiting[index] = OpenDispute(index, event.listing or "", event.at, event.payload.note)
        elif isinstance(event.payload, Decision):
            waiting.pop(event.payload.visit_index, None)
    return list(waiting.values())


def disputes_of(session: Session, listings: Collection[str]) -> dict[int, Disputed]:
    """Return the latest dispute of each disputed visit to these listings, by the visit's place in the log."""
    found: dict[int, Disputed] = {}
    for logged in events_of(session, listings, kinds=("dispute", "decision")):
        event = logged.event
        if isinstance(event.payload, Dispute):
            found[event.payload.visit_index] = Disputed(event.at, event.payload.note)
        elif isinstance(event.payload, Decision):
            index, before = event.payload.visit_index, found.get(event.payload.visit_index)
            note = before.note if before is not None else ""
            found[index] = Disputed(event.at, note, event.payload.counts, event.payload.note)
    return found


def _listing_of(session: Session, visit_index: int) -> str | None:
    stored = StoredPayload
    found = session.connection().execute(
        select(col(stored.listing)).where(col(stored.entry_index) == visit_index, col(stored.kind).in_(_DISPUTABLE))
    )
    listing: str | None = found.scalar()
    return listing


def _append(session: Session, listing: str, payload: Dispute | Decision, now: datetime) -> Receipt:
    event = Event(id=f"{payload.kind}-{secrets.token_hex(12)}", at=now, listing=listing, payload=payload)
    return append(session, [event], now=now, trusted=True)[0]
