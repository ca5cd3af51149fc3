"""Forgetting a visitor: their payloads go, the log's entries stay, and that it was done is itself an event."""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, event, func, insert, select
from sqlmodel import Session, col

from ledger.append import append, salted_hashes, take_turn
from ledger.events import Erasure, Event
from ledger.tables import Erased, Forgotten, StoredPayload
from ledger.tallies import keeping

#: How long to wait for readers of the old content before leaving SQLite's log to the next erasure or checkpoint.
_WAIT_FOR_READERS_MS = 2_000


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """How many events were erased, and the index of the event that says so; None when there was nothing to erase.

    Who asks again is given the same two numbers again.
    `visitor_hash` names the visitor to this ledger alone, restored backups of it included; None in an empty one.
    """

    erased: int
    index: int | None
    at: datetime
    visitor_hash: bytes | None = None


def forget(session: Session, visitor: str, *, now: datetime) -> ErasureReceipt:
    """Erase everything that names a visitor, in one transaction with the event that logs it.

    What remains of each erased event is its commitment, which without its salt says nothing, and a hash of its id, so
    that a device's late retry does not bring it back. Of the visitor a hash of their id remains, so that what comes
    late under it is refused; the id is kept nowhere. On SQLite the write-ahead log, which still holds the old content,
    is truncated after the commit.

    Args:
        session: One of `index.database.writing`, which also commits.
        visitor: The pseudonymous id.
        now: The service's clock.
    """
    take_turn(session)
    connection = session.connection()
    visitor_hash = next(iter(salted_hashes(connection, [visitor])), None)
    index_of = _events_of(connection, visitor)
    if visitor_hash is None:
        return ErasureReceipt(0, None, now)
    if not index_of and _is_forgotten(connection, visitor_hash):
        return _receipt_of(connection, visitor_hash, now)
    hash_of = {name: id_hash for id_hash, name in salted_hashes(connection, index_of).items()}
    known = _is_forgotten(connection, visitor_hash)
    kept = [*(hash_of[name] for name in index_of), *([] if known else [visitor_hash])]
    logged = _log_erasure(session, Erasure(indices=tuple(index_of.values()), digest=digest_of(kept)), now)
    if index_of:
        marks = [
            {"entry_index": index, "logged_at_index": logged, "id_hash": hash_of[name]}
            for name, index in index_of.items()
        ]
        connection.execute(insert(Erased), marks)
    if not known:
        connection.execute(insert(Forgotten), {"visitor_hash": visitor_hash, "logged_at_index": logged})
    keeping.take_back(connection, visitor)
    connection.execute(delete(StoredPayload).where(col(StoredPayload.visitor) == visitor))
    if connection.dialect.name == "sqlite":
        event.listen(session, "after_commit", _truncate_log_of(connection), once=True)
    return ErasureReceipt(len(index_of), logged, now, visitor_hash)


def forget_again(session: Session, visitor_hashes: Collection[bytes], *, now: datetime) -> int:
    """Erase visitors who were forgotten in a later state of this ledger than a restored backup has; return how many.

    Who is not in the backup at all is written down as forgotten too, so that what comes late under their id is refused.

    Args:
        session: One of `index.database.writing`, which also commits.
        visitor_hashes: Of `ErasureReceipt.visitor_hash`.
        now: The service's clock.
    """
    take_turn(session)
    connection = session.connection()
    visitors = connection.execute(select(col(StoredPayload.visitor)).distinct()).scalars()
    name_of = salted_hashes(connection, [name for name in visitors if name is not None])
    again = 0
    for visitor_hash in sorted(set(visitor_hashes)):
        if visitor_hash in name_of:
            forget(session, name_of[visitor_hash], now=now)
            again += 1
        elif not _is_forgotten(connection, visitor_hash):
            logged = _log_erasure(session, Erasure(indices=(), digest=digest_of([visitor_hash])), now)
            connection.execute(insert(Forgotten), {"visitor_hash": visitor_hash, "logged_at_index": logged})
    return again


def digest_of(hashes: Iterable[bytes]) -> str:
    """Return SHA-256 in hex over the hashes that are kept, in the order of the indices, the visitor's last."""
    return hashlib.sha256(b"".join(hashes)).hexdigest()


def _events_of(connection: Connection, visitor: str) -> dict[str, int]:
    stored = StoredPayload
    rows = connection.execute(
        select(col(stored.id), col(stored.entry_index))
        .where(col(stored.visitor) == visitor)
        .order_by(col(stored.entry_index))
    )
    return {name: index for name, index in rows}  # noqa: C416 - rows are not tuples to the type checker


def _receipt_of(connection: Connection, visitor_hash: bytes, now: datetime) -> ErasureReceipt:
    """Return how many entries the erasure that a visitor asked for before emptied, and where that is logged."""
    wanted = select(col(Forgotten.logged_at_index)).where(col(Forgotten.visitor_hash) == visitor_hash)
    logged: int = connection.execute(wanted).scalar_one()
    emptied = select(func.count()).select_from(Erased).where(col(Erased.logged_at_index) == logged)
    return ErasureReceipt(int(connection.execute(emptied).scalar_one()), logged, now, visitor_hash)


def _is_forgotten(connection: Connection, visitor_hash: bytes) -> bool:
    wanted = select(col(Forgotten.logged_at_index)).where(col(Forgotten.visitor_hash) == visitor_hash)
    return connection.execute(wanted).first() is not None


def _log_erasure(session: Session, erasure: Erasure, now: datetime) -> int:
    logged = Event(id=f"erasure-{secrets.token_hex(16)}", at=now, payload=erasure)
    [receipt] = append(session, [logged], now=now, trusted=True)
    if receipt.index is None:
        raise AssertionError(f"a fresh event of the service's own was rejected: {receipt.reason}")
    return receipt.index


def _truncate_log_of(connection: Connection) -> Any:
    """Return what empties SQLite's write-ahead log once the transaction is over; a reader may hold it up."""
    driver: Any = connection.connection.driver_connection

    def truncate(_session: Session) -> None:
        [[patience]] = driver.execute("PRAGMA busy_timeout").fetchall()
        driver.execute(f"PRAGMA busy_timeout={_WAIT_FOR_READERS_MS}")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        driver.execute(f"PRAGMA busy_timeout={patience}")

    return truncate
