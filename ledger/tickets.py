"""Tickets: which listings a device opened and when, sealed by the server and kept by the device.

A visit presents the ticket, so that it can be called referred without a lasting id of the visitor.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ledger.attribution import WINDOW
from ledger.sealing import seal as seal_bytes
from ledger.sealing import unseal as unseal_bytes

#: Opens that a device keeps, the latest ones.
MAX_OPENS = 30
#: A cookie may have 4,096 bytes with its name and attributes (RFC 6265 section 6.1).
MAX_CHARACTERS = 3_500
#: How far the clocks of two servers may differ.
_SKEW = timedelta(minutes=1)
_PURPOSE = "ticket 1"


def seal(secret: bytes, opens: Mapping[str, datetime]) -> str:
    """Return the opens (listing → time) as one cookie-safe text; the oldest are left out when there are too many."""
    latest = sorted(opens.items(), key=lambda item: (item[1], item[0]), reverse=True)[:MAX_OPENS]
    while True:
        seconds = {listing: int(opened_at.timestamp()) for listing, opened_at in latest}
        sealed = seal_bytes(secret, _PURPOSE, json.dumps(seconds, ensure_ascii=False, separators=(",", ":")).encode())
        if len(sealed) <= MAX_CHARACTERS or not latest:
            return sealed
        latest.pop()


def unseal(secret: bytes, sealed: str, now: datetime) -> dict[str, datetime]:
    """Return listing → time of its latest open within the attribution window; empty when torn, forged or missing."""
    message = unseal_bytes(secret, _PURPOSE, sealed)
    if message is None:
        return {}
    opens = {listing: datetime.fromtimestamp(seconds, UTC) for listing, seconds in json.loads(message).items()}
    return {listing: at for listing, at in opens.items() if now - WINDOW <= at <= now + _SKEW}


def with_open(opens: Mapping[str, datetime], listing: str, now: datetime) -> dict[str, datetime]:
    """Return the opens with one more."""
    return {**opens, listing: now}
