"""Which entries of the log a figure was counted from, newest first: what can be proved to be in it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from ledger.events import Attester, Grade
from ledger.periods import Period
from ledger.tables import StoredPayload
from ledger.weighing import PAID_WITHIN_MS, VERIFIED, WeighedVisit

#: So many entries are named to the database at a time.
_AT_A_TIME = 500


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
    """Return entries of one kind; those with an index below `before`, when it is given.

    Of visits they are the verified ones, of a visitor's day the best attested.
    """
    stored = StoredPayload
    wanted = select(col(stored.entry_index), col(stored.id), col(stored.at_ms)).where(
        col(stored.listing).in_(listings),
        col(stored.kind) == kind,
        col(stored.at_ms) >= period.start_ms,
        col(stored.at_ms) < period.end_ms,
    )
    if kind == "visit":
        wanted = wanted.where(col(stored.grade).in_(VERIFIED), ~_is_replaced(stored))
    if before is not None:
        wanted = wanted.where(col(stored.entry_index) < before)
    rows = session.connection().execute(wanted.order_by(col(stored.entry_index).desc()).limit(limit))
    return [CountedEntry(index, event_id, at_ms) for index, event_id, at_ms in rows]


def _is_replaced(visit: type[StoredPayload]) -> ColumnElement[bool]:
    """Return the condition that a better attested visit of the same day stands for this one."""
    better = aliased(StoredPayload)
    return exists().where(
        col(better.visitor) == col(visit.visitor),
        col(better.listing) == col(visit.listing),
        col(better.kind) == "visit",
        col(better.body).contains(literal('"instead_of":"') + col(visit.id) + literal('"')),
    )


def entries_at(session: Session, indices: Collection[int]) -> list[CountedEntry]:
    """Return the entries at these places; those that were erased are left out."""
    stored, found, asked = StoredPayload, [], sorted(indices, reverse=True)
    for start in range(0, len(asked), _AT_A_TIME):
        rows = session.connection().execute(
            select(col(stored.entry_index), col(stored.id), col(stored.at_ms))
            .where(col(stored.entry_index).in_(asked[start : start + _AT_A_TIME]))
            .order_by(col(stored.entry_index).desc())
        )
        found += [CountedEntry(index, event_id, at_ms) for index, event_id, at_ms in rows]
    return found


def attesting_payments(session: Session, visits: Sequence[WeighedVisit]) -> list[int]:
    """Return the places of the payments by which their issuers lift these visits to grade A."""
    paid = [visit for visit in visits if visit.grade is Grade.PAID]
    if not paid:
        return []
    ids = {entry.event_id for entry in entries_at(session, [visit.index for visit in paid])}
    stored, times = StoredPayload, [visit.at_ms for visit in paid]
    rows = session.connection().execute(
        select(col(stored.entry_index), col(stored.body)).where(
            col(stored.kind) == "payment",
            col(stored.listing).in_({visit.listing for visit in paid}),
            col(stored.at_ms).between(min(times) - PAID_WITHIN_MS, max(times) + PAID_WITHIN_MS),
        )
    )
    read = ((index, json.loads(body)["payload"]) for index, body in rows)
    return [
        index
        for index, payload in read
        if payload["attested_by"] == Attester.ISSUER.value and payload.get("visit") in ids
    ]
