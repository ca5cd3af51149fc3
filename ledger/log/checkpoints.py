"""Signed checkpoints: how large the log is and the root over it, kept as they were signed; and proofs against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, select
from sqlmodel import Session, col

from index.database import reading, writing
from index.errors import Conflict, NotFound, StorageError, UsageError
from ledger.append import next_index, take_turn
from ledger.log.signing import SigningKey
from ledger.log.tiles import TileReader, integrate
from ledger.periods import milliseconds
from ledger.proof.notes import Checkpoint, Note
from ledger.proof.tree import consistency_proof, inclusion_proof, proves_consistency, root
from ledger.tables import Entry, StoredCheckpoint, StoredPayload

#: How old a checkpoint may be when it is asked for while the log grows; who asks more often writes no more often.
FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A stored checkpoint: what it says, the note that was signed, and when (milliseconds since 1970, UTC)."""

    checkpoint: Checkpoint
    note: str
    made_at_ms: int


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry is in the log: the path from its leaf to the root of the signed checkpoint, leaf side first.

    `salt` and `event` (canonical JSON) show what it commits to, and are for the event's own `visitor` only.
    """

    index: int
    commitment: bytes
    salt: bytes
    event: str
    visitor: str | None
    path: tuple[bytes, ...]
    signed: Signed


def make_checkpoint(session: Session, key: SigningKey, *, now: datetime) -> Signed:
    """Sign the log as it stands, in a session of `index.database.writing`; the last one again when nothing was added.

    Raises:
        Conflict: Another key signed the last checkpoint.
        StorageError: The entries no longer begin with what the last checkpoint signed.
    """
    take_turn(session)
    connection = session.connection()
    size, last = next_index(connection), newest(session)
    if last is not None and last.checkpoint.origin != key.name:
        raise Conflict(
            f"the log's checkpoints are signed by {last.checkpoint.origin}, not by {key.name}; "
            "copy its ledger.key into this data folder"
        )
    if last is not None and last.checkpoint.size == size:
        return last
    integrate(connection, size)
    made = Checkpoint(key.name, size, root(size, TileReader(connection, size).subtree))
    if last is not None:
        _check_goes_on(connection, last.checkpoint, made)
    signed = Signed(made, key.signed(made.text), milliseconds(now))
    session.add(StoredCheckpoint(size=size, note=signed.note, made_at_ms=signed.made_at_ms))
    session.flush()
    return signed


def newest(session: Session) -> Signed | None:
    """Return the checkpoint that covers most, None before the first."""
    rows = session.connection().execute(
        select(col(StoredCheckpoint.note), col(StoredCheckpoint.made_at_ms))
        .order_by(col(StoredCheckpoint.size).desc())
        .limit(1)
    )
    row = rows.first()
    return Signed(Checkpoint.parse(Note.parse(row.note).text), row.note, row.made_at_ms) if row is not None else None


def refresh(engine: Engine, key: SigningKey, *, now: datetime) -> Signed:
    """Return the newest checkpoint, signed anew when entries were added and it is older than `FRESH`.

    Raises:
        Conflict: Another key signed the last checkpoint.
        StorageError: The entries no longer begin with what the last checkpoint signed.
    """
    with reading(engine) as session:
        last = newest(session)
        if last is not None and (_is_fresh(last, now) or last.checkpoint.size == next_index(session.connection())):
            return last
    with writing(engine) as session:
        return make_checkpoint(session, key, now=now)


def inclusion(session: Session, event_id: str) -> Inclusion:
    """Prove that an event is in the log, against the newest checkpoint.

    Raises:
        NotFound: There is no such event, or it was erased.
        UsageError: No checkpoint covers it yet.
    """
    connection, signed = session.connection(), newest(session)
    found = connection.execute(
        select(
            col(Entry.index),
            col(Entry.commitment),
            col(StoredPayload.salt),
            col(StoredPayload.body),
            col(StoredPayload.visitor),
        )
        .join(StoredPayload, col(StoredPayload.entry_index) == col(Entry.index))
        .where(col(StoredPayload.id) == event_id)
    ).first()
    if found is None:
        raise NotFound("event", event_id)
    index, committed, salt, event, visitor = found
    if signed is None or index >= signed.checkpoint.size:
        raise UsageError(f"no checkpoint covers event {index} yet; ask again in a minute")
    size = signed.checkpoint.size
    path = inclusion_proof(index, size, TileReader(connection, size).subtree)
    return Inclusion(index, bytes(committed), bytes(salt), event, visitor, tuple(path), signed)


def consistency(session: Session, old: int, new: int) -> Sequence[bytes]:
    """Prove that the log of `new` entries begins with that of `old`.

    Raises:
        UsageError: The sizes are not in order, or no checkpoint covers the new one yet.
    """
    signed = newest(session)
    if not 0 <= old <= new or signed is None or new > signed.checkpoint.size:
        size = signed.checkpoint.size if signed is not None else 0
        raise UsageError(f"the sizes are 0 ≤ old ≤ new ≤ {size}, the newest checkpoint's size")
    return consistency_proof(old, new, TileReader(session.connection(), new).subtree)


def _is_fresh(last: Signed, now: datetime) -> bool:
    # A clock that was set back must not keep the log from being signed until it has caught up.
    return timedelta() <= now - datetime.fromtimestamp(last.made_at_ms / 1000, UTC) < FRESH


def _check_goes_on(connection: Connection, last: Checkpoint, made: Checkpoint) -> None:
    """Refuse to sign a history that does not begin with the one signed before."""
    path = (
        consistency_proof(last.size, made.size, TileReader(connection, made.size).subtree)
        if last.size <= made.size
        else []
    )
    if not proves_consistency(last.size, last.root, made.size, made.root, path):
        raise StorageError(
            "the ledger no longer begins with what its last checkpoint signed; nothing was signed: "
            "`baicha ledger verify` names the event"
        )
