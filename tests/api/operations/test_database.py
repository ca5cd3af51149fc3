"""Databases of every earlier version come up to this one with their rows in place."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from api.migrate import _config, newest, revision, upgrade
from api.operations.database import opened, upgrade_in_place
from index.database import make_engine
from index.errors import StorageError
from index.settings import Settings

EARLIER = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
#: A value for a column of each type that the tables have.
VALUES: dict[type, Any] = {
    bool: False,
    bytes: b"x" * 32,
    datetime: datetime(2026, 11, 24, 4, tzinfo=UTC),
    object: [],  # JSON
    float: 0.0,
    int: 0,
    str: "B",  # a grade is one letter
}
#: Columns that a later version has taken away: 0008 keeps failed logins in a table of their own.
GONE = {"failures", "locked_until"}


def _tables(connection: Connection) -> MetaData:
    """Return the tables as the database has them, whatever the code's are by now."""
    found = MetaData()
    found.reflect(connection)
    found.remove(found.tables["alembic_version"])
    return found


def _fill(settings: Settings) -> MetaData:
    """Put a row into each table, past the foreign keys; return the tables."""
    engine = create_engine(settings.database)  # SQLite checks no foreign keys unless it is asked to
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        tables = _tables(connection)
        for table in tables.sorted_tables:
            # A trigger may have written the row of another table already.
            insert = table.insert().prefix_with("OR IGNORE", dialect="sqlite")
            connection.execute(insert.values({column.name: _value(column.type) for column in table.columns}))
    engine.dispose()
    return tables


def _value(kind: TypeEngine[Any]) -> Any:
    return "RESTAURANT" if getattr(kind, "enums", None) else VALUES[kind.python_type]


def _rows(engine: Engine, tables: MetaData) -> dict[str, list[dict[str, Any]]]:
    found = {}
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            kept = select(*(column for column in table.columns if column.name not in GONE))
            found[table.name] = [dict(row) for row in connection.execute(kept).mappings()]
    return found


@pytest.mark.parametrize("earlier", EARLIER)
def test_a_filled_database_of_an_earlier_version_keeps_its_rows(bare_settings: Settings, earlier: str) -> None:
    engine = make_engine(bare_settings)
    upgrade(engine, earlier)
    tables = _fill(bare_settings)
    before = _rows(engine, tables)
    assert {len(rows) for rows in before.values()} == {1}, before
    assert upgrade_in_place(engine) == (earlier, newest())

    # 0008 ends sessions on purpose: those from before it name no device.
    ended: dict[str, Any] = {"web_session": []} if earlier < "0008" and "web_session" in before else {}
    assert _rows(engine, tables) == before | ended
    for name in {"entries", "payloads", "tiles", "checkpoints"} & set(before):
        for statement in (f"UPDATE {name} SET {_a_column(tables, name)} = NULL", f"DELETE FROM {name}"):  # noqa: S608
            with pytest.raises(DBAPIError, match=r"append-only|only by a logged erasure"), engine.begin() as connection:
                connection.execute(text(statement))
    engine.dispose()


def _a_column(tables: MetaData, name: str) -> str:
    return next(column.name for column in tables.tables[name].columns if not column.primary_key)


def test_opening_makes_a_missing_database(bare_settings: Settings) -> None:
    with opened(bare_settings) as engine:
        assert revision(engine) == newest()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(settings: Settings) -> None:
    with opened(settings) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(StorageError, match="newer Baicha"), opened(settings):
        pass
    engine = make_engine(settings)
    assert revision(engine) == "9999_future"
    engine.dispose()
