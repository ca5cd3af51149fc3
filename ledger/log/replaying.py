"""Put a ledger's events into an empty database again, so that every figure can be computed from them alone."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias

from sqlmodel import Session

from ledger.events import parse_event
from ledger.log.exporting import Row
from ledger.rows import columns_of
from ledger.storing import insert_entries, insert_payloads
from ledger.tallies import keeping

#: So many entries are put in at a time.
_AT_A_TIME = 1_000
#: Index, commitment, salt and event; no event once erased.
_Kept: TypeAlias = tuple[int, bytes, bytes, str | None]


def replay_rows(session: Session, rows: Iterable[Row]) -> int:
    """Put the entries of another database in, and return how many they were."""
    return _replay(
        session,
        (
            (row.index, row.commitment, bytes(row.payload["salt"]), row.payload["body"])
            if row.payload is not None
            else (row.index, row.commitment, b"", None)
            for row in rows
        ),
    )


def replay_lines(session: Session, lines: Iterable[bytes]) -> int:
    """Put the entries of an export in, which `proof.verifying` has verified, and return how many they were."""
    read = (json.loads(line) for line in lines)
    return _replay(
        session,
        (
            (line["index"], bytes.fromhex(line["commitment"]), bytes.fromhex(line.get("salt", "")), line.get("event"))
            for line in read
            if "index" in line
        ),
    )


def _replay(session: Session, entries: Iterator[_Kept]) -> int:
    """Write the columns anew from each event: a figure is then made from nothing but what was committed to."""
    connection, count = session.connection(), 0
    while some := list(islice(entries, _AT_A_TIME)):
        insert_entries(connection, [(index, committed) for index, committed, _, _ in some])
        payloads = [_payload(index, salt, body) for index, _, salt, body in some if body is not None]
        if payloads:
            insert_payloads(connection, payloads)
        count += len(some)
    keeping.rebuild(connection)
    return count


def _payload(index: int, salt: bytes, body: str) -> tuple[Any, ...]:
    return (index, *columns_of(parse_event(json.loads(body))), salt, body)
