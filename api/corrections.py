"""What visitors report as wrong or closed, until a person has decided."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from api.accounts import CorrectionDecision
from index.errors import Conflict, NotFound
from index.listing import Listing
from ledger.events import Correction
from ledger.reading import events_of


class Decision(StrEnum):
    """What was done about a correction."""

    CLOSED = "closed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class OpenCorrection:
    """A report that nobody has decided on yet."""

    id: str
    listing_id: str
    listing_name: str | None
    at: datetime
    what: str
    note: str


def open_corrections(session: Session) -> list[OpenCorrection]:
    """Return the undecided reports, oldest first."""
    decided = set(session.exec(select(CorrectionDecision.event_id)))
    found = []
    for logged in events_of(session, kinds=["correction"]):
        event = logged.event
        if event.id in decided or event.listing is None or not isinstance(event.payload, Correction):
            continue
        listing = session.get(Listing, event.listing)
        name = listing.name if listing is not None else None
        found.append(OpenCorrection(event.id, event.listing, name, event.at, event.payload.what, event.payload.note))
    return found


def decide_correction(session: Session, event_id: str, decision: Decision, *, by: str, now: datetime) -> None:
    """Close the listing that a report is about, or dismiss the report.

    Raises:
        NotFound: There is no such report.
        Conflict: It was decided before.
    """
    if session.get(CorrectionDecision, event_id) is not None:
        raise Conflict(f"correction {event_id} was decided before")
    correction = next((one for one in open_corrections(session) if one.id == event_id), None)
    if correction is None:
        raise NotFound("correction", event_id)
    if decision is Decision.CLOSED:
        set_closed(session, correction.listing_id, closed=True)
    session.add(CorrectionDecision(event_id=event_id, decision=decision, decided_at=now, decided_by=by[:100]))
    session.flush()


def set_closed(session: Session, listing_id: str, *, closed: bool) -> Listing:
    """Close a listing, which hides it from the next search on, or open it again, which the next search shows.

    Raises:
        NotFound: There is no such listing.
    """
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise NotFound("listing", listing_id)
    listing.closed = closed
    session.add(listing)
    session.flush()
    return listing
