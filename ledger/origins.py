"""Where a merchant's visitors say that they come from: asked after a visit, coarse, told from five visitors on."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from index.errors import NotFound
from ledger.append import Receipt, Status, append, take_turn
from ledger.disclosure import FEWEST_VISITORS
from ledger.events import Consent, Event, Origin
from ledger.periods import Period, milliseconds
from ledger.tables import BETTER_ATTESTED, StoredPayload
from ledger.weighing import VERIFIED

#: The code of the county itself: who names it is not from outside.
COUNTY = "county"
#: For so long after a visit its visitor may say where they came from.
ASKED_WITHIN = timedelta(days=1)
_ASKED_WITHIN_MS = ASKED_WITHIN // timedelta(milliseconds=1)
#: How a visit's body that names an origin, as those of earlier versions may, can be told in SQL.
_HAS_ORIGIN = '%"origin":"%'
#: So many visits are named to the database at a time.
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Origins:
    """Visitors by the place that they say they come from, most first; `told` said so at all, None below five.

    Places are codes. Those of fewer than five visitors are left out.
    """

    places: tuple[tuple[str, int], ...]
    told: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor said of a verified visit, which is named by its place in the log."""

    index: int
    visitor: str
    place: str


def record_origin(
    session: Session, *, visit: str, visitor: str, place: str, consent: Consent, now: datetime
) -> Receipt:
    """Record where a visitor came from on the day of a visit; the first answer for a visit holds.

    It is an event of its own, under the visitor's id, so that who asks to be forgotten takes it along.

    Args:
        session: One of `index.database.writing`, which also commits.
        visit: The id of the visit's event.
        visitor: Who answers.
        place: A code.
        consent: How long the visitor's id lasts.
        now: The service's clock.

    Raises:
        NotFound: This visitor has made no verified visit of that id within the last day.
    """
    take_turn(session)
    listing = _asked_about(session, visit, visitor, now)
    if listing is None:
        raise NotFound("visit of yours within the last day", visit)
    event_id = origin_id(visit)
    stored = StoredPayload
    said = session.connection().execute(select(col(stored.entry_index)).where(col(stored.id) == event_id)).scalar()
    if said is not None:
        return Receipt(event_id, Status.DUPLICATE, said, "already answered")
    payload = Origin(visit=visit, place=place)
    event = Event(id=event_id, at=now, listing=listing, visitor=visitor, consent=consent, payload=payload)
    return append(session, [event], now=now, trusted=True)[0]


def origin_id(visit: str) -> str:
    """Return the id of the answer about a visit, which follows from the visit's own: there is one answer."""
    return f"origin-{hashlib.sha256(visit.encode()).hexdigest()[:40]}"


def origins(session: Session, listings: Collection[str], period: Period) -> Origins:
    """Return where the verified visitors of a period say that they come from."""
    from_place: dict[str, set[str]] = defaultdict(set)
    for answer in answers(session, listings, period.start_ms, period.end_ms):
        from_place[answer.place].add(answer.visitor)
    everybody = {visitor for visitors in from_place.values() for visitor in visitors}
    enough = [(place, len(visitors)) for place, visitors in from_place.items() if len(visitors) >= FEWEST_VISITORS]
    return Origins(
        places=tuple(sorted(enough, key=lambda place: (-place[1], place[0]))),
        told=len(everybody) if len(everybody) >= FEWEST_VISITORS else None,
    )


def answers(session: Session, listings: Collection[str], start_ms: int, end_ms: int) -> list[Answer]:
    """Return what was said about the verified visits from `start_ms` up to, but not including, `end_ms`.

    An answer about a visit instead of which a better attested one of the day counts is one about that.
    """
    return [*_said_with(session, listings, start_ms, end_ms), *_said_after(session, listings, start_ms, end_ms)]


def _asked_about(session: Session, visit: str, visitor: str, now: datetime) -> str | None:
    """Return where a visitor's own verified visit of the last day was; None for any other."""
    stored = StoredPayload
    listing: str | None = (
        session.connection()
        .execute(
            select(col(stored.listing)).where(
                col(stored.id) == visit,
                col(stored.kind) == "visit",
                col(stored.visitor) == visitor,
                col(stored.grade).in_(VERIFIED),
                col(stored.at_ms) >= milliseconds(now - ASKED_WITHIN),
            )
        )
        .scalar()
    )
    return listing


def _said_with(session: Session, listings: Collection[str], start_ms: int, end_ms: int) -> Iterator[Answer]:
    visit = StoredPayload
    rows = session.connection().execute(
        select(col(visit.entry_index), col(visit.visitor), col(visit.body)).where(
            col(visit.kind) == "visit",
            col(visit.listing).in_(listings),
            col(visit.at_ms) >= start_ms,
            col(visit.at_ms) < end_ms,
            col(visit.grade).in_(VERIFIED),
            col(visit.body).like(_HAS_ORIGIN),
        )
    )
    for index, visitor, body in rows:
        place = json.loads(body)["payload"].get("origin")
        if place:
            yield Answer(index, str(visitor), place)


def _said_after(session: Session, listings: Collection[str], start_ms: int, end_ms: int) -> Iterator[Answer]:
    said = StoredPayload
    rows = session.connection().execute(
        select(col(said.visitor), col(said.listing), col(said.body))
        .where(
            col(said.kind) == "origin",
            col(said.listing).in_(listings),
            col(said.at_ms) >= start_ms,
            col(said.at_ms) < end_ms + _ASKED_WITHIN_MS,
        )
        .order_by(col(said.entry_index))
    )
    place_of: dict[tuple[str, str, str], str] = {}
    for visitor, listing, body in rows:
        payload = json.loads(body)["payload"]
        place_of.setdefault((payload["visit"], str(visitor), str(listing)), payload["place"])
    names = sorted({name for name, _, _ in place_of})
    better = _better_attested(session, listings, start_ms, end_ms) if names else {}
    told: set[int] = set()
    for start in range(0, len(names), _AT_A_TIME):
        for row in _visits(session, names[start : start + _AT_A_TIME], start_ms, end_ms):
            # Whoever wrote the event, only a visit's own visitor can say something about it.
            place = place_of.get((row.id, row.visitor, row.listing))
            index = better.get((row.id, row.visitor, row.listing), row.entry_index)
            if place is not None and index not in told:
                told.add(index)
                yield Answer(index, row.visitor, place)


def _better_attested(
    session: Session, listings: Collection[str], start_ms: int, end_ms: int
) -> dict[tuple[str, str, str], int]:
    """Return which visit counts instead of an earlier one of its day, by the earlier one's id, visitor and listing."""
    visit = StoredPayload
    rows = session.connection().execute(
        select(col(visit.entry_index), col(visit.visitor), col(visit.listing), col(visit.body)).where(
            col(visit.kind) == "visit",
            col(visit.listing).in_(listings),
            col(visit.at_ms) >= start_ms,
            col(visit.at_ms) < end_ms,
            col(visit.grade).in_(VERIFIED),
            col(visit.body).like(BETTER_ATTESTED),
        )
    )
    return {
        (json.loads(body)["payload"].get("instead_of"), str(visitor), str(where)): index
        for index, visitor, where, body in rows
    }


def _visits(session: Session, names: Sequence[str], start_ms: int, end_ms: int) -> Sequence[Any]:
    visit = StoredPayload
    return (
        session.connection()
        .execute(
            select(col(visit.entry_index), col(visit.id), col(visit.visitor), col(visit.listing)).where(
                col(visit.id).in_(names),
                (col(visit.kind) + "") == "visit",
                (col(visit.at_ms) + 0).between(start_ms, end_ms - 1),
                (col(visit.grade) + "").in_(VERIFIED),
            )
        )
        .all()
    )
