"""Reading events back: as typed events, and as a count."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from ledger.events import Event, parse_event
from ledger.periods import Period
from ledger.tables import Entry, StoredPayload

#: So many rows are fetched at a time, so that a long log takes constant memory.
_STREAMED = {"yield_per": 1_000}


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event and its place in the log."""

    index: int
    event: Event


def events_of(
    session: Session,
    listings: Collection[str] | None = None,
    period: Period | None = None,
    kinds: Collection[str] | None = None,
) -> Iterator[LoggedEvent]:
    """Yield events in the order of the log; None asks for all listings, all times or all kinds."""
    stored = StoredPayload
    wanted = select(col(stored.entry_index), col(stored.body)).order_by(col(stored.entry_index))
    if listings is not None:
        wanted = wanted.where(col(stored.listing).in_(listings))
    if period is not None:
        wanted = wanted.where(col(stored.at_ms) >= period.start_ms, col(stored.at_ms) < period.end_ms)
    if kinds is not None:
        wanted = wanted.where(col(stored.kind).in_(kinds))
    rows = session.connection().execute(wanted, execution_options=_STREAMED)
    for index, body in rows:
        yield LoggedEvent(index, parse_event(json.loads(body)))


def count_events(session: Session) -> int:
    """Return how many entries the log has, those included whose payloads were erased."""
    return int(session.connection().execute(select(func.count()).select_from(Entry)).scalar_one())


def has_event(session: Session, event_id: str) -> bool:
    """Return whether an event of this id is in the log, and not erased."""
    wanted = select(col(StoredPayload.entry_index)).where(col(StoredPayload.id) == event_id)
    return session.connection().execute(wanted).first() is not None


def event_at(session: Session, index: int) -> datetime | None:
    """Return when the event at a place in the log happened; None where there is none, or its payload was erased."""
    wanted = select(col(StoredPayload.at_ms)).where(col(StoredPayload.entry_index) == index)
    at_ms = session.connection().execute(wanted).scalar()
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1_000, UTC)
