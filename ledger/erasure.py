"""Forgetting a visitor: their payloads go, the log's entries stay, and that it was done is itself an event."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from ledger.append import append, erased_id_hash, take_turn
from ledger.events import Erasure, Event
from ledger.tables import Erased, StoredPayload


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """How many events were erased, and the index of the event that says so; None when there was nothing to erase."""

    erased: int
    index: int | None
    at: datetime


def forget(session: Session, visitor: str, *, now: datetime) -> ErasureReceipt:
    """Erase everything that names a visitor, in one transaction with the event that logs it.

    What remains of each erased event is its commitment, which without its salt says nothing, and a hash of its id, so
    that a device's late retry does not bring it back. The visitor's id is kept nowhere.

    Args:
        session: One of `index.database.writing`, which also commits.
        visitor: The pseudonymous id.
        now: The service's clock.
    """
    take_turn(session)
    connection = session.connection()
    stored = StoredPayload
    rows = connection.execute(
        select(col(stored.id), col(stored.entry_index))
        .where(col(stored.visitor) == visitor)
        .order_by(col(stored.entry_index))
    )
    index_of = {name: index for name, index in rows}  # noqa: C416 - rows are not tuples to the type checker
    if not index_of:
        return ErasureReceipt(0, None, now)
    logged = _log_erasure(session, tuple(index_of.values()), now)
    hashes = erased_id_hash(connection, index_of)
    connection.execute(
        insert(Erased),
        [
            {"entry_index": index_of[name], "logged_at_index": logged, "id_hash": id_hash}
            for id_hash, name in hashes.items()
        ],
    )
    connection.execute(delete(StoredPayload).where(col(stored.visitor) == visitor))
    return ErasureReceipt(len(index_of), logged, now)


def _log_erasure(session: Session, indices: tuple[int, ...], now: datetime) -> int:
    event = Event(id=f"erasure-{secrets.token_hex(16)}", at=now, payload=Erasure(indices=indices))
    [receipt] = append(session, [event], now=now, trusted=True)
    if receipt.index is None:
        raise AssertionError(f"a fresh event of the service's own was rejected: {receipt.reason}")
    return receipt.index
