"""The hold-out: a few results are withheld at random, so that what being shown causes can be measured.

Each visitor x listing x window gets its arm from a keyed hash: drawn once, the same whenever it is asked for, known to
nobody without the secret, and independent of the words, the score and everything else.
"""

import hmac
from datetime import date

#: Bytes of the hash that are read as a number in [0, 1).
_BYTES = 8


def hold_out(secret: bytes, visitor: str, listing: str, window: int, *, share: float = 0.05) -> bool:
    """Return whether a listing is withheld from a visitor for a window; true for `share` of all triples.

    Args:
        secret: Keeps anybody from knowing or steering the draw.
        visitor: The pseudonymous id.
        listing: The listing's id.
        window: Which window of days (`window_of`).
        share: The probability of being withheld, from 0 to 1.
    """
    message = b"\x00".join((b"hold-out 1", visitor.encode(), listing.encode(), str(window).encode()))
    drawn = int.from_bytes(hmac.digest(secret, message, "sha256")[:_BYTES])
    return drawn < share * float(1 << 8 * _BYTES)


def window_of(day: date, days: int) -> int:
    """Return the number of the window of so many days that a local day lies in."""
    return day.toordinal() // days
