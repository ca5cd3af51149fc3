"""Visits without the counter's code: staying within the place's geofence (grade C), and the visitor's word (D)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.container import Container
from api.scans import Device, scan_of
from api.visiting import Guest, Outcome, VisitOutcome, open_listing, record
from api.visitors import Visitor
from index.database import reading, writing
from index.errors import NotFound, UsageError
from index.geodesy import distances_m
from index.listing import Listing
from ledger.events import Grade, Ticket
from ledger.geofence import FENCE_M, ROUGHEST_M, STAY, presence_token, read_presence


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay within a place's geofence: where, what the device keeps, and from when on its second position is taken."""

    listing: Listing
    token: str
    ready_at: datetime


def begin_stay(
    container: Container, listing: str, visitor: Visitor, position: tuple[float, float] | None
) -> Stay | None:
    """Exchange a first position for a stay; None when it is not within the place's fence, or there is none.

    Raises:
        NotFound: There is no such listing, or it is closed.
        UsageError: Where the place is is known too roughly for a fence.
    """
    now = container.clock()
    with reading(container.engine) as session:
        place = open_listing(session, listing)
    if place is None:
        raise NotFound("open listing", listing)
    if not _within_fence(place, position):
        return None
    return Stay(place, presence_token(container.secret, place.id, visitor.id, now), now + STAY)


def stay_of(container: Container, token: str, visitor: Visitor) -> Stay | None:
    """Return the stay of a token; None for another visitor's, one that is too old or forged."""
    presence = read_presence(container.secret, token, visitor.id, container.clock())
    if presence is None:
        return None
    with reading(container.engine) as session:
        place = open_listing(session, presence.listing)
    return Stay(place, token, presence.ready_at()) if place is not None else None


def record_stay(
    container: Container,
    token: str,
    visitor: Visitor,
    opens: Mapping[str, Ticket],
    *,
    device: Device,
    event_id: str | None = None,
) -> VisitOutcome:
    """Record a visit (grade C) by a second position within the fence, a quarter of an hour or more after the first."""
    stay, now = stay_of(container, token, visitor), container.clock()
    if stay is None:
        return VisitOutcome(Outcome.WRONG_CODE)
    if now < stay.ready_at:
        return VisitOutcome(Outcome.TOO_EARLY, stay.listing)
    if not _within_fence(stay.listing, device.position):
        return VisitOutcome(Outcome.AWAY, stay.listing)
    with writing(container.engine) as session:
        scan = scan_of(session, container, stay.listing, device, token=None, now=now)
        # No code was read: a step would put the visit among those that share one.
        scan = scan.model_copy(update={"step": None})
        guest = Guest(visitor, opens, event_id)
        return record(session, container, stay.listing, guest, now, scan, grade=Grade.GEOFENCED)


def record_stated_visit(
    container: Container, listing: str, visitor: Visitor, opens: Mapping[str, Ticket], *, event_id: str | None = None
) -> VisitOutcome:
    """Record that a visitor says to be there (grade D), which is counted apart.

    Raises:
        NotFound: There is no such listing, or it is closed.
    """
    with writing(container.engine) as session:
        place = open_listing(session, listing)
        if place is None:
            raise NotFound("open listing", listing)
        guest = Guest(visitor, opens, event_id)
        return record(session, container, place, guest, container.clock(), grade=Grade.STATED)


def _within_fence(listing: Listing, position: tuple[float, float] | None) -> bool:
    accuracy_m = listing.coordinates_accuracy_m or 0.0
    if listing.lat is None or listing.lon is None or accuracy_m > ROUGHEST_M:
        raise UsageError("where this place is is known only roughly; use its counter's code, or say that you are there")
    if position is None:
        return False
    return float(distances_m(*position, [listing.lat], [listing.lon])[0]) <= FENCE_M + accuracy_m
