"""Copy every row from one database into another, SQLite or PostgreSQL: how a backup of PostgreSQL is made and put back.

Both have this version's tables; the copy goes through SQLModel's own types, so that a row means the same in both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, inspect, select, text
from sqlmodel import SQLModel

from api import tables

#: So many rows are read and written at a time.
_AT_A_TIME = 1_000
#: What triggers write while other tables are filled; it is replaced by the rows of the source at the end.
_KEPT_BY_TRIGGERS = frozenset({"listing_change"})


def all_tables() -> list[Table]:
    """Return the tables of every room in the order in which they can be filled."""
    assert tables.TABLE_MODULES  # noqa: S101 - importing them registers the tables
    ordered = SQLModel.metadata.sorted_tables
    return sorted(ordered, key=lambda table: table.name in _KEPT_BY_TRIGGERS)


def filled_table(connection: Connection) -> str | None:
    """Return the name of a table that holds a row, None for an empty database."""
    there = set(inspect(connection).get_table_names())
    for table in all_tables():
        if table.name in there and connection.execute(select(table).limit(1)).first() is not None:
            return table.name
    return None


def copy_rows(source: Connection, target: Connection) -> int:
    """Copy all rows into a database whose tables are empty, in the target's transaction; return how many.

    They go in by their primary keys: the ledger's triggers want one index after the other.
    """
    copied = 0
    for table in all_tables():
        if table.name in _KEPT_BY_TRIGGERS:
            target.execute(delete(table))
        asked = select(table).order_by(*table.primary_key).execution_options(yield_per=_AT_A_TIME)
        for part in source.execute(asked).mappings().partitions():
            target.execute(insert(table), [{name: _portable(value) for name, value in row.items()} for row in part])
            copied += len(part)
    _set_sequences(target)
    return copied


def _portable(value: Any) -> Any:
    return in_utc(value) if isinstance(value, datetime) else value


def in_utc(time: datetime) -> datetime:
    """Return a stored time with its zone: SQLite gives UTC without one, PostgreSQL the zone that it was set to."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _set_sequences(target: Connection) -> None:
    """Let PostgreSQL's own numbers go on after those that were copied; SQLite looks at the rows anyway."""
    if target.dialect.name != "postgresql":
        return
    for table in all_tables():
        column = table.autoincrement_column
        if column is None:
            continue
        last = target.execute(select(func.max(column))).scalar()
        sequence = target.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar()
        if last is not None and sequence is not None:
            target.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


@contextmanager
def standing_still(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, whatever is written meanwhile, and writes nothing."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection
