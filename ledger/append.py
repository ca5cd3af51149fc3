"""The one path by which events enter the ledger.

Writers take turns: on SQLite by the write lock that `index.database.writing` takes, on PostgreSQL by an advisory lock
held until the transaction ends. So indices run on without gaps, and what is acknowledged after the commit is kept.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection, func, select, text
from sqlmodel import Session, col

from ledger.events import Attester, BillPaid, Event, Payload, Payment, Visit
from ledger.proof import SALT_BYTES, CanonicalError, commitment
from ledger.rows import columns_of, event_json
from ledger.storing import insert_payloads, insert_run, stored_ids
from ledger.tables import Entry, Erased, Forgotten
from ledger.tallies import keeping

#: How far a client's clock may run ahead of ours.
AHEAD = timedelta(minutes=10)
#: How long a device may keep an event before it sends it.
LATE = timedelta(days=30)
#: Key of the PostgreSQL advisory lock that orders appends; any constant would do, but for the migrations' own.
_ADVISORY_LOCK = 0x6C656467
#: What a tourist's device may say. Impressions are ours to record, and what pays or decides has speakers of its own.
DEVICE_KINDS = frozenset({"open", "call", "directions", "website", "share", "save", "review", "correction", "visit"})
#: Why an event under the id of another is rejected.
OTHER_WITH_ID = "another event has this id; give each event an id of its own"
#: Ids in one look-up; SQLite takes 32,766 parameters in a statement.
_IDS_A_LOOKUP = 1_000

_T = TypeVar("_T")


class Status(StrEnum):
    """What became of an event."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for one event. `index` is its place in the log, None when rejected; `reason` says why it was not new.

    It holds once the transaction has been committed.
    """

    id: str
    status: Status
    index: int | None = None
    reason: str | None = None


def append(
    session: Session,
    events: Sequence[Event],
    *,
    now: datetime,
    trusted: bool = False,
    says: Collection[str] = DEVICE_KINDS,
) -> list[Receipt]:
    """Append events in their order and return a receipt for each, in the same order.

    The same id with the same content is a duplicate and keeps its first index; with another content it is rejected.
    An event of which nothing but its index is left, because its visitor asked to be forgotten, is not stored again, and
    neither is any other that comes late under that visitor's id.

    Args:
        session: One of `index.database.writing`, which also commits.
        events: Any number; a thousand at a time is fast.
        now: The service's clock, with a time zone.
        trusted: The events are made by the service or its operator. What a client sends may neither be older than
            `LATE`, nor claim a visit or a payment that something attests, nor a made-up event, nor an erasure.
        says: The kinds that this client may speak of; a device's by default.
    """
    take_turn(session)
    connection = session.connection()
    known = _known(connection, [event.id for event in events])
    forgotten = _forgotten(connection, {event.visitor for event in events if event.visitor is not None})
    allowed = None if trusted else says
    first = next_index(connection)
    receipts, fresh = _taken(events, known, first, lambda event: _fault(event, now, forgotten, allowed))
    if fresh:
        _write(connection, first, fresh)
    return receipts


def take_turn(session: Session) -> None:
    """Wait until no other transaction appends; asking again in one transaction costs nothing.

    On SQLite whoever is `writing` has their turn already.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def next_index(connection: Connection) -> int:
    """Return the index that the next entry gets."""
    last = connection.execute(select(func.max(col(Entry.index)))).scalar()
    return 0 if last is None else int(last) + 1


def salted_hashes(connection: Connection, ids: Collection[str]) -> dict[bytes, str]:
    """Return the ids of events or visitors by their hashes, as `erased` and `forgotten` keep them.

    An id must be known again when a device retries what was erased meanwhile, hence one salt for the whole ledger: the
    commitment of entry 0, which is random, never changes, and exists wherever something was erased. It keeps hashes
    apart from those of any other ledger; who already holds an id can still ask whether it was erased here.
    """
    salt = connection.execute(select(col(Entry.commitment)).where(col(Entry.index) == 0)).scalar()
    return {} if salt is None else {hashlib.sha256(bytes(salt) + name.encode()).digest(): name for name in ids}


#: Index and body of an id that the log holds already; no body once erased.
_Stored: TypeAlias = tuple[int, str | None]


#: An event that the log does not hold yet, and its canonical text.
_Fresh: TypeAlias = tuple[Event, str]


def _taken(
    events: Sequence[Event], known: dict[str, _Stored], first: int, fault_of: Callable[[Event], str | None]
) -> tuple[list[Receipt], list[_Fresh]]:
    """Return a receipt for each event, and those to be written from the index `first` on; `known` grows by these."""
    receipts: list[Receipt] = []
    fresh: list[_Fresh] = []
    for event in events:
        try:
            body = event_json(event)
        except CanonicalError as exc:
            reason = f"the event cannot be written as JSON: {exc}"
            receipts.append(Receipt(event.id, Status.REJECTED, reason=reason))
            continue
        stored, fault = known.get(event.id), fault_of(event)
        if stored is not None:
            receipts.append(_receipt_of_known(event.id, stored, body))
        elif fault is not None:
            receipts.append(Receipt(event.id, Status.REJECTED, reason=fault))
        else:
            index = first + len(fresh)
            known[event.id] = (index, body)
            fresh.append((event, body))
            receipts.append(Receipt(event.id, Status.RECORDED, index))
    return receipts, fresh


def _write(connection: Connection, first: int, fresh: Sequence[_Fresh]) -> None:
    """Write the rows of a batch by columns, which takes a third less than event by event."""
    # SQLite's driver takes a bytearray as it is, and looks for an adapter of bytes.
    drawn = bytearray(secrets.token_bytes(SALT_BYTES * len(fresh)))
    salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
    columns = [columns_of(event) for event, _ in fresh]
    insert_run(connection, first, [commitment(salt, body) for salt, (_, body) in zip(salts, fresh, strict=True)])
    rows = zip(count(first), columns, salts, fresh, strict=False)
    insert_payloads(connection, [(index, *values, salt, body) for index, values, salt, (_, body) in rows])
    keeping.add(connection, keeping.tallied((event for event, _ in fresh), columns))


def _receipt_of_known(event_id: str, stored: _Stored, body: str) -> Receipt:
    index, stored_body = stored
    if stored_body is None:
        return Receipt(event_id, Status.DUPLICATE, index, "erased at its visitor's request")
    if stored_body == body:
        return Receipt(event_id, Status.DUPLICATE, index, "already recorded")
    return Receipt(event_id, Status.REJECTED, reason=OTHER_WITH_ID)


def _fault(event: Event, now: datetime, forgotten: Collection[str], says: Collection[str] | None) -> str | None:
    """Say what may not be appended: nothing of a forgotten visitor, and of a client not all that the service may."""
    if event.visitor in forgotten:
        return "its visitor asked to be forgotten"
    if isinstance(event.payload, BillPaid) and event.payload.attested_by is not Attester.MERCHANT:
        return "what an issuer attests comes by its signed feed, as a bill; bill_paid has no signature"
    return None if says is None else _fault_of_a_client(event, now, says)


def _fault_of_a_client(event: Event, now: datetime, says: Collection[str]) -> str | None:
    if event.at > now + AHEAD:
        return "its time lies in the future; set the device's clock"
    if event.at < now - LATE:
        return f"it happened more than {LATE.days} days ago"
    if event.made_up:
        return "made-up events are loaded by the operator"
    return _fault_of_what_is_said(event.payload, says)


def _fault_of_what_is_said(payload: Payload, says: Collection[str]) -> str | None:
    if payload.kind == "erasure":
        return "an erasure is asked for by its visitor, not sent as an event"
    if payload.kind not in says:
        return f"{payload.kind} is not for this client to say; it may say {', '.join(sorted(says))}"
    if isinstance(payload, Visit) and (payload.grade.is_verified or payload.ticket or payload.instead_of):
        return "a visit is attested at the counter, not sent as an event"
    if isinstance(payload, Payment | BillPaid) and payload.attested_by is not Attester.MERCHANT:
        return "what an issuer attests comes by its signed feed, not sent as an event"
    return None


def _known(connection: Connection, event_ids: Sequence[str]) -> dict[str, _Stored]:
    known: dict[str, _Stored] = {}
    something_erased = connection.execute(select(col(Erased.entry_index)).limit(1)).first() is not None
    for some in _chunks(event_ids, _IDS_A_LOOKUP):
        known |= {name: (index, body) for name, index, body in stored_ids(connection, some)}
        if something_erased:
            hashes = salted_hashes(connection, some)
            gone = connection.execute(
                select(col(Erased.id_hash), col(Erased.entry_index)).where(col(Erased.id_hash).in_(hashes))
            )
            known |= {hashes[bytes(id_hash)]: (index, None) for id_hash, index in gone}
    return known


def _forgotten(connection: Connection, visitors: Collection[str]) -> frozenset[str]:
    """Return those of the visitors who asked to be forgotten."""
    if not visitors or connection.execute(select(col(Forgotten.logged_at_index)).limit(1)).first() is None:
        return frozenset()
    hashes = salted_hashes(connection, visitors)
    gone: set[str] = set()
    for some in _chunks(list(hashes), _IDS_A_LOOKUP):
        rows = connection.execute(select(col(Forgotten.visitor_hash)).where(col(Forgotten.visitor_hash).in_(some)))
        gone |= {hashes[bytes(visitor_hash)] for visitor_hash in rows.scalars()}
    return frozenset(gone)


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
