from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from api.recording import QUEUE_LIMIT, Recorder
from index.database import reading, writing
from ledger.events import Event, Impression
from ledger.reading import events_of
from tests.api.builders import NOW
from tests.api.conftest import BREAKING


def _impression(number: int) -> Event:
    payload = Impression(query_id="query-0001", position=0)
    return Event(id=f"shown-{number:05d}", at=NOW, listing="tea-house", visitor="visitor-1", payload=payload)


def _stored(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return {logged.event.id for logged in events_of(session)}


def test_all_that_was_put_is_in_the_ledger_when_it_closes(any_engine: Engine) -> None:
    recorder = Recorder(any_engine, lambda: NOW)
    for number in range(250):
        recorder.put([_impression(number)])
    recorder.close()
    assert _stored(any_engine) == {_impression(number).id for number in range(250)}


def test_one_failure_loses_no_later_events(any_engine: Engine) -> None:
    recorder = Recorder(any_engine, lambda: NOW, patience_s=0)
    with any_engine.begin() as connection:
        for statement in BREAKING[any_engine.dialect.name]:
            connection.execute(text(statement))
    recorder.put([_impression(1)])
    assert recorder.flush()
    with any_engine.begin() as connection:
        on_table = "" if any_engine.dialect.name == "sqlite" else " ON entries"
        connection.execute(text(f"DROP TRIGGER broken{on_table}"))
    recorder.put([_impression(2)])
    recorder.close()
    assert _stored(any_engine) == {_impression(2).id}


def test_when_the_queue_is_full_events_are_dropped_and_nobody_waits(engine: Engine) -> None:
    recorder = Recorder(engine, lambda: NOW)
    with writing(engine) as session:  # the thread waits for this lock, the caller does not
        session.connection().execute(text("SELECT 1"))  # a transaction begins with its first statement
        recorder.put([_impression(0)])
        for _ in range(QUEUE_LIMIT + 200):
            recorder.put([])
        recorder.put([_impression(1)])
    recorder.close()
    assert _stored(engine) == {_impression(0).id}


def _take_away(engine: Engine) -> None:
    """Make every append fail as while a database is away: SQLite finds no table, PostgreSQL's disk is full."""
    statements = {"sqlite": ["ALTER TABLE entries RENAME TO away"], "postgresql": BREAKING["postgresql"]}
    with engine.begin() as connection:
        for statement in statements[engine.dialect.name]:
            connection.execute(text(statement))


def _bring_back(engine: Engine) -> None:
    statements = {"sqlite": "ALTER TABLE away RENAME TO entries", "postgresql": "DROP TRIGGER broken ON entries"}
    with engine.begin() as connection:
        connection.execute(text(statements[engine.dialect.name]))


def test_what_was_put_while_the_database_was_away_is_recorded_when_it_is_back(engine: Engine) -> None:
    recorder = Recorder(engine, lambda: NOW)
    _take_away(engine)
    for number in range(3):
        recorder.put([_impression(number)])
    recorder.record([_impression(3)])
    assert not recorder.flush(0.3)
    _bring_back(engine)
    assert recorder.flush()
    recorder.close()
    assert _stored(engine) == {_impression(number).id for number in range(4)}


def test_the_end_waits_for_a_database_that_is_away_no_longer_than_its_limit_and_says_what_is_lost(
    engine: Engine,
) -> None:
    recorder = Recorder(engine, lambda: NOW, ends_within_s=0.2)
    _take_away(engine)
    with capture_logs() as logged:
        recorder.put([_impression(0)])
        assert not recorder.flush(0.1)
        recorder.put([_impression(1), _impression(2)])
        recorder.close()
    lost = [line["count"] for line in logged if line["event"] == "impressions not recorded"]
    assert sum(lost) == 3
    _bring_back(engine)
    assert not _stored(engine)
