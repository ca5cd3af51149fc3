"""Reading events back: as typed events, as lines for an export, and as a count."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from ledger.events import Event, parse_event
from ledger.periods import Period
from ledger.tables import Entry, StoredPayload

#: So many rows are fetched at a time, so that an export takes constant memory.
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


def export_lines(session: Session) -> Iterator[str]:
    """Yield one JSON line for each entry: index, commitment and, unless it was erased, salt and event.

    `event` is the canonical JSON itself, so that `proof.commitment(salt, event)` gives the commitment again.
    """
    stored = StoredPayload
    wanted = (
        select(col(Entry.index), col(Entry.commitment), col(stored.salt), col(stored.body))
        .join(stored, col(stored.entry_index) == col(Entry.index), isouter=True)
        .order_by(col(Entry.index))
    )
    for index, committed, salt, body in session.connection().execute(wanted, execution_options=_STREAMED):
        line: dict[str, Any] = {"index": index, "commitment": bytes(committed).hex()}
        if body is not None:
            line |= {"salt": bytes(salt).hex(), "event": body}
        yield json.dumps(line, ensure_ascii=False)


def count_events(session: Session) -> int:
    """Return how many entries the log has, those included whose payloads were erased."""
    return int(session.connection().execute(select(func.count()).select_from(Entry)).scalar_one())
