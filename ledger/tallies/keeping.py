"""Tallies are added to as events arrive, taken back as they are erased, compared with the events, and made anew."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, TypeAlias

from sqlalchemy import Connection, delete, text
from sqlmodel import col

from ledger.events import Event, Payment, Visit
from ledger.periods import QUARTER_MS
from ledger.rows import Columns
from ledger.tables import BETTER_ATTESTED, Tally

#: Listing, quarter-hour since 1970 UTC, kind, part, made up: what names a tally.
Cell: TypeAlias = tuple[str, int, str, str, bool]
#: Count and amount.
Sums: TypeAlias = tuple[int, int]

_COLUMNS = "listing, quarter, kind, part, made_up, count, amount"
_ORDER = "listing, quarter, kind, part, made_up"
#: The tallies as the events give them; a visit that is attested better later was counted before. What a payment says is
#: in its body only; the remainder of a time before 1970 is negative in SQL, hence the double modulo.
_COUNTED = f"""
    SELECT listing, (at_ms - (at_ms % {QUARTER_MS} + {QUARTER_MS}) % {QUARTER_MS}) / {QUARTER_MS} AS quarter, kind,
        CASE kind WHEN 'visit' THEN grade WHEN 'payment' THEN {{attester}} || ' ' || {{currency}} ELSE '' END AS part,
        made_up, count(*) AS count, CAST(sum(CASE kind WHEN 'payment' THEN {{amount}} ELSE 0 END) AS BIGINT) AS amount
    FROM payloads WHERE listing IS NOT NULL AND NOT (kind = 'visit' AND body LIKE '{BETTER_ATTESTED}') AND ({{which}})
    GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - our own names
_SAID = {
    "sqlite": {
        "attester": "json_extract(body, '$.payload.attested_by')",
        "currency": "json_extract(body, '$.payload.currency')",
        "amount": "json_extract(body, '$.payload.amount')",
    },
    "postgresql": {
        "attester": "(body::json -> 'payload' ->> 'attested_by')",
        "currency": "(body::json -> 'payload' ->> 'currency')",
        "amount": "(body::json -> 'payload' ->> 'amount')::bigint",
    },
}
_STREAMED = {"yield_per": 10_000}
_ADDING = (
    f"ON CONFLICT ({_ORDER}) DO UPDATE SET count = tallies.count + excluded.count, "
    "amount = tallies.amount + excluded.amount"
)
_ADD_ROWS = f"INSERT INTO tallies ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) {_ADDING}"  # noqa: S608 - our own names
_ADD_ARRAYS = f"""INSERT INTO tallies ({_COLUMNS})
    SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::bool[], %s::bigint[], %s::bigint[])
    {_ADDING}"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class TallyDifference:
    """The first tally that is not what the events say; one of the two is None where there is none."""

    stored: tuple[Any, ...] | None
    counted: tuple[Any, ...] | None

    def __str__(self) -> str:
        """Name the tally, and say what is stored and what the events give."""
        if self.stored is not None and self.counted is not None and self.stored[:5] == self.counted[:5]:
            what = f"stored {self.stored[5:]}, the events give {self.counted[5:]} (count, amount)"
            return f"tally of {_named(self.stored)}: {what}"
        stored = f"stored {_named(self.stored)}" if self.stored is not None else "nothing more stored"
        counted = f"the events give {_named(self.counted)}" if self.counted is not None else "the events give no more"
        return f"tallies: {stored}, {counted}"


def tallied(events: Iterable[Event], columns: Iterable[Columns]) -> dict[Cell, Sums]:
    """Return what events, whose columns are given, add to each tally."""
    cells: dict[Cell, Sums] = {}
    for event, (_, kind, at_ms, listing, _, _, made_up, grade, _) in zip(events, columns, strict=True):
        if listing is None:
            continue
        part, paid = grade or "", 0
        if kind == "visit" and isinstance(event.payload, Visit) and event.payload.instead_of is not None:
            continue
        if kind == "payment" and isinstance(event.payload, Payment):
            part, paid = f"{event.payload.attested_by.value} {event.payload.currency}", event.payload.amount
        cell = (listing, at_ms // QUARTER_MS, kind, part, made_up)
        count, amount = cells.get(cell, (0, 0))
        cells[cell] = (count + 1, amount + paid)
    return cells


def add(connection: Connection, cells: Mapping[Cell, Sums]) -> None:
    """Add to tallies, in the transaction that appends the events."""
    # In the order of the key, so that neighbours are on one page, and writers of PostgreSQL never wait in a circle.
    rows = [(*cell, *cells[cell]) for cell in sorted(cells)]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.exec_driver_sql(_ADD_ARRAYS, tuple(columns))
    else:
        connection.exec_driver_sql(_ADD_ROWS, rows)


def take_back(connection: Connection, visitor: str) -> None:
    """Take what a visitor added from the tallies, in the transaction that erases it, and before."""
    rows = connection.execute(text(_counted(connection, "visitor = :visitor")), {"visitor": visitor})
    taken = {(row[0], row[1], row[2], row[3], bool(row[4])): (-row[5], -row[6]) for row in rows}
    add(connection, taken)
    tally = Tally
    for listing in {cell[0] for cell in taken}:
        connection.execute(delete(Tally).where(col(tally.listing) == listing, col(tally.count) == 0))


def rebuild(connection: Connection) -> int:
    """Make every tally anew from the events, and return how many there are."""
    connection.execute(delete(Tally))
    return connection.execute(text(f"INSERT INTO tallies ({_COLUMNS}) {_counted(connection)}")).rowcount


def first_difference(stored: Connection, events: Connection) -> TallyDifference | None:
    """Compare every tally of one database with the events of another, or of the same; None when all are equal."""
    kept = text(f"SELECT {_COLUMNS} FROM tallies ORDER BY {_order(stored)}")  # noqa: S608 - our own names
    counted = text(f"SELECT * FROM ({_counted(events)}) AS counted ORDER BY {_order(events)}")  # noqa: S608
    with (
        stored.execute(kept, execution_options=_STREAMED) as left,
        events.execute(counted, execution_options=_STREAMED) as right,
    ):
        return next(_differences(left, right), None)


def _order(connection: Connection) -> str:
    # PostgreSQL's own order is that of a language; SQLite's is that of the bytes.
    if connection.dialect.name == "sqlite":
        return _ORDER
    return 'listing COLLATE "C", quarter, kind COLLATE "C", part COLLATE "C", made_up'


def _differences(stored: Any, counted: Any) -> Iterator[TallyDifference]:
    for left, right in zip_longest(stored, counted):
        if left is None or right is None or tuple(left) != tuple(right):
            yield TallyDifference(tuple(left) if left else None, tuple(right) if right else None)


def _counted(connection: Connection, which: str = "1 = 1") -> str:
    return _COUNTED.format(which=which, **_SAID[connection.dialect.name])


def _named(row: tuple[Any, ...] | None) -> str:
    assert row is not None  # noqa: S101 - callers look
    listing, quarter, kind, part, *_ = row
    at = datetime.fromtimestamp(quarter * QUARTER_MS / 1_000, UTC).isoformat(timespec="minutes")
    return f"{listing}, {kind}{f' {part}' if part else ''}, {at}"
