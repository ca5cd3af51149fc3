"""Which entries of the log a figure was counted from, newest first: what can be proved to be in it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from ledger.periods import Period
from ledger.tables import StoredPayload
from ledger.weighing import VERIFIED


@dataclass(frozen=True, slots=True)
class CountedEntry:
    """An entry of the log by its place and its event's id."""

    index: int
    event_id: str
    at_ms: int


def counted_entries(
    session: Session,
    listings: Collection[str],
    period: Period,
    kind: str,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[CountedEntry]:
    """Return entries of one kind, of visits the verified ones; those with an index below `before`, when it is given."""
    stored = StoredPayload
    wanted = select(col(stored.entry_index), col(stored.id), col(stored.at_ms)).where(
        col(stored.listing).in_(listings),
        col(stored.kind) == kind,
        col(stored.at_ms) >= period.start_ms,
        col(stored.at_ms) < period.end_ms,
    )
    if kind == "visit":
        wanted = wanted.where(col(stored.grade).in_(VERIFIED))
    if before is not None:
        wanted = wanted.where(col(stored.entry_index) < before)
    rows = session.connection().execute(wanted.order_by(col(stored.entry_index).desc()).limit(limit))
    return [CountedEntry(index, event_id, at_ms) for index, event_id, at_ms in rows]
