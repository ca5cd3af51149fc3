"""Payments and bills that a person decided to take out of every sum, or that who had stated them took back."""

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import select
from sqlmodel import Session, col

from ledger.periods import Period
from ledger.tables import StoredPayload

#: So many listings are named to the database; of more, everything is read and sorted out here.
FEW_LISTINGS = 500
_AT_A_TIME = 500


def withdrawn_inputs(session: Session, listings: Collection[str]) -> set[int]:
    """Return the payments and bills that were withdrawn, and which no later decision brought back."""
    at = {payload["input_index"]: index for index, _, _, payload in payloads_of(session, "withdrawal", listings)}
    if not at:
        return set()
    for index, _, _, payload in payloads_of(session, "decision", listings):
        if index > at.get(payload["visit_index"], index):
            del at[payload["visit_index"]]
    return set(at)


def withdrawn_payments(session: Session, listings: Collection[str], period: Period) -> dict[int, int]:
    """Return the payments of a period that are withdrawn, by their places in the log, and when each was paid.

    Times are milliseconds since 1970 UTC.
    """
    withdrawn, stored = sorted(withdrawn_inputs(session, listings)), StoredPayload
    found: dict[int, int] = {}
    for start in range(0, len(withdrawn), _AT_A_TIME):
        wanted = select(col(stored.entry_index), col(stored.at_ms)).where(
            col(stored.entry_index).in_(withdrawn[start : start + _AT_A_TIME]),
            (col(stored.kind) + "") == "payment",
            (col(stored.at_ms) + 0).between(period.start_ms, period.end_ms - 1),
        )
        found |= {row.entry_index: row.at_ms for row in session.connection().execute(wanted)}
    return found


def payloads_of(
    session: Session, kind: str, listings: Collection[str | None], between: tuple[int, int] | None = None
) -> list[tuple[int, int, str, dict[str, Any]]]:
    """Return place, time, listing and payload of the listings' events of a kind, in the order of the log."""
    stored = StoredPayload
    wanted = select(col(stored.entry_index), col(stored.at_ms), col(stored.listing), col(stored.body)).where(
        col(stored.kind) == kind
    )
    if between is not None:
        wanted = wanted.where(col(stored.at_ms).between(*between))
    if len(listings) <= FEW_LISTINGS:
        wanted = wanted.where(col(stored.listing).in_(listings))
    rows = session.connection().execute(wanted.order_by(col(stored.entry_index)))
    return [
        (index, at_ms, str(where), orjson.loads(body)["payload"])
        for index, at_ms, where, body in rows
        if where in listings
    ]
