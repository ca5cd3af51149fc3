"""Where a merchant's visitors say that they come from: coarse places, each from five visitors at least."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from ledger.disclosure import FEWEST_VISITORS
from ledger.periods import Period
from ledger.tables import StoredPayload
from ledger.weighing import VERIFIED

#: How a body that names an origin can be told in SQL, so that the others need not be read.
_HAS_ORIGIN = '%"origin":"%'


@dataclass(frozen=True, slots=True)
class Origins:
    """Visitors by the place that they say they come from, most first; `told` said so at all, None below five.

    Places of fewer than five visitors are left out.
    """

    places: tuple[tuple[str, int], ...]
    told: int | None


def origins(session: Session, listings: Collection[str], period: Period) -> Origins:
    """Return where the verified visitors of a period say that they come from."""
    visit = StoredPayload
    rows = session.connection().execute(
        select(col(visit.visitor), col(visit.body)).where(
            col(visit.kind) == "visit",
            col(visit.listing).in_(listings),
            col(visit.at_ms) >= period.start_ms,
            col(visit.at_ms) < period.end_ms,
            col(visit.grade).in_(VERIFIED),
            col(visit.body).like(_HAS_ORIGIN),
        )
    )
    from_place: dict[str, set[str]] = defaultdict(set)
    for visitor, body in rows:
        origin = json.loads(body)["payload"].get("origin")
        if origin:
            from_place[origin].add(str(visitor))
    everybody = {visitor for visitors in from_place.values() for visitor in visitors}
    enough = [(place, len(visitors)) for place, visitors in from_place.items() if len(visitors) >= FEWEST_VISITORS]
    return Origins(
        places=tuple(sorted(enough, key=lambda place: (-place[1], place[0]))),
        told=len(everybody) if len(everybody) >= FEWEST_VISITORS else None,
    )
