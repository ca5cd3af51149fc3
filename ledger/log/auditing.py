"""Verify the ledger where it lies: all that an export can show, and what only the database can.

Found as well: a column of `payloads` that is not what its event says, a tile that is not over the entries, a row of
`erased` or `forgotten` that is not what the erasure logged, and, apart, a count in `tallies` that no events give.
Nothing is signed of when a checkpoint was made, nor that there was one before a later one.
"""

import json
from collections.abc import Generator
from contextlib import closing
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, func, select
from sqlmodel import Session, col

from ledger.erasure import digest_of
from ledger.events import Erasure, Event, parse_event
from ledger.log.checkpoints import newest
from ledger.log.exporting import STREAMED, Row, notes, rows
from ledger.log.tiles import WIDTH, split
from ledger.proof.notes import VerifierKey
from ledger.proof.tree import complete_root, leaf_hash
from ledger.proof.verifying import Difference, LedgerVerifier, Verified
from ledger.rows import COLUMNS, columns_of
from ledger.tables import Erased, Forgotten, StoredPayload, Tile
from ledger.tallies.keeping import first_difference

#: Columns that the verifier checks itself, or that say where a row belongs.
_CHECKED_OTHERWISE = frozenset({"entry_index", "salt", "body"})


def audit(session: Session, key: VerifierKey) -> Verified:
    """Verify every row of the ledger's tables, in a session of `index.database.reading`.

    Entries that no checkpoint covers yet are verified but not signed: `covered` says how many are.

    Raises:
        Difference: The first event that differs; or, outside all events, the row that does.
    """
    connection, signed = session.connection(), notes(session)
    last = newest(session)
    verifier = LedgerVerifier(last.checkpoint.origin if last is not None else key.name, key)
    if 0 in signed:
        verifier.take_checkpoint(signed.pop(0))
    # Closed at once when something differs: a stream that is left open holds its connection.
    with closing(rows(session)) as entries, closing(_tiles(connection)) as tiles:
        tile: list[bytes] = []
        for row in entries:
            if row.index % WIDTH == 0:
                tile = next(tiles, [])
            verifier.take_entry(_line(row))
            _check_tile(row, tile)
            if row.payload is not None:
                _check_payload(connection, row.index, row.payload)
            if row.index + 1 in signed:
                verifier.take_checkpoint(signed.pop(row.index + 1))
    found = verifier.end()
    if signed:
        raise Difference(f"a checkpoint signed {min(signed)} entries, of which only {found.entries} are left")
    _check_tiles(connection, found.covered)
    _check_marks(connection, found.erased)
    return found


def audit_counts(session: Session) -> None:
    """Compare every row of `tallies` with the events; apart from `audit`, since a restore need not fail for them.

    Raises:
        Difference: The first count that the events do not give.
    """
    connection = session.connection()
    tally = first_difference(connection, connection)
    if tally is not None:
        raise Difference(f"{tally}; `baicha ledger rebuild` makes the kept counts anew")


def _check_tile(row: Row, tile: list[bytes]) -> None:
    at = row.index % WIDTH
    if tile and (at >= len(tile) or leaf_hash(row.commitment) != tile[at]):
        raise Difference("its commitment is not the one in the log's tile", index=row.index)


def _line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"index": row.index, "commitment": row.commitment.hex()}
    if row.payload is None:
        return line | {"erased_at": row.erased_at}
    if row.erased_at is not None:
        raise Difference(f"it is marked as erased by event {row.erased_at}, and its payload is there", index=row.index)
    return line | {"salt": bytes(row.payload["salt"]).hex(), "event": row.payload["body"]}


def _check_payload(connection: Connection, index: int, stored: dict[str, Any]) -> None:
    try:
        event = parse_event(json.loads(stored["body"]))
    except ValidationError as exc:
        raise Difference("it does not fit the schema of events", index=index, event_id=stored["id"]) from exc
    for name, value in zip(COLUMNS, columns_of(event), strict=True):
        if stored[name] != value:
            what = f"column {name} says {stored[name]!r}, the event {value!r}"
            raise Difference(what, index=index, event_id=event.id)
    if isinstance(event.payload, Erasure):
        _check_erasure(connection, index, event, event.payload)


def _check_erasure(connection: Connection, index: int, event: Event, erasure: Erasure) -> None:
    """Compare the hashes that are kept of what was erased with the digest that the erasure logged."""
    if erasure.digest is None:  # logged before digests were
        return
    ids = connection.execute(
        select(col(Erased.id_hash)).where(col(Erased.logged_at_index) == index).order_by(col(Erased.entry_index))
    ).scalars()
    visitors = connection.execute(
        select(col(Forgotten.visitor_hash)).where(col(Forgotten.logged_at_index) == index)
    ).scalars()
    if digest_of(map(bytes, (*ids, *visitors))) != erasure.digest:
        what = "the hashes kept of what it erased are not those that it logged"
        raise Difference(what, index=index, event_id=event.id)


def _tiles(connection: Connection) -> Generator[list[bytes], None, None]:
    wanted = select(col(Tile.hashes)).where(col(Tile.level) == 0).order_by(col(Tile.number))
    with connection.execute(wanted, execution_options=STREAMED) as stored:
        for hashes in stored.scalars():
            yield split(bytes(hashes))


def _check_tiles(connection: Connection, covered: int) -> None:
    """Check that the tiles are whole, run on without gaps, and are each over the ones below."""
    wanted = select(col(Tile.level), col(Tile.number), col(Tile.hashes), col(Tile.root))
    roots: list[list[bytes]] = []
    with connection.execute(wanted.order_by(col(Tile.level), col(Tile.number)), execution_options=STREAMED) as stored:
        for level, number, hashes, root in stored:
            while len(roots) <= level:
                roots.append([])
            found, at = split(bytes(hashes)), len(roots[level])
            wrong = number != at or len(found) != WIDTH or complete_root(found) != bytes(root)
            if wrong or (level and found != roots[level - 1][at * WIDTH : (at + 1) * WIDTH]):
                raise Difference(f"tile {number} of level {level} is not over what lies below it")
            roots[level].append(bytes(root))
    level, full = 0, covered // WIDTH
    while full or level < len(roots):
        there = len(roots[level]) if level < len(roots) else 0
        if there != full:
            raise Difference(f"level {level} has {there} tiles instead of {full}")
        level, full = level + 1, full // WIDTH


def _check_marks(connection: Connection, erased: int) -> None:
    """Check that no row of `erased` or `forgotten` is without an erasure that logged it."""
    marked = connection.execute(select(func.count()).select_from(Erased)).scalar_one()
    if marked != erased:
        raise Difference(f"{marked} events are marked as erased, {erased} are")
    stray = connection.execute(
        select(col(Forgotten.logged_at_index))
        .join(StoredPayload, col(StoredPayload.entry_index) == col(Forgotten.logged_at_index), isouter=True)
        .where(func.coalesce(col(StoredPayload.kind), "") != "erasure")
    ).first()
    if stray is not None:
        raise Difference("a visitor is marked as forgotten by it, which is no erasure", index=stray[0])
