"""A database of either kind comes out of a backup of either kind, row for row, and goes on from there."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from api import accounts
from api.accounts import Role
from api.migrate import upgrade
from api.operations.backup import backup
from api.operations.database import opened
from api.operations.moving import all_tables, filled_table, in_utc
from api.operations.restore import restore
from index.database import make_engine, reading, writing
from index.errors import StorageError, UsageError
from index.importing import import_file
from index.places import import_places
from index.settings import Settings
from ledger.erasure import forget
from ledger.log.auditing import audit
from ledger.log.checkpoints import make_checkpoint
from ledger.log.signing import KEY_FILE, load_key
from tests.api.builders import ROWS, TEA_HOUSE
from tests.api.operations.builders import NOW, record
from tests.ledger.builders import a_visit, an_event, stored
from tests.ledger.log.builders import behind_the_triggers
from tests.postgres import PostgresServer

STARTER = Path(__file__).parents[3] / "starter"


def _fill(settings: Settings, engine: Engine, folder: Path) -> None:
    """Put something into the tables of every room: listings, places, accounts, a signed ledger with an erasure."""
    rows = folder / "tests.jsonl"
    rows.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    assert import_file(engine, rows).exit_code == 0
    import_places(engine, STARTER / "places.csv")
    with writing(engine) as session:
        merchant = accounts.make_merchant(session, "溪边茶馆", listings=[TEA_HOUSE], now=NOW).id
        accounts.make_key(session, Role.MERCHANT, merchant=merchant, now=NOW)
    record(engine, range(900_000, 900_300))
    stored(engine, a_visit(visitor="visitor-2"), an_event(visitor="visitor-3"))
    with writing(engine) as session:
        forget(session, "visitor-3", now=NOW)
    with writing(engine) as session:
        make_checkpoint(session, load_key(settings.data / KEY_FILE), now=NOW)


def _rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(in_utc(value) if isinstance(value, datetime) else value for value in row)
                for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in all_tables()
        }


@pytest.fixture
def lived_in(settings: Settings, tmp_path: Path) -> Iterator[Engine]:
    _move_clock(settings)
    with opened(settings) as engine:
        _fill(settings, engine, tmp_path)
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def back(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer) -> Settings:
    if request.param == "sqlite":
        return Settings(data=tmp_path / "back")
    made = Settings(data=tmp_path / "back", database_url=postgres_server.copy_database("template0"))
    _move_clock(made)
    return made


def _move_clock(settings: Settings) -> None:
    """Let a PostgreSQL show times by the county's clock, as its operator may have set it."""
    engine = make_engine(settings)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {engine.url.database} SET timezone TO 'Asia/Shanghai'"))
    engine.dispose()


@pytest.mark.postgres
def test_every_row_comes_back_in_either_kind_of_database_and_the_ledger_goes_on(
    lived_in: Engine, settings: Settings, back: Settings, tmp_path: Path
) -> None:
    backup(settings, tmp_path / "b.tar.gz", now=NOW)
    restore(back, tmp_path / "b.tar.gz", now=NOW)
    with opened(back) as engine:
        assert _rows(engine) == _rows(lived_in)
        key = load_key(back.data / KEY_FILE)
        assert key.text == load_key(settings.data / KEY_FILE).text
        assert record(engine, range(901_000, 901_003)) == [303, 304, 305]
        with writing(engine) as session:
            make_checkpoint(session, key, now=NOW)
        with reading(engine) as session:
            assert audit(session, key.public).covered == 306
        # Numbers that the database gives go on after those that were copied, and versions of listings as well.
        import_places(engine, STARTER / "places.csv")
        with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("DELETE FROM entries"))
    assert (back.data / "baicha.sqlite").exists() == (back.database_url is None)


@pytest.mark.postgres
def test_a_database_that_holds_anything_is_refused_and_left_alone(
    lived_in: Engine, settings: Settings, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    backup(settings, tmp_path / "b.tar.gz", now=NOW)
    with postgres_server.borrowed("baicha_template") as url:
        there = Settings(data=tmp_path / "back", database_url=url)
        with opened(there) as engine:
            record(engine, range(901_000, 901_002))
            with pytest.raises(UsageError, match="not empty"):
                restore(there, tmp_path / "b.tar.gz", now=NOW)
            with engine.connect() as connection:
                assert connection.execute(text("SELECT count(*) FROM entries")).scalar_one() == 2
    assert list(there.data.iterdir()) == []


def filled_table_of(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return filled_table(connection)


@pytest.mark.postgres
def test_a_ledger_that_is_not_the_signed_one_is_refused_and_nothing_is_left(
    settings: Settings, back: Settings, tmp_path: Path
) -> None:
    with opened(settings) as engine:
        _fill(settings, engine, tmp_path)
    behind_the_triggers(settings, "UPDATE payloads SET body = replace(body, 'visitor-0001', 'visitor-0009')")
    backup(settings, tmp_path / "b.tar.gz", now=NOW)
    with pytest.raises(StorageError, match="not the one that was signed"):
        restore(back, tmp_path / "b.tar.gz", now=NOW)
    assert not back.data.exists() or list(back.data.iterdir()) == []
    if back.database_url:
        engine = make_engine(back)
        assert filled_table_of(engine) is None
        engine.dispose()


@pytest.mark.one_database("postgresql", "SQLite's file is backed up as it is, and migrated when it comes back")
def test_a_postgresql_of_an_older_version_is_upgraded_before_it_is_backed_up(
    bare_settings: Settings, tmp_path: Path
) -> None:
    bare_settings.data.mkdir()
    engine = make_engine(bare_settings)
    upgrade(engine, "0003_accounts")
    engine.dispose()
    with pytest.raises(UsageError, match="baicha upgrade"):
        backup(bare_settings, tmp_path / "b.tar.gz", now=NOW)
    assert not (tmp_path / "b.tar.gz").exists()
