"""PostgreSQL is restarted while tourists search: what they were shown is in the ledger, each of it once."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sentence_transformers import SentenceTransformer
from sqlalchemy import Connection, create_engine, text

from api.container import Container
from api.migrate import upgrade
from api.operations.moving import copy_rows, standing_still
from index.database import make_engine, reading
from index.settings import Settings
from ledger.append import _ADVISORY_LOCK
from ledger.events import Impression
from ledger.reading import events_of
from tests.api.builders import TEA_HOUSE, Clock, County, Served, browser_with_visitor, serve
from tests.postgres import PostgresServer

SEARCHERS = 2
#: Searches that each makes at least.
SEARCHES = 5
#: Seconds in which a restarted server surely answers again.
PATIENCE_S = 300


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that no other test uses."""
    server = PostgresServer.start()
    yield server
    server.stop()


@pytest.fixture
def served_there(
    county: County, own_server: PostgresServer, tmp_path: Path, shared_encoder: SentenceTransformer
) -> Iterator[Served]:
    """The county, served from that server."""
    shutil.copytree(county.folder, tmp_path / "served", ignore=shutil.ignore_patterns("baicha.sqlite*"))
    url = own_server.create_database("baicha")
    source, target = make_engine(Settings(data=county.folder)), make_engine(Settings(database_url=url))
    upgrade(target)
    with standing_still(source) as rows, target.begin() as connection:
        copy_rows(rows, connection)
    for engine in (source, target):
        engine.dispose()
    container = Container(Settings(data=tmp_path / "served", database_url=url, hold_out=0), Clock())
    container.__dict__["encoder"] = shared_encoder
    made = serve(county, container, Clock())
    container.finder()
    yield made
    for client in (made.client, *made.browsers):
        client.close()
    container.close()


@pytest.mark.postgres
@pytest.mark.one_database("postgresql", "restarts the server, which SQLite does not have")
def test_all_that_was_shown_is_recorded_though_postgresql_was_restarted(
    served_there: Served, own_server: PostgresServer
) -> None:
    restarted = Event()

    def search(number: int) -> set[tuple[str, str]]:
        browser, _ = browsers[number]
        shown: set[tuple[str, str]] = set()
        answered = 0
        while answered < SEARCHES or not restarted.is_set():
            reply = browser.get("/v1/search", params={"q": f"农家乐 {answered}"})
            assert reply.status_code in {200, 503}
            if reply.status_code == 200:
                page = reply.json()
                shown |= {(page["query_id"], result["id"]) for result in page["results"]}
                answered += 1
        return shown

    browsers = [browser_with_visitor(served_there) for _ in range(SEARCHERS)]
    # The writer waits for its turn when the server goes down, so that its transaction is one of those that break.
    holder = create_engine(served_there.container.settings.database)
    with holder.connect() as turn, ThreadPoolExecutor(SEARCHERS + 1) as pool:
        turn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        first = browsers[0][0].get("/v1/search", params={"q": "茶馆"}).json()
        opening = pool.submit(browsers[1][0].get, f"/listings/{TEA_HOUSE}")
        running = [pool.submit(search, number) for number in range(SEARCHERS)]
        _await_waiting(turn)
        own_server.restart()
        restarted.set()
        shown = set[tuple[str, str]]().union(*(one.result() for one in running))
        turn.invalidate()
    holder.dispose()
    shown |= {(first["query_id"], result["id"]) for result in first["results"]}
    assert opening.result().status_code == 200

    recorder = served_there.container.recorder
    assert recorder.flush(PATIENCE_S)
    with reading(served_there.container.engine) as session:
        kept = [one.event for one in events_of(session, kinds=["impression", "open"])]
    assert [event.listing for event in kept if event.kind == "open"] == [TEA_HOUSE]
    impressions = [(event.payload.query_id, event.listing) for event in kept if isinstance(event.payload, Impression)]
    assert len(impressions) == len(set(impressions))
    assert shown <= set(impressions)


def _await_waiting(connection: Connection) -> None:
    """Wait until the recorder and the opening both wait for their turn to append."""
    until = time.monotonic() + PATIENCE_S
    wanted = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    while connection.execute(wanted).scalar_one() < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
