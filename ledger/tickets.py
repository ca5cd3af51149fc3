"""Tickets: which listings a device opened, when and in which arm, sealed by the server and kept by the device.

A visit presents the ticket, so that it can be called referred without a lasting id of the visitor.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ledger.attribution import WINDOW
from ledger.events import Arm, Ticket
from ledger.periods import Period, moment
from ledger.sealing import seal as seal_bytes
from ledger.sealing import unseal as unseal_bytes

#: Opens that a device keeps, the latest ones.
MAX_OPENS = 30
#: A cookie may have 4,096 bytes with its name and attributes (RFC 6265 section 6.1).
MAX_CHARACTERS = 3_500
#: How far the clocks of two servers may differ.
_SKEW = timedelta(minutes=1)
_PURPOSE = "ticket 2"
#: How an arm is written on the device.
_LETTERS: dict[Arm | None, str] = {None: "", Arm.SHOWN: "s", Arm.WITHHELD: "w"}
_ARMS = {letter: arm for arm, letter in _LETTERS.items()}


def seal(secret: bytes, opens: Mapping[str, Ticket]) -> str:
    """Return the opens (listing → ticket) as one cookie-safe text; the oldest are left out when there are too many."""
    latest = sorted(opens.items(), key=lambda item: (item[1].opened_at, item[0]), reverse=True)[:MAX_OPENS]
    while True:
        kept = {listing: [int(ticket.opened_at.timestamp()), _LETTERS[ticket.arm]] for listing, ticket in latest}
        sealed = seal_bytes(secret, _PURPOSE, json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
        if len(sealed) <= MAX_CHARACTERS or not latest:
            return sealed
        latest.pop()


def unseal(secret: bytes, sealed: str, now: datetime) -> dict[str, Ticket]:
    """Return listing → ticket of its latest open within the attribution window; empty when torn, forged or missing."""
    message = unseal_bytes(secret, _PURPOSE, sealed)
    if message is None:
        return {}
    opens = {
        listing: Ticket(opened_at=datetime.fromtimestamp(seconds, UTC), arm=_ARMS[letter])
        for listing, (seconds, letter) in json.loads(message).items()
    }
    return {listing: ticket for listing, ticket in opens.items() if now - WINDOW <= ticket.opened_at <= now + _SKEW}


def as_logged(ticket: Ticket, now: datetime, tz: ZoneInfo) -> Ticket:
    """Return what a visit under a day's id logs of a ticket: of an earlier day, the day alone, as its last second.

    With the second, the visit could be connected with the open, and so with another day's id.
    """
    opened_on = Period.day_of(ticket.opened_at, tz)
    if opened_on.first == Period.day_of(now, tz).first:
        return ticket
    return ticket.model_copy(update={"opened_at": moment(opened_on.end_ms - 1_000, tz)})
