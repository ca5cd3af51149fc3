import json

from sqlalchemy import Engine

from index.database import reading, writing
from ledger.erasure import forget
from ledger.events import Share, parse_event
from ledger.periods import Period
from ledger.proof import commitment
from ledger.reading import count_events, events_of, export_lines
from tests.ledger.builders import DAY, NOW, TZ, an_event, stored


def test_events_come_in_the_order_of_the_log_and_can_be_narrowed(any_engine: Engine) -> None:
    events = [
        an_event(),
        an_event(at=NOW - 3 * DAY),
        an_event(listing="farm-stay"),
        an_event(Share()),
    ]
    stored(any_engine, *events)
    today = Period.last_days(1, NOW, TZ)

    with reading(any_engine) as session:
        assert [logged.event for logged in events_of(session)] == events
        assert [logged.index for logged in events_of(session, ["tea-house"], today)] == [0, 3]
        assert [logged.index for logged in events_of(session, kinds=["share"])] == [3]
        assert list(events_of(session, [])) == []


def test_an_empty_ledger_reads_as_nothing(any_engine: Engine) -> None:
    with reading(any_engine) as session:
        assert (count_events(session), list(events_of(session)), list(export_lines(session))) == (0, [], [])


def test_an_exported_line_proves_its_event_and_an_erased_one_keeps_its_place(any_engine: Engine) -> None:
    kept = an_event(visitor="visitor-2")
    stored(any_engine, an_event(), kept)
    with writing(any_engine) as session:
        forget(session, "visitor-1", now=NOW)

    with reading(any_engine) as session:
        lines = [json.loads(line) for line in export_lines(session)]

    assert [line["index"] for line in lines] == [0, 1, 2]
    assert set(lines[0]) == {"index", "commitment"}
    assert parse_event(json.loads(lines[1]["event"])) == kept
    for line in lines[1:]:
        assert commitment(bytes.fromhex(line["salt"]), line["event"]).hex() == line["commitment"]


def test_reading_many_events_streams_on_both_databases(any_engine: Engine) -> None:
    stored(any_engine, *(an_event() for _ in range(2_500)))

    with reading(any_engine) as session:
        assert sum(1 for _ in events_of(session)) == 2_500
        # The connection is not left streaming.
        assert count_events(session) == 2_500
