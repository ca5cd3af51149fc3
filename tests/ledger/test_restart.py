"""PostgreSQL is restarted under load: writers send the same events again, and each is stored once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.migrate import upgrade
from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.append import Receipt, append
from ledger.events import Event
from ledger.tallies.keeping import first_difference
from tests.ledger.builders import NOW, an_event
from tests.ledger.log.builders import audited, signed
from tests.postgres import PostgresServer

WRITERS = 4
BATCHES = 25
#: Seconds in which a restarted server surely answers again.
PATIENCE_S = 300


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that no other test uses."""
    server = PostgresServer.start()
    yield server
    server.stop()


@pytest.mark.postgres
@pytest.mark.one_database("postgresql", "restarts the server, which SQLite does not have")
def test_nothing_is_lost_or_double_when_postgresql_is_restarted_under_load(own_server: PostgresServer) -> None:
    engine = make_engine(Settings(database_url=own_server.create_database("baicha")))
    upgrade(engine)
    refused: list[OperationalError] = []
    restarted = threading.Event()

    def send(events: list[Event]) -> list[Receipt]:
        started = time.monotonic()
        while True:
            try:
                with writing(engine) as session:
                    return append(session, events, now=NOW)
            except OperationalError as exc:
                refused.append(exc)
                if time.monotonic() - started > PATIENCE_S:
                    raise
                time.sleep(0.02)

    def write(_: int) -> list[Receipt]:
        receipts: list[Receipt] = []
        # At least until the restart is over: on a slow machine it begins when others would be done.
        while len(receipts) < BATCHES * 10 or not restarted.is_set():
            receipts += send([an_event() for _ in range(10)])
            time.sleep(0.01)
        return receipts

    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(write, number) for number in range(WRITERS)]
        own_server.restart()
        restarted.set()
        receipts = [receipt for one in running for receipt in one.result()]

    assert refused, "a writer met the restart"
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, entry_index FROM payloads"))
        stored = {row.id: row.entry_index for row in rows}
    assert stored == {receipt.id: receipt.index for receipt in receipts}
    assert sorted(stored.values()) == list(range(len(receipts)))
    signed(engine)
    assert audited(engine).covered == len(stored)
    with reading(engine) as session:
        assert first_difference(session.connection(), session.connection()) is None
    engine.dispose()
