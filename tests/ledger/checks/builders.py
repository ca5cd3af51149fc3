"""Builders of visits as the checks see them."""

from itertools import count
from typing import Any

import h3

from ledger.checks.findings import Noticed, SeenVisit

#: The place, a neighbour of it, the other end of the town, and somewhere forty kilometres away.
PLACE = h3.latlng_to_cell(30.55, 119.61, 8)
NEXT_DOOR = h3.latlng_to_cell(30.555, 119.615, 8)
TOWN = h3.latlng_to_cell(30.565, 119.625, 8)
FAR_AWAY = h3.latlng_to_cell(30.90, 119.70, 8)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
#: A Tuesday noon.
NOON = 1_795_492_800_000

_numbers = count()


def seen(at_ms: int = NOON, *, listing: str = "tea-house", visitor: str | None = None, **scan: Any) -> SeenVisit:
    """A visit by a visitor of its own, at the place and with a location, unless a test says otherwise."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "step": at_ms // 30_000,
        "exchange": f"exchange-{number:06d}",
        "place": PLACE,
        "asked": True,
        "cell": PLACE,
        "device": f"device-{number:06d}",
        "network": f"network-{number:06d}",
        "open": True,
    }
    return SeenVisit(number, at_ms, listing, visitor or f"visitor-{number}", Noticed(**(defaults | scan)))
