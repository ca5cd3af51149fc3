"""Databases of every earlier version come up to this one with their rows in place."""

import sqlite3
from contextlib import closing

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from api.migrate import _config, newest, revision, upgrade
from api.operations.database import opened, upgrade_in_place
from index.database import make_engine
from index.errors import StorageError
from index.settings import Settings

EARLIER = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _fill(settings: Settings) -> None:
    """Put a row into each table, whatever its columns; the driver alone does not check foreign keys."""
    with closing(sqlite3.connect(settings.database.removeprefix("sqlite:///"))) as connection, connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'")
        for (table,) in tables.fetchall():
            kinds = [row[2] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            marks = ", ".join("?" * len(kinds))
            # A trigger may have written the row of another table already.
            connection.execute(f'INSERT OR IGNORE INTO "{table}" VALUES ({marks})', [_value(kind) for kind in kinds])  # noqa: S608


def _value(kind: str) -> object:
    if "CHAR" in kind or "TEXT" in kind:
        return "zhuli"
    if "JSON" in kind:
        return "[]"
    if "BLOB" in kind:
        return b"x" * 32
    return "2026-11-24 04:00:00" if "DATETIME" in kind else 0


def _counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()  # noqa: S608
            for table in inspect(connection).get_table_names()
        }


@pytest.mark.parametrize("earlier", EARLIER)
def test_a_filled_database_of_an_earlier_version_keeps_its_rows(settings: Settings, earlier: str) -> None:
    engine = make_engine(settings)
    upgrade(engine, earlier)
    _fill(settings)
    before = _counts(engine)
    assert upgrade_in_place(engine) == (earlier, newest())
    after = _counts(engine)
    engine.dispose()
    assert set(before.values()) == {1}, before
    # 0008 ends sessions on purpose: those from before it name no device.
    ended = {"web_session": 0} if earlier < "0008" and "web_session" in before else {}
    assert {table: after[table] for table in before} == before | ended


def test_opening_makes_a_missing_database(settings: Settings) -> None:
    with opened(settings) as engine:
        assert revision(engine) == newest()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(settings: Settings) -> None:
    with opened(settings) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(StorageError, match="newer Baicha"), opened(settings):
        pass
    engine = make_engine(settings)
    assert revision(engine) == "9999_future"
    engine.dispose()
