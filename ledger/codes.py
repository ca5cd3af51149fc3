"""The counter's rotating code: a QR token and six digits for each listing and each step of thirty seconds.

A photograph of the code is worthless a minute later. Scanning grants an arrival: ten minutes to read what is kept, and
to agree, on a slow network.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ledger.sealing import keyed, seal, unseal

#: How long a code is shown.
STEP = timedelta(seconds=30)
#: Steps after its own in which a code is still taken.
GRACE_STEPS = 1
#: How long a scan may wait for its visitor's consent.
ARRIVAL = timedelta(minutes=10)
#: How many digits the counter shows beside the QR code.
DIGITS = 6
_QR, _SIX_DIGITS, _ARRIVAL = "counter qr 1", "counter digits 1", "arrival 1"
_PRINTED = "printed qr 1"
_NUMBER_BYTES = 8


def qr_token(secret: bytes, listing: str, now: datetime) -> str:
    """Return what the QR code says now: listing and step, sealed; URL-safe."""
    return seal(secret, _QR, _numbered(_step(now), listing))


def check_qr(secret: bytes, token: str, now: datetime) -> str | None:
    """Return the listing whose code this is or was a step ago; None for an old, foreign or malformed one."""
    message = unseal(secret, _QR, token)
    if message is None:
        return None
    step, listing = _parsed(message)
    return listing if _in_force(step, now) else None


def arrival_token(secret: bytes, listing: str, now: datetime) -> str:
    """Return what a fresh scan is exchanged for: the listing, good for `ARRIVAL`."""
    return seal(secret, _ARRIVAL, _numbered(int(now.timestamp()), listing))


def check_arrival(secret: bytes, token: str, now: datetime) -> str | None:
    """Return the listing that was scanned at most `ARRIVAL` ago; None otherwise."""
    message = unseal(secret, _ARRIVAL, token)
    if message is None:
        return None
    scanned_at, listing = _parsed(message)
    age = int(now.timestamp()) - scanned_at
    return listing if 0 <= age <= ARRIVAL.total_seconds() else None


def printed_token(secret: bytes, listing: str) -> str:
    """Return what a printed code says: the listing, sealed. It never changes, so that it attests no more than words."""
    return seal(secret, _PRINTED, listing.encode())


def check_printed(secret: bytes, token: str) -> str | None:
    """Return the listing of a printed code; None for a foreign or malformed one."""
    message = unseal(secret, _PRINTED, token)
    return message.decode() if message is not None else None


def read_at(secret: bytes, token: str) -> datetime | None:
    """Return when a code was read at the counter, to its step for a QR code, to the second for an arrival."""
    for purpose, length_s in ((_QR, int(STEP.total_seconds())), (_ARRIVAL, 1)):
        message = unseal(secret, purpose, token)
        if message is not None:
            return datetime.fromtimestamp(_parsed(message)[0] * length_s, UTC)
    return None


def step_of(at: datetime) -> int:
    """Return the number of the step that a moment lies in."""
    return _step(at)


def six_digits(secret: bytes, listing: str, now: datetime) -> str:
    """Return the digits that the counter shows now, for who searched in another browser."""
    return _digits_at(secret, listing, _step(now))


def check_digits(secret: bytes, digits: str, listings: Iterable[str], now: datetime) -> list[str]:
    """Return the listings that show these digits now or did a step ago; by chance there may be several.

    A guess hits some listing with a probability of about two in a million for each, so that tries must be counted.
    """
    typed = "".join(char for char in unicodedata.normalize("NFKC", digits) if char not in " -\t")
    if len(typed) != DIGITS or not typed.isdecimal():
        return []
    steps = [_step(now) - back for back in range(GRACE_STEPS + 1)]
    return [name for name in listings if any(_digits_at(secret, name, step) == typed for step in steps)]


def seconds_left(now: datetime) -> int:
    """Return how long the present code will still be shown, 1 to 30 seconds."""
    length = int(STEP.total_seconds())
    return length - int(now.timestamp()) % length


def _step(now: datetime) -> int:
    return int(now.timestamp()) // int(STEP.total_seconds())


def _in_force(step: int, now: datetime) -> bool:
    return 0 <= _step(now) - step <= GRACE_STEPS


def _digits_at(secret: bytes, listing: str, step: int) -> str:
    """Truncate as HOTP does (RFC 4226 section 5.3), over SHA-256 as RFC 6238 section 1.2 allows."""
    mac = keyed(secret, _SIX_DIGITS, _numbered(step, listing))
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def _numbered(number: int, listing: str) -> bytes:
    return number.to_bytes(_NUMBER_BYTES) + listing.encode()


def _parsed(message: bytes) -> tuple[int, str]:
    return int.from_bytes(message[:_NUMBER_BYTES]), message[_NUMBER_BYTES:].decode()
