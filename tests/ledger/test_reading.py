from sqlalchemy import Engine

from index.database import reading
from ledger.events import Share
from ledger.periods import Period
from ledger.reading import count_events, events_of
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
        assert (count_events(session), list(events_of(session))) == (0, [])


def test_reading_many_events_streams_on_both_databases(any_engine: Engine) -> None:
    stored(any_engine, *(an_event() for _ in range(2_500)))

    with reading(any_engine) as session:
        assert sum(1 for _ in events_of(session)) == 2_500
        # The connection is not left streaming.
        assert count_events(session) == 2_500
