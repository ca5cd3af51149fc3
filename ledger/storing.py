"""Rows into the ledger's tables and ids out of them, by statements that each database takes fastest.

SQLAlchemy's own inserts spend more time on a row than SQLite does; these go to the driver in the same transaction.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from ledger.tables import Entry, StoredPayload

#: A run of entries out of one blob: how many, the first index, their commitments of 32 bytes.
_RUN = """WITH RECURSIVE places(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM places WHERE at + 1 < ?1)
    INSERT INTO entries ("index", commitment) SELECT ?2 + at, substr(?3, at * 32 + 1, 32) FROM places"""


def insert_entries(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert entries: index, commitment."""
    _insert(connection, Entry, rows)


def insert_run(connection: Connection, first: int, commitments: Sequence[bytes]) -> None:
    """Insert entries with indices that run on from `first`."""
    if connection.dialect.name == "sqlite":
        # One statement, cut up by SQLite itself, takes half of what a statement for each entry does.
        connection.exec_driver_sql(_RUN, (len(commitments), first, b"".join(commitments)))
    else:
        insert_entries(connection, list(enumerate(commitments, first)))


def insert_payloads(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert payloads, in the order of the table's columns."""
    _insert(connection, StoredPayload, rows)


def stored_ids(connection: Connection, ids: Collection[str]) -> list[tuple[str, int, str]]:
    """Return id, entry index and body of those events that are stored."""
    if connection.dialect.name == "postgresql":
        asked: tuple[Any, ...] = (list(ids),)
        found = "= ANY(%s)"
    else:
        asked = tuple(ids)
        found = f"IN ({','.join('?' * len(asked))})"
    rows = connection.exec_driver_sql(
        f"SELECT id, entry_index, body FROM payloads WHERE id {found}",  # noqa: S608 - placeholders only
        asked,
    )
    return [(name, index, body) for name, index, body in rows]


def _insert(connection: Connection, model: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        dialect = connection.dialect
        cursor: Any = connection.connection.cursor()
        refused: Any = dialect.loaded_dbapi.Error
        try:
            with cursor, cursor.copy(_copy(model)) as copy:
                for row in rows:
                    copy.write_row(row)
        except refused as exc:
            # As SQLAlchemy raises it from every other statement: a full disk is no fault of ours.
            raise DBAPIError.instance(_copy(model), None, exc, refused, dialect=dialect) from exc
    else:
        connection.exec_driver_sql(_values(model), list(rows))


def _named(model: type[SQLModel]) -> tuple[str, str, int]:
    table: Table = model.__table__  # type: ignore[attr-defined]
    columns = [f'"{column.name}"' for column in table.columns]
    return table.name, ", ".join(columns), len(columns)


@cache
def _copy(model: type[SQLModel]) -> str:
    name, columns, _ = _named(model)
    return f"COPY {name} ({columns}) FROM STDIN"


@cache
def _values(model: type[SQLModel]) -> str:
    name, columns, count = _named(model)
    return f"INSERT INTO {name} ({columns}) VALUES ({', '.join('?' * count)})"  # noqa: S608 - our own names
