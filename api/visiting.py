"""A visit at the counter: by the code that was scanned, or by the six digits typed into the browser that searched.

`api.staying` has the ways without the counter's code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from api import accounts
from api.container import Container
from api.scans import Device, scan_of
from api.visitors import Visitor, new_event_id
from index.database import reading, writing
from index.errors import Conflict
from index.listing import Listing
from ledger.append import Receipt, Status
from ledger.codes import arrival_token, check_arrival, check_digits, check_printed, check_qr
from ledger.events import Grade, Ticket
from ledger.events import Scan as NoticedScan
from ledger.visits import record_visit, stands_for_earlier


class Outcome(StrEnum):
    """What became of a visit."""

    RECORDED = "recorded"
    ALREADY = "already_recorded"
    CHOOSE = "choose"
    WRONG_CODE = "wrong_code"
    TOO_EARLY = "too_early"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """What became of a visit, where, and for `choose` the listings whose counters show the same digits just now.

    `is_verified` says of a recorded one that something other than the visitor's word attests it, `is_first` that it
    counts instead of none of the day: then its visitor was asked already.
    """

    outcome: Outcome
    listing: Listing | None = None
    candidates: tuple[Listing, ...] = ()
    receipt: Receipt | None = None
    is_verified: bool = False
    is_first: bool = True

    @property
    def answerable(self) -> str | None:
        """The id of a day's first visit that was verified just now: its visitor may say where they came from."""
        is_new = self.outcome is Outcome.RECORDED and self.is_verified and self.is_first
        return self.receipt.id if is_new and self.receipt is not None else None


@dataclass(frozen=True, slots=True)
class Scan:
    """A code that was scanned in time: where, and the token with which the visit is confirmed within ten minutes.

    A printed code is its own token, and good for ever.
    """

    listing: Listing
    arrival: str
    is_printed: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """Who visits: the visitor, which listings their device opened and when, and the client's own id of the visit."""

    visitor: Visitor
    opens: Mapping[str, Ticket]
    event_id: str | None = None


def scanned(container: Container, token: str) -> Scan | None:
    """Look up what was scanned, without recording anything: previews fetch links too. None for an old or wrong code."""
    now = container.clock()
    with reading(container.engine) as session:
        listing = _scanned_listing(session, container.secret, token, now)
        printed = open_listing(session, check_printed(container.secret, token))
    if printed is not None:
        return Scan(printed, token, is_printed=True)
    return Scan(listing, arrival_token(container.secret, listing.id, now)) if listing is not None else None


def record_scanned_visit(
    container: Container,
    token: str,
    visitor: Visitor,
    opens: Mapping[str, Ticket],
    *,
    event_id: str | None = None,
    device: Device | None = None,
) -> VisitOutcome:
    """Record a visit by a scanned code, or by the arrival token that `scanned` exchanged it for; a printed one is D.

    `opens` are the device's (`visitors.opens_of`); `event_id` is the client's own, so that a retry counts once; of the
    `device` is kept what the checks on visits need.
    """
    now = container.clock()
    with writing(container.engine) as session:
        printed = open_listing(session, check_printed(container.secret, token))
        if printed is not None:
            return record(session, container, printed, Guest(visitor, opens, event_id), now, grade=Grade.STATED)
        listing = _scanned_listing(session, container.secret, token, now)
        if listing is None:
            return VisitOutcome(Outcome.WRONG_CODE)
        scan = scan_of(session, container, listing, device, token=token, now=now) if device is not None else None
        return record(session, container, listing, Guest(visitor, opens, event_id), now, scan)


def record_typed_visit(
    container: Container,
    digits: str,
    visitor: Visitor,
    opens: Mapping[str, Ticket],
    *,
    address: str,
    listing: str | None = None,
    event_id: str | None = None,
    device: Device | None = None,
) -> VisitOutcome:
    """Record a visit by the counter's six digits; `listing` says where, when the visitor is on its page or chose it.

    Raises:
        TooManyTries: The address typed too many wrong codes.
    """
    container.limiter.before_code(address)
    now = container.clock()
    with writing(container.engine) as session:
        counters = accounts.counter_listings(session)
        asked = [listing] if listing is not None and listing in set(counters) else counters if listing is None else []
        found = [
            place
            for place in (session.get(Listing, name) for name in check_digits(container.secret, digits, asked, now))
            if place is not None and not place.closed
        ]
        if len(found) == 1:
            scan = scan_of(session, container, found[0], device, token=None, now=now) if device is not None else None
            return record(session, container, found[0], Guest(visitor, opens, event_id), now, scan)
    if found:
        return VisitOutcome(Outcome.CHOOSE, candidates=tuple(found))
    container.limiter.wrong_code(address)
    return VisitOutcome(Outcome.WRONG_CODE)


def _scanned_listing(session: Session, secret: bytes, token: str, now: datetime) -> Listing | None:
    return open_listing(session, check_qr(secret, token, now) or check_arrival(secret, token, now))


def open_listing(session: Session, name: str | None) -> Listing | None:
    """Return a listing that is not closed; None for others, and for no name."""
    listing = session.get(Listing, name) if name is not None else None
    return listing if listing is not None and not listing.closed else None


def record(
    session: Session,
    container: Container,
    listing: Listing,
    guest: Guest,
    now: datetime,
    scan: NoticedScan | None = None,
    *,
    grade: Grade = Grade.SCANNED,
) -> VisitOutcome:
    """Record a visit that was checked.

    Raises:
        Conflict: The client used its id before, for something else.
    """
    receipt = record_visit(
        session,
        event_id=guest.event_id or new_event_id(),
        listing=listing.id,
        visitor=guest.visitor.id,
        ticket=guest.opens.get(listing.id),
        grade=grade,
        now=now,
        tz=container.settings.tz,
        consent=guest.visitor.consent,
        scan=scan,
    )
    if receipt.status is Status.REJECTED:
        raise Conflict(receipt.reason or "this visit contradicts what is recorded")
    outcome = Outcome.RECORDED if receipt.status is Status.RECORDED else Outcome.ALREADY
    is_first = receipt.index is None or not stands_for_earlier(session, receipt.index)
    return VisitOutcome(outcome, listing, receipt=receipt, is_verified=grade.is_verified, is_first=is_first)
