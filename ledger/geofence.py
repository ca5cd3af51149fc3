"""Staying within a place's geofence for long enough (grade C): what a device keeps between its two positions.

The first position is exchanged for a sealed presence, bound to the visitor; the second one, at least `STAY` later and
within the fence as well, makes the visit. Neither position is kept.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.sealing import seal, unseal

#: How long somebody has to be there. Who waits for a bus before the door is gone by then.
STAY = timedelta(minutes=15)
#: After so long the first position says nothing about the second.
LATEST = timedelta(hours=4)
#: How far from the place's point one may be, metres: a large yard, and the error of a telephone between houses.
FENCE_M = 250.0
#: A place whose point may be further off has no fence, metres.
ROUGHEST_M = 200.0
_PURPOSE = "presence 1"


@dataclass(frozen=True, slots=True)
class Presence:
    """That a visitor was within the fence of a listing at a moment."""

    listing: str
    since: datetime

    def ready_at(self) -> datetime:
        """Return from when on the second position is taken."""
        return self.since + STAY


def presence_token(secret: bytes, listing: str, visitor: str, now: datetime) -> str:
    """Return what a first position is exchanged for; URL-safe."""
    message = json.dumps([int(now.timestamp()), visitor, listing], ensure_ascii=False, separators=(",", ":"))
    return seal(secret, _PURPOSE, message.encode())


def read_presence(secret: bytes, token: str, visitor: str, now: datetime) -> Presence | None:
    """Return the presence of this visitor; None for another's, one that is too old, forged or torn."""
    message = unseal(secret, _PURPOSE, token)
    if message is None:
        return None
    seconds, whose, listing = json.loads(message)
    since = datetime.fromtimestamp(seconds, UTC)
    return Presence(listing, since) if whose == visitor and since <= now <= since + LATEST else None
