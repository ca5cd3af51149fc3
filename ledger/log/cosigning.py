"""What witnesses cosigned, as they send it back: checked against the keys that the operator named, kept, and served.

A witness that the log's own operator runs proves nothing; who runs one is told beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from index.errors import Conflict, NotFound, UsageError
from ledger.log.checkpoints import Signed
from ledger.periods import milliseconds
from ledger.proof.notes import COSIGNS, TIME_BYTES, Checkpoint, Note, NoteError, Signature, VerifierKey, read_checkpoint
from ledger.tables import StoredCheckpoint, StoredCosignature, Witness

#: How far a witness's clock may be ahead of ours.
MAX_AHEAD = timedelta(minutes=10)
#: Longest note that is read, characters: the log's signature and some dozens of witnesses'.
LONGEST_NOTE = 8_000
_LONGEST_NAME = 100


class OtherHistory(Conflict):
    """The log's own key signed a checkpoint that this log does not have. `note` is the evidence."""

    def __init__(self, size: int, note: str) -> None:
        super().__init__(
            f"the log's key signed this checkpoint of {size} entries, and the log has another history (a split view), "
            "or was set back to a backup; nothing was stored: keep this note, it is the evidence"
        )
        self.note = note


@dataclass(frozen=True, slots=True)
class NamedWitness:
    """A witness that the operator named: who runs it (`label`), and its key."""

    label: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That a witness saw the checkpoint of `size` entries at `at`, and its signature line."""

    witness: NamedWitness
    size: int
    at: datetime
    line: str


def name_witness(session: Session, label: str, key: str, *, now: datetime) -> NamedWitness:
    """Take a witness's cosignatures from now on.

    Raises:
        UsageError: The key is no witness's, or who runs it is not told in 1 to 100 characters.
        Conflict: A witness of this name has another key.
    """
    try:
        parsed = VerifierKey.parse(key)
    except NoteError as exc:
        raise UsageError(f"{exc}; `baicha witness` prints the witness's own") from exc
    if parsed.kind != COSIGNS:
        raise UsageError(f"the key of {parsed.name} signs logs; `baicha witness` prints that of the witness")
    if not 0 < len(label) <= _LONGEST_NAME or len(parsed.name) > _LONGEST_NAME:
        raise UsageError(f"say who runs the witness in at most {_LONGEST_NAME} characters")
    stored = session.get(Witness, parsed.name)
    if stored is not None and stored.key != key:
        raise Conflict(f"{parsed.name} has another key; take it away first: `baicha ledger witnesses remove`")
    session.merge(Witness(name=parsed.name, label=label, key=key, named_at_ms=milliseconds(now)))
    return NamedWitness(label, parsed)


def drop_witness(session: Session, name: str) -> None:
    """Take no more from a witness, and forget what it cosigned.

    Raises:
        NotFound: No witness has that name.
    """
    session.connection().execute(delete(StoredCosignature).where(col(StoredCosignature.witness) == name))
    if session.connection().execute(delete(Witness).where(col(Witness.name) == name)).rowcount == 0:
        raise NotFound("witness", name)


def witnesses(session: Session) -> list[NamedWitness]:
    """Return the witnesses that the operator named, by name."""
    rows = session.connection().execute(select(col(Witness.label), col(Witness.key)).order_by(col(Witness.name)))
    return [NamedWitness(label, VerifierKey.parse(key)) for label, key in rows]


def take_cosignatures(session: Session, written: str, log_key: VerifierKey, *, now: datetime) -> list[Cosignature]:
    """Keep the named witnesses' signatures of a checkpoint of this log, and return them.

    Raises:
        UsageError: It is no checkpoint of this log, no named witness signed it, or one's clock is far ahead.
        OtherHistory: It is signed by the log's key, and not what the log has.
        Conflict: The witness has cosigned a later one already.
    """
    try:
        note, checkpoint = Note.parse(written), read_checkpoint(written, log_key)
    except ValueError as exc:
        raise UsageError(f"this is no checkpoint of this log: {exc}") from exc
    stored = session.get(StoredCheckpoint, checkpoint.size)
    if stored is None or Note.parse(stored.note).text != note.text:
        raise OtherHistory(checkpoint.size, written)
    found = _signed_by(note, checkpoint, witnesses(session))
    if not found:
        raise UsageError(
            "no witness that this log's operator named cosigned this; ask them to name it: "
            "`baicha ledger witnesses add` with its key"
        )
    for one in found:
        _check_goes_on(session, one, now)
        session.merge(_row(one))
    return found


def cosignatures(session: Session, size: int) -> list[Cosignature]:
    """Return what was cosigned of the checkpoint of a size, by the witnesses' names."""
    known = {one.key.name: one for one in witnesses(session)}
    rows = session.connection().execute(
        select(col(StoredCosignature.witness), col(StoredCosignature.time_s), col(StoredCosignature.line))
        .where(col(StoredCosignature.size) == size)
        .order_by(col(StoredCosignature.witness))
    )
    return [Cosignature(known[name], size, _moment(time_s), line) for name, time_s, line in rows]


def last_seen(session: Session) -> dict[str, Cosignature]:
    """Return the largest checkpoint that each witness cosigned, by the witness's name."""
    largest = select(func.max(col(StoredCosignature.size))).group_by(col(StoredCosignature.witness)).distinct()
    sizes = sorted(int(size) for size in session.connection().execute(largest).scalars())
    return {one.witness.key.name: one for size in sizes for one in cosignatures(session, size)}


def newest_cosigned(session: Session) -> Signed | None:
    """Return the largest checkpoint that a witness cosigned, None before the first."""
    wanted = (
        select(col(StoredCheckpoint.note), col(StoredCheckpoint.made_at_ms))
        .where(col(StoredCheckpoint.size).in_(select(func.max(col(StoredCosignature.size)))))
        .limit(1)
    )
    row = session.connection().execute(wanted).first()
    return Signed(Checkpoint.parse(Note.parse(row.note).text), row.note, row.made_at_ms) if row is not None else None


def with_cosignatures(signed: Signed, found: Iterable[Cosignature]) -> str:
    """Return a checkpoint's note with the witnesses' signatures below the log's own."""
    return signed.note + "".join(one.line for one in found)


def _signed_by(note: Note, checkpoint: Checkpoint, named: Sequence[NamedWitness]) -> list[Cosignature]:
    found: list[Cosignature] = []
    for witness in named:
        own = [one for one in note.signatures if (one.name, one.key_id) == (witness.key.name, witness.key.id)]
        # One that signed twice is taken by its later clock.
        for line in sorted(own, key=_time_s, reverse=True):
            if Note(note.text, (line,)).is_signed_by(witness.key):
                found.append(Cosignature(witness, checkpoint.size, _moment(_time_s(line)), str(line)))
                break
    return found


def _check_goes_on(session: Session, one: Cosignature, now: datetime) -> None:
    if one.at - now > MAX_AHEAD:
        raise UsageError(f"the clock of {one.witness.key.name} is ahead by {one.at - now}; set it and cosign again")
    last = last_seen(session).get(one.witness.key.name)
    if last is not None and (last.size, last.at) > (one.size, one.at):
        raise Conflict(
            f"{one.witness.key.name} cosigned {last.size} entries at {last.at:%Y-%m-%d %H:%M:%S} UTC; "
            "an older one is not taken"
        )


def _row(one: Cosignature) -> StoredCosignature:
    return StoredCosignature(witness=one.witness.key.name, size=one.size, time_s=int(one.at.timestamp()), line=one.line)


def _time_s(line: Signature) -> int:
    return int.from_bytes(line.signature[:TIME_BYTES], "big")


def _moment(time_s: int) -> datetime:
    try:
        return datetime.fromtimestamp(time_s, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)
