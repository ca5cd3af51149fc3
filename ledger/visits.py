"""Recording that a visitor was there: once a day for each visitor and listing, as well attested as it gets."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from ledger.append import Receipt, Status, append, take_turn
from ledger.events import Consent, Event, Grade, Scan, Ticket, Visit
from ledger.periods import Period
from ledger.tables import BETTER_ATTESTED, StoredPayload
from ledger.tickets import as_logged


def record_visit(  # noqa: PLR0913 - all by name
    session: Session,
    *,
    event_id: str,
    listing: str,
    visitor: str,
    ticket: Ticket | None,
    grade: Grade,
    now: datetime,
    tz: ZoneInfo,
    consent: Consent = Consent.DAY,
    origin: str | None = None,
    scan: Scan | None = None,
) -> Receipt:
    """Record a visit that the caller has checked, and return its receipt.

    A second one on the same local day is a duplicate, which carries the index of the best attested one; but a verified
    visit is recorded even after one that was only stated, and one of a better grade instead of one of a worse.

    Args:
        session: One of `index.database.writing`, which also commits.
        event_id: Made by the client, so that a retry finds the first try.
        listing: Where the visitor was.
        visitor: The pseudonymous id.
        ticket: What the device presents for the listing (`tickets.unseal(...).get(listing)`); logged to its day.
        grade: What the caller checked; see `docs/visits.md`.
        now: When it happened: the service's clock.
        tz: Where a day begins and ends.
        consent: Whether the visitor's id lasts for a day or was asked to be remembered.
        origin: Where they come from, coarsely.
        scan: What was noticed at the counter, for the checks of `ledger.checks`.
    """
    take_turn(session)
    earlier = _earlier(session, event_id, listing, visitor, grade, Period.day_of(now, tz))
    instead_of = None
    if earlier is not None:
        if earlier.id == event_id or earlier.grade <= grade:
            return Receipt(event_id, Status.DUPLICATE, earlier.entry_index, "already recorded today")
        instead_of = earlier.id
    if ticket is not None and consent is Consent.DAY:
        ticket = as_logged(ticket, now, tz)
    payload = Visit(grade=grade, ticket=ticket, origin=origin, scan=scan, instead_of=instead_of)
    event = Event(id=event_id, at=now, listing=listing, visitor=visitor, consent=consent, payload=payload)
    return append(session, [event], now=now, trusted=True)[0]


def stands_for_earlier(session: Session, index: int) -> bool:
    """Say whether the visit at a place in the log counts instead of an earlier verified one of its day."""
    stored = StoredPayload
    wanted = select(col(stored.entry_index)).where(
        col(stored.entry_index) == index, col(stored.kind) == "visit", col(stored.body).like(BETTER_ATTESTED)
    )
    return session.connection().execute(wanted).first() is not None


class _Earlier(NamedTuple):
    """A visit recorded before; A is the best grade, so that a smaller one is better."""

    grade: str
    entry_index: int
    id: str


def _earlier(session: Session, event_id: str, listing: str, visitor: str, grade: Grade, day: Period) -> _Earlier | None:
    """Return what was recorded under this id before, else the best attested visit of the day, if any."""
    stored = StoredPayload
    today = and_(col(stored.at_ms) >= day.start_ms, col(stored.at_ms) < day.end_ms)
    if grade.is_verified:
        today = and_(today, col(stored.grade) != Grade.STATED.value)
    rows = session.connection().execute(
        select(col(stored.grade), col(stored.entry_index), col(stored.id)).where(
            col(stored.visitor) == visitor,
            col(stored.listing) == listing,
            col(stored.kind) == "visit",
            or_(col(stored.id) == event_id, today),
        )
    )
    found = sorted(map(_Earlier._make, rows))
    return next((one for one in found if one.id == event_id), found[0] if found else None)
