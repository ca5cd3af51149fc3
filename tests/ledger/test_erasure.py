import pytest
from sqlalchemy import Engine, text

from index.database import reading, writing
from index.settings import Settings
from ledger.append import Status, append
from ledger.erasure import ErasureReceipt, digest_of, forget
from ledger.events import Erasure, Event
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period
from ledger.reading import count_events, events_of
from tests.ledger.builders import NOW, TZ, a_visit, an_event, stored


def forgotten(engine: Engine, visitor: str) -> ErasureReceipt:
    with writing(engine) as session:
        return forget(session, visitor, now=NOW)


def test_a_forgotten_visitors_payloads_go_while_the_entries_and_the_others_stay(any_engine: Engine) -> None:
    others = an_event(visitor="visitor-2")
    stored(any_engine, an_event(), others, a_visit())

    receipt = forgotten(any_engine, "visitor-1")

    assert (receipt.erased, receipt.index, receipt.at) == (2, 3, NOW)
    with reading(any_engine) as session:
        left = [logged.event for logged in events_of(session)]
        assert count_events(session) == 4
    assert left[0] == others
    assert isinstance(left[1].payload, Erasure)
    assert left[1].payload.indices == (0, 2)


def test_the_visitors_id_is_left_nowhere_in_the_database(any_engine: Engine) -> None:
    event = an_event(visitor="someone-in-particular")
    stored(any_engine, event)

    forgotten(any_engine, "someone-in-particular")

    with any_engine.connect() as connection:
        for table in ("entries", "payloads", "erased", "forgotten"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - the test's own names
            assert "someone-in-particular" not in str(rows)
            assert event.id not in str(rows)


@pytest.mark.one_database("sqlite", "of SQLite's files and its write-ahead log")
def test_on_sqlite_the_erased_bytes_are_in_no_file_of_the_folder_once_it_is_committed(
    engine: Engine, settings: Settings
) -> None:
    stored(engine, *(an_event(visitor="someone-in-particular") for _ in range(200)))
    assert any(b"someone-in-particular" in path.read_bytes() for path in settings.data.iterdir())

    forgotten(engine, "someone-in-particular")

    assert (settings.data / "baicha.sqlite-wal").stat().st_size == 0
    assert not any(b"someone-in-particular" in path.read_bytes() for path in settings.data.iterdir())


@pytest.mark.one_database("sqlite", "of SQLite's files and its write-ahead log")
def test_on_sqlite_a_reader_that_is_in_the_way_delays_the_truncation_and_not_the_erasure(engine: Engine) -> None:
    stored(engine, an_event())
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM payloads")).scalar_one()
        assert forgotten(engine, "visitor-1").erased == 1

    assert forgotten(engine, "visitor-1").erased == 1
    stored(engine, an_event(visitor="visitor-2"))


@pytest.mark.parametrize("trusted", [True, False])
def test_late_events_of_a_forgotten_visitor_are_refused_and_others_are_not(
    any_engine: Engine,
    trusted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    stored(any_engine, an_event())
    forgotten(any_engine, "visitor-1")

    with writing(any_engine) as session:
        late, other, nobodys = append(
            session, [an_event(), an_event(visitor="visitor-2"), an_event(visitor=None)], now=NOW, trusted=trusted
        )

    assert (late.status, late.reason) == (Status.REJECTED, "its visitor asked to be forgotten")
    assert (other.status, nobodys.status) == (Status.RECORDED, Status.RECORDED)


def test_who_is_forgotten_before_anything_arrived_stays_forgotten(any_engine: Engine) -> None:
    stored(any_engine, an_event(visitor="visitor-2"))

    first, again = forgotten(any_engine, "visitor-1"), forgotten(any_engine, "visitor-1")

    assert (first.erased, first.index, again.erased, again.index) == (0, 1, 0, 1)
    with writing(any_engine) as session:
        [late] = append(session, [an_event()], now=NOW)
    assert late.status is Status.REJECTED


def test_an_erasure_logs_a_digest_of_the_hashes_that_it_keeps(any_engine: Engine) -> None:
    stored(any_engine, an_event(), an_event())
    forgotten(any_engine, "visitor-1")

    with any_engine.connect() as connection:
        ids = connection.execute(text("SELECT id_hash FROM erased ORDER BY entry_index")).scalars().all()
        visitors = connection.execute(text("SELECT visitor_hash FROM forgotten")).scalars().all()
    with reading(any_engine) as session:
        [logged] = events_of(session, kinds=["erasure"])
    assert isinstance(logged.event.payload, Erasure)
    assert logged.event.payload.digest == digest_of(map(bytes, (*ids, *visitors)))


def test_a_visitor_of_whom_nothing_is_kept_is_forgotten_without_an_event(any_engine: Engine) -> None:
    assert forgotten(any_engine, "visitor-1") == ErasureReceipt(0, None, NOW)
    with reading(any_engine) as session:
        assert count_events(session) == 0


def test_forgetting_twice_erases_once_and_gives_the_same_receipt(any_engine: Engine) -> None:
    stored(any_engine, an_event())

    first, again = forgotten(any_engine, "visitor-1"), forgotten(any_engine, "visitor-1")

    assert (first.erased, first.index) == (again.erased, again.index) == (1, 1)
    with reading(any_engine) as session:
        assert count_events(session) == 2


def test_a_late_retry_does_not_bring_an_erased_event_back(any_engine: Engine) -> None:
    erased: list[Event] = [an_event(), an_event()]
    stored(any_engine, *erased)
    forgotten(any_engine, "visitor-1")

    with writing(any_engine) as session:
        receipts = append(session, [*erased, an_event(visitor="visitor-2")], now=NOW)

    assert [(receipt.status, receipt.index) for receipt in receipts] == [
        (Status.DUPLICATE, 0),
        (Status.DUPLICATE, 1),
        (Status.RECORDED, 3),
    ]
    assert receipts[0].reason == "erased at its visitor's request"


def test_figures_no_longer_count_a_forgotten_visitor(any_engine: Engine) -> None:
    stored(any_engine, a_visit(), a_visit(visitor="visitor-2"))

    forgotten(any_engine, "visitor-1")

    with reading(any_engine) as session:
        found = merchant_summary(session, ["tea-house"], Period.last_days(7, NOW, TZ))
    assert (found.visits, found.visitors) == (1, 1)
