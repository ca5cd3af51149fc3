"""A ledger as one file that proves itself: see `ledger.proof.exported` for its form."""

import hashlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from index.errors import UsageError
from ledger.log.checkpoints import newest
from ledger.proof import exported
from ledger.proof.notes import VerifierKey
from ledger.tables import Entry, Erased, StoredCheckpoint, StoredPayload

#: So many rows are fetched at a time, so that an export takes constant memory.
STREAMED = {"yield_per": 1_000}


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with what is left of it; `payload` has the columns of its stored payload, None once erased."""

    index: int
    commitment: bytes
    erased_at: int | None
    payload: dict[str, Any] | None


def rows(session: Session, size: int | None = None) -> Generator[Row, None, None]:
    """Yield the entries in their order, up to a size when one is given, each with what is kept of it."""
    payload = StoredPayload.__table__  # type: ignore[attr-defined]
    wanted = (
        select(col(Entry.index), col(Entry.commitment), col(Erased.logged_at_index), payload)
        .join(payload, payload.c.entry_index == col(Entry.index), isouter=True)
        .join(Erased, col(Erased.entry_index) == col(Entry.index), isouter=True)
        .order_by(col(Entry.index))
    )
    if size is not None:
        wanted = wanted.where(col(Entry.index) < size)
    with session.connection().execute(wanted, execution_options=STREAMED) as found:
        for index, committed, erased_at, *columns in found:
            stored = dict(zip(payload.c.keys(), columns, strict=True))
            yield Row(index, bytes(committed), erased_at, stored if stored["entry_index"] is not None else None)


def notes(session: Session) -> dict[int, str]:
    """Return the signed checkpoints by their sizes."""
    wanted = select(col(StoredCheckpoint.size), col(StoredCheckpoint.note))
    return {size: note for size, note in session.connection().execute(wanted)}  # noqa: C416 - rows are no tuples


def export_lines(session: Session, key: VerifierKey) -> Generator[str, None, None]:
    """Yield the lines of an export that ends with the newest checkpoint; later entries are left out.

    Raises:
        UsageError: There is no checkpoint yet.
    """
    digest = hashlib.sha256()
    with closing(_lines(session, key)) as lines:
        for line in lines:
            digest.update(f"{line}\n".encode())
            yield line
    yield exported.last_line(digest.hexdigest())


def _lines(session: Session, key: VerifierKey) -> Generator[str, None, None]:
    last = newest(session)
    if last is None:
        raise UsageError("there is no checkpoint yet; `baicha ledger checkpoint` makes one")
    signed = notes(session)
    yield exported.header_line(str(key), last.checkpoint.origin, last.checkpoint.size)
    if 0 in signed:
        yield exported.checkpoint_line(signed[0])
    with closing(rows(session, last.checkpoint.size)) as entries:
        for row in entries:
            yield _entry_line(row)
            if row.index + 1 in signed:
                yield exported.checkpoint_line(signed[row.index + 1])


def _entry_line(row: Row) -> str:
    if row.payload is None:
        return exported.erased_line(row.index, row.commitment, row.erased_at)
    return exported.event_line(row.index, row.commitment, bytes(row.payload["salt"]), row.payload["body"])
