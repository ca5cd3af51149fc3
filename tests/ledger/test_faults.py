"""Faults of the machine: a clear error, nothing half written, and the ledger goes on when the fault is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from api.cli.faults import REFUSED, explain
from index.database import reading, writing
from ledger.append import Status, append
from ledger.erasure import forget
from ledger.log.checkpoints import make_checkpoint
from ledger.reading import count_events
from ledger.tallies import keeping
from tests.ledger.builders import DAY, HOUR, NOW, an_event, stored
from tests.ledger.log.builders import KEY, audited, grown

#: What makes a connection refuse to write, and what lets it again.
READ_ONLY = {
    "sqlite": ("PRAGMA query_only=ON", "PRAGMA query_only=OFF"),
    "postgresql": ("SET default_transaction_read_only = on", "SELECT 1"),
}


@contextmanager
def every_connection(engine: Engine, pragma: str, after: str) -> Iterator[None]:
    """Run a pragma on each connection; the pool forgets those from before and after."""

    def prepare(connection: object, _record: object) -> None:
        connection.execute(pragma)  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    engine.dispose()
    event.listen(engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(engine, "connect", prepare)
        engine.dispose()
        with engine.connect() as connection:
            connection.exec_driver_sql(after)


@contextmanager
def a_full_disk(engine: Engine) -> Iterator[None]:
    """SQLite's own limit on pages, which fails as a full disk does (SQLITE_FULL)."""
    with engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    with every_connection(engine, f"PRAGMA max_page_count={pages}", "PRAGMA max_page_count=1073741823"):
        yield


def the_tallies_differ(engine: Engine) -> keeping.TallyDifference | None:
    with reading(engine) as session:
        return keeping.first_difference(session.connection(), session.connection())


@pytest.mark.one_database("sqlite", "filled by SQLite's own limit; PostgreSQL's full disk is the routes' to test")
def test_a_full_disk_is_said_and_leaves_no_half_batch(engine: Engine) -> None:
    grown(engine, 50)
    with a_full_disk(engine), pytest.raises(OperationalError, match="full") as fault:
        stored(engine, *(an_event(visitor="visitor-2") for _ in range(2_000)))

    assert explain(fault.value)[1] == REFUSED
    assert "disk is full" in explain(fault.value)[0]
    assert audited(engine).entries == 50
    assert stored(engine, an_event(visitor="visitor-2"))[0].index == 50
    assert the_tallies_differ(engine) is None


@pytest.mark.one_database("sqlite", "filled by SQLite's own limit; PostgreSQL's full disk is the routes' to test")
def test_a_checkpoint_on_a_full_disk_signs_nothing_and_is_made_later(engine: Engine) -> None:
    grown(engine, 5)
    stored(engine, *(an_event(visitor="visitor-2") for _ in range(3_000)))
    with a_full_disk(engine), pytest.raises(OperationalError, match="full"), writing(engine) as session:
        make_checkpoint(session, KEY, now=NOW)

    assert audited(engine).covered == 5
    assert grown(engine, 0).checkpoint.size == audited(engine).covered == 3_005


def test_a_database_that_cannot_be_written_is_said_and_still_verifies(engine: Engine) -> None:
    grown(engine, 5)
    with every_connection(engine, *READ_ONLY[engine.dialect.name]):
        with pytest.raises(DBAPIError, match=r"read-?only") as fault:
            stored(engine, an_event())
        with pytest.raises(DBAPIError, match=r"read-?only"), writing(engine) as session:
            forget(session, "visitor-10", now=NOW)
        assert audited(engine).entries == 5

    assert explain(fault.value)[1] == REFUSED
    assert stored(engine, an_event())[0].index == 5
    assert the_tallies_differ(engine) is None


def test_a_clock_that_is_set_back_damages_nothing_and_refuses_with_the_reason(any_engine: Engine) -> None:
    grown(any_engine, 3)
    with writing(any_engine) as session:
        ahead, then = append(
            session, [an_event(visitor="visitor-2"), an_event(at=NOW - DAY)], now=NOW - DAY, trusted=False
        )
    assert (ahead.status, ahead.reason) == (Status.REJECTED, "its time lies in the future; set the device's clock")
    assert (then.status, then.index) == (Status.RECORDED, 3)
    with writing(any_engine) as session:
        assert make_checkpoint(session, KEY, now=NOW - HOUR).checkpoint.size == 4
        assert make_checkpoint(session, KEY, now=NOW - 2 * timedelta(days=400)).checkpoint.size == 4
    assert audited(any_engine).covered == 4
    assert the_tallies_differ(any_engine) is None


@pytest.mark.one_database("postgresql", "nothing cuts off a writer of SQLite but the end of its process")
def test_a_writer_that_postgresql_cuts_off_loses_only_what_was_not_acknowledged(engine: Engine) -> None:
    stored(engine, an_event(visitor="visitor-2"))

    def cut_off_before_the_commit() -> None:
        with writing(engine) as session:
            append(session, [an_event(visitor="visitor-2")], now=NOW)
            [own] = session.connection().execute(text("SELECT pg_backend_pid()")).scalars()
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})

    with pytest.raises(OperationalError):
        cut_off_before_the_commit()

    with reading(engine) as session:
        assert count_events(session) == 1
    assert stored(engine, an_event(visitor="visitor-2"))[0].index == 1
