"""Migrations make what the code's tables say, on both databases, and may be run again."""

import pytest
from sqlalchemy import Engine, inspect

from api.migrate import drift, newest, revision, upgrade
from index.database import make_engine
from index.settings import Settings


def test_a_migrated_database_is_at_the_newest_revision(any_engine: Engine) -> None:
    assert revision(any_engine) == newest()


def test_the_migrations_make_exactly_the_tables_in_code(any_engine: Engine) -> None:
    assert drift(any_engine) == []


def test_migrating_again_changes_nothing(any_engine: Engine) -> None:
    before = sorted(inspect(any_engine).get_table_names())
    upgrade(any_engine)
    assert sorted(inspect(any_engine).get_table_names()) == before


def test_an_empty_database_has_no_revision(bare_settings: Settings) -> None:
    engine = make_engine(bare_settings)
    assert revision(engine) is None
    engine.dispose()


@pytest.mark.parametrize("target", ["0001_listings", "0002_ledger"])
def test_an_older_database_upgrades(bare_settings: Settings, target: str) -> None:
    engine = make_engine(bare_settings)
    upgrade(engine, target)
    assert revision(engine) == target
    upgrade(engine)
    assert revision(engine) == newest()
    engine.dispose()
