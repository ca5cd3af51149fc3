from sqlalchemy import Engine, text

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
    recorder = Recorder(any_engine, lambda: NOW)
    with any_engine.begin() as connection:
        for statement in BREAKING[any_engine.dialect.name]:
            connection.execute(text(statement))
    recorder.put([_impression(1)])
    recorder.flush()
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
