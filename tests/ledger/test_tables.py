"""The triggers that the migration makes: nothing written is changed behind the log's back."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.ledger.builders import an_event, stored

APPEND_ONLY = "append-only|must be the next one|duplicate key"


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET commitment = commitment",
        "DELETE FROM entries",
        'DELETE FROM entries WHERE "index" = 1',
        "UPDATE payloads SET body = body",
        "UPDATE payloads SET visitor = NULL",
    ],
)
def test_entries_and_payloads_refuse_change(any_engine: Engine, statement: str) -> None:
    stored(any_engine, an_event(), an_event())

    with pytest.raises(DBAPIError, match=APPEND_ONLY):
        run(any_engine, statement)


def test_a_payload_that_no_erasure_names_refuses_deletion(any_engine: Engine) -> None:
    stored(any_engine, an_event())

    with pytest.raises(DBAPIError, match="only by a logged erasure"):
        run(any_engine, "DELETE FROM payloads")


def test_naming_an_index_as_erased_is_not_enough_when_no_erasure_event_logs_it(any_engine: Engine) -> None:
    stored(any_engine, an_event(), an_event())
    run(
        any_engine, "INSERT INTO erased (entry_index, logged_at_index, id_hash) SELECT 0, 1, salt FROM payloads LIMIT 1"
    )

    with pytest.raises(DBAPIError, match="only by a logged erasure"):
        run(any_engine, "DELETE FROM payloads WHERE entry_index = 0")
    with pytest.raises(DBAPIError, match=APPEND_ONLY):
        run(any_engine, "DELETE FROM erased")


@pytest.mark.parametrize(
    "statement",
    [
        'INSERT OR REPLACE INTO entries SELECT "index", zeroblob(32) FROM entries',
        "INSERT OR REPLACE INTO payloads SELECT * FROM payloads",
        "INSERT INTO entries VALUES (7, zeroblob(32))",
        "INSERT INTO entries VALUES (-1, zeroblob(32))",
    ],
)
@pytest.mark.one_database("sqlite", "PostgreSQL has no INSERT OR REPLACE")
def test_on_sqlite_replacing_and_leaving_gaps_are_refused_too(engine: Engine, statement: str) -> None:
    stored(engine, an_event())

    with pytest.raises(DBAPIError, match=APPEND_ONLY):
        run(engine, statement)


@pytest.mark.one_database("postgresql", "SQLite has neither TRUNCATE nor these upserts")
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE entries CASCADE",
        "TRUNCATE payloads",
        "TRUNCATE erased",
        "INSERT INTO entries SELECT * FROM entries ON CONFLICT (index) DO UPDATE SET commitment = 'x'",
    ],
)
def test_on_postgresql_truncation_and_upserts_are_refused_too(engine: Engine, statement: str) -> None:
    stored(engine, an_event())

    with pytest.raises(DBAPIError, match="append-only"):
        run(engine, statement)
