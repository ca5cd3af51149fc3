"""Bills of a merchant's business: attested by who issued them, in a signed feed, or stated by the merchant.

An issuer says when a bill was due, when it was paid, and between which amounts it lies, and signs that with Ed25519
(RFC 8032); the signature is kept with the bill, so that whoever has the issuer's key can verify it again. How much
exactly was paid is nobody's business here.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ledger.dates import read_day
from ledger.events import BILL_BANDS, Attester, Bill, Event
from ledger.proof import canonical_json
from ledger.proof.ed25519 import verifies

_SIGNED = ("service", "due", "paid", "band", "issuer", "reference")


def band_of(yuan: float) -> int:
    """Return in which band an amount lies: how many of `BILL_BANDS` it reaches."""
    return sum(yuan >= begins for begins in BILL_BANDS)


def attested_bill(raw: Mapping[str, Any], key: bytes, tz: ZoneInfo, today: date) -> Event:
    """Return the event of a line of an issuer's feed, whose signature it bears.

    Args:
        raw: `issuer`, `listing`, `service`, `due` and `paid` (days), `band`, `reference` and `signature`, Ed25519 in
            hexadecimal over `signed_bytes`.
        key: The issuer's public key.
        tz: Of the local day on which it was paid.
        today: In the same zone.

    Raises:
        ValueError: It is no paid bill, or the signature is not the issuer's.
    """
    if raw.get("paid") is None:
        raise ValueError("paid: this bill is not paid; send it once it is, for an unpaid one counts nothing")
    bill = Bill(
        service=raw.get("service"),
        due=_day(raw, "due"),
        paid=_day(raw, "paid"),
        band=raw.get("band", -1),
        attested_by=Attester.ISSUER,
        issuer=str(raw.get("issuer")),
        reference=raw.get("reference"),
        signature=raw.get("signature"),
    )
    if bill.paid > today:
        raise ValueError(f"paid: {bill.paid} is still to come")
    listing = raw.get("listing")
    named = f"{listing}\n{bill.issuer}\n{bill.reference}"
    event = bill_event(named, str(listing), bill, tz)
    if not is_signed(event, key):
        raise ValueError(f"the signature is not that of {bill.issuer}")
    return event


def bill_event(named: str, listing: str, bill: Bill, tz: ZoneInfo) -> Event:
    """Return the event of a bill, on the local day on which it was paid; its id follows from what it is named by."""
    event_id = f"bill-{hashlib.sha256(named.encode()).hexdigest()[:40]}"
    return Event(id=event_id, at=datetime.combine(bill.paid, time(), tz), listing=listing, payload=bill)


def signed_bytes(event: Event) -> bytes:
    """Return what an issuer signs: a line, then the canonical JSON (RFC 8785) of the bill, with days as 2026-11-24."""
    payload = event.model_dump(mode="json")["payload"]
    said = {"listing": event.listing, **{name: payload[name] for name in _SIGNED}}
    return b"baicha bill 1\n" + canonical_json(said).encode()


def is_signed(event: Event, key: bytes) -> bool:
    """Return whether a bill's event carries the signature of the issuer with this public key."""
    bill = event.payload
    if not isinstance(bill, Bill) or bill.signature is None:
        return False
    return verifies(key, signed_bytes(event), bytes.fromhex(bill.signature))


def _day(raw: Mapping[str, Any], name: str) -> date:
    try:
        return read_day(str(raw.get(name)))
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc
