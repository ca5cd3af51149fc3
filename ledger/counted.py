"""Which entries of the log a figure was counted from, newest first: what can be proved to be in it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, exists, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from ledger.events import Attester, Grade
from ledger.periods import Period
from ledger.proof.tree import leaf_hash
from ledger.tables import Entry, StoredPayload
from ledger.weighing import PAID_WITHIN_MS, VERIFIED, WeighedVisit
from ledger.withdrawals import withdrawn_payments

#: So many entries are named to the database at a time.
_AT_A_TIME = 500


class NotCounted(StrEnum):
    """Why an entry of a figure's kind is not counted in it."""

    STATED = "stated"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CountedEntry:
    """An entry of the log by its place and its event's id; `leaf` is its leaf's hash in the tree, hexadecimal."""

    index: int
    event_id: str
    at_ms: int
    kind: str
    leaf: str
    made_up: bool
    why_not: NotCounted | None = None


def counted_entries(
    session: Session,
    listings: Collection[str],
    period: Period,
    kind: str,
    *,
    before: int | None = None,
    limit: int = 50,
    known: bool = False,
    since_ms: int | None = None,
) -> list[CountedEntry]:
    """Return entries of one kind; those with an index below `before`, when it is given.

    Of visits those are told that do not count: what visitors only state, and of a visitor's day all but the best
    attested; of payments those that were withdrawn. `known` leaves out those of no visitor, which searches are not read
    from, `since_ms` (since 1970 UTC) those before it.
    """
    stored = StoredPayload
    is_replaced = case((_is_replaced(stored), 1), else_=0) if kind == "visit" else literal(0)
    wanted = _entries(col(stored.grade), is_replaced).where(
        col(stored.listing).in_(listings),
        col(stored.kind) == kind,
        col(stored.at_ms) >= max(period.start_ms, since_ms or 0),
        col(stored.at_ms) < period.end_ms,
    )
    if known:
        wanted = wanted.where(col(stored.visitor).is_not(None))
    if before is not None:
        wanted = wanted.where(col(stored.entry_index) < before)
    rows = session.connection().execute(wanted.order_by(col(stored.entry_index).desc()).limit(limit)).all()
    withdrawn = withdrawn_payments(session, listings, period) if kind == "payment" else {}
    return [
        CountedEntry(
            index,
            event_id,
            at_ms,
            of_kind,
            _leaf(commitment),
            bool(made_up),
            NotCounted.WITHDRAWN if index in withdrawn else _why_not(kind, grade, replaced),
        )
        for index, event_id, at_ms, of_kind, made_up, commitment, grade, replaced in rows
    ]


def entries_at(session: Session, indices: Collection[int]) -> list[CountedEntry]:
    """Return the entries at these places, newest first; those that were erased are left out."""
    stored, found, asked = StoredPayload, [], sorted(indices, reverse=True)
    for start in range(0, len(asked), _AT_A_TIME):
        rows = session.connection().execute(
            _entries()
            .where(col(stored.entry_index).in_(asked[start : start + _AT_A_TIME]))
            .order_by(col(stored.entry_index).desc())
        )
        found += [
            CountedEntry(index, event_id, at_ms, kind, _leaf(commitment), bool(made_up))
            for index, event_id, at_ms, kind, made_up, commitment in rows
        ]
    return found


def reporting_entries(session: Session, listings: Collection[str], period: Period) -> list[int]:
    """Return the places of what visitors reported in a period: that a listing is closed, or its hours wrong."""
    said = StoredPayload
    rows = session.connection().execute(
        select(col(said.entry_index), col(said.body)).where(
            col(said.kind) == "correction",
            col(said.listing).in_(listings),
            col(said.at_ms) >= period.start_ms,
            col(said.at_ms) < period.end_ms,
        )
    )
    return [index for index, body in rows if json.loads(body)["payload"]["what"] in {"closed", "wrong_hours"}]


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


def _entries(*more: Any) -> Any:
    stored = StoredPayload
    columns = (stored.entry_index, stored.id, stored.at_ms, stored.kind, stored.made_up)
    return select(*map(col, columns), col(Entry.commitment), *more).join(
        Entry, col(Entry.index) == col(stored.entry_index)
    )


def _leaf(commitment: bytes) -> str:
    return leaf_hash(bytes(commitment)).hex()


def _why_not(kind: str, grade: str | None, replaced: int) -> NotCounted | None:
    if kind != "visit":
        return None
    if grade not in VERIFIED:
        return NotCounted.STATED
    return NotCounted.REPLACED if replaced else None


def _is_replaced(visit: type[StoredPayload]) -> ColumnElement[bool]:
    """Return the condition that a better attested visit of the same day stands for this one."""
    better = aliased(StoredPayload)
    return exists().where(
        col(better.visitor) == col(visit.visitor),
        col(better.listing) == col(visit.listing),
        col(better.kind) == "visit",
        col(better.body).contains(literal('"instead_of":"') + col(visit.id) + literal('"')),
    )
