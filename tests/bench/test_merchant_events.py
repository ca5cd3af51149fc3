"""What the benchmark's loader puts in is a ledger like any other."""

import pytest
from sqlalchemy import Engine, text

from bench.merchant_events import check_rows, load
from index.database import reading
from ledger.tallies.keeping import first_difference
from tests.ledger.log.builders import audited, signed

EVENTS = 4_000


def schema(engine: Engine) -> set[tuple[str, str]]:
    with engine.connect() as connection:
        return {(name, sql) for name, sql in connection.execute(text("SELECT name, sql FROM sqlite_master"))}


@pytest.mark.one_database("sqlite", "the benchmark's loader writes into SQLite alone")
def test_a_loaded_year_verifies_has_its_tallies_and_the_schema_that_it_had(engine: Engine) -> None:
    before = schema(engine)
    load(engine, EVENTS, 30, seed=3)
    signed(engine)

    assert audited(engine).covered == EVENTS
    assert check_rows(engine, EVENTS, 40) == EVENTS // 40
    with reading(engine) as session:
        assert first_difference(session.connection(), session.connection()) is None
        kinds = session.connection().execute(text("SELECT DISTINCT kind FROM payloads")).scalars()
        assert set(kinds) == {"impression", "open", "directions", "visit", "payment"}
    assert schema(engine) == before
