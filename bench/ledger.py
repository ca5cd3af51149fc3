"""Durable appends beside raw INSERTs of the same bytes, on SQLite and PostgreSQL: `make bench-ledger`.

Both write batches of 1,000 in turn, one transaction each, in the same run: `raw` inserts what `append` stored (the same
rows of `entries` and `payloads`, with the same unique id) into bare tables, without the ledger's checks, hashes,
triggers and other indices. `append` makes the commitments from events that are validated already. SQLite runs with
`synchronous=FULL`, PostgreSQL with `fsync=on` and `synchronous_commit=on`. On SQLite `raw` has a file of its own, with
the same settings, so that each pays for putting its own write-ahead log into its database. Beside the share of the
clock's time stands that of this process's processor time, which other work on the machine bends less; a PostgreSQL
server's own is not in it. What this program has imported is kept out of Python's collections of garbage (`gc.freeze`):
a collection costs by the size of the process, and the rows that `raw` inserts never start one.

`--http` sends batches of 1,000 opens and the like to `POST /v1/events` of a process that serves either database, one
after the other, and eight clients at once: what validation, look-ups of listings and JSON add.
"""

import argparse
import gc
import json
import random
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
from sqlalchemy import Engine, text

from api.migrate import upgrade
from bench.merchant import make_county, served
from bench.merchant_events import listing_name
from index.database import make_engine, writing
from index.settings import Settings
from ledger.append import append
from ledger.events import Directions, Event, Impression, Open, Share
from ledger.tables import StoredPayload
from tests.postgres import PostgresServer

RESULTS = Path(__file__).parent / "results"
BATCH = 1_000
WRITERS = 8
LISTINGS = 300
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
#: What is asked of `append`: this share of the raw events a second.
TARGET = 0.25


def batch(dice: random.Random) -> list[Event]:
    """Return a thousand events as tourists make them: searches of ten impressions, each followed by what is opened."""
    events: list[Event] = []
    while len(events) < BATCH:
        visitor = secrets.token_urlsafe(16)
        for _ in range(dice.randint(1, 4)):
            events += a_search(dice, visitor)
    return events[:BATCH]


def a_search(dice: random.Random, visitor: str) -> list[Event]:
    """Return the events of one search: ten listings shown, two of them opened, and now and then more."""
    query = secrets.token_urlsafe(16)
    listings = dice.sample(range(LISTINGS), 10)
    shown = [
        Impression(
            query_id=query,
            position=position,
            terms={"meaning": dice.random(), "distance": -dice.random(), "price": 0.5},
            understood=("category:restaurant", "price"),
        )
        for position in range(10)
    ]
    done: list[Any] = [Open(query_id=query), Open(query_id=query)]
    if dice.random() < 0.3:
        done.append(Share() if dice.random() < 0.3 else Directions(map="amap"))
    return [
        an_event(payload, visitor, f"anji-listing-{listing}")
        for payload, listing in zip([*shown, *done], [*listings, *listings], strict=False)
    ]


def an_event(payload: Any, visitor: str, listing: str) -> Event:
    """Return one event with an id as devices make them."""
    return Event(id=secrets.token_urlsafe(16), at=NOW, listing=listing, visitor=visitor, payload=payload)


@contextmanager
def durable_postgres() -> Iterator[PostgresServer]:
    """Yield a server that writes to the disk: for tests it does not."""
    server = PostgresServer.start()
    try:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = on")
            connection.execute("ALTER SYSTEM SET synchronous_commit = on")
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[Engine, Engine]]]:
    """Yield a migrated SQLite and a PostgreSQL that writes to the disk, each with where the raw rows go."""
    with durable_postgres() as server:
        postgres = make_engine(Settings(data=folder, database_url=server.create_database("bench")))
        made = {
            "sqlite": (make_engine(Settings(data=folder)), make_engine(Settings(data=folder / "raw"))),
            "postgresql": (postgres, postgres),
        }
        for ours, raw in made.values():
            upgrade(ours)
            upgrade(raw)
            _make_raw(raw)
        yield made
        for engine in {engine for pair in made.values() for engine in pair}:
            engine.dispose()


def _make_raw(engine: Engine) -> None:
    like = "AS SELECT * FROM {0} WHERE false" if engine.dialect.name == "postgresql" else "AS SELECT * FROM {0} LIMIT 0"
    with engine.begin() as connection:
        for table in ("entries", "payloads"):
            connection.execute(text(f"CREATE TABLE raw_{table} {like.format(table)}"))
        connection.execute(text("CREATE UNIQUE INDEX raw_id ON raw_payloads (id)"))


@dataclass(frozen=True, slots=True)
class Took:
    """What a batch took: seconds by the clock, and of this process's processor."""

    clock_s: float
    processor_s: float


@contextmanager
def timed(into: list[Took]) -> Iterator[None]:
    """Note what the body takes."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    into.append(Took(time.perf_counter() - clock, time.process_time() - processor))


def append_batch(engine: Engine, events: list[Event]) -> None:
    """Append and commit."""
    with writing(engine) as session:
        append(session, events, now=NOW, trusted=True)


def appended(engine: Engine, events: list[Event]) -> float:
    """Append and commit; return the seconds that it took."""
    started = time.perf_counter()
    append_batch(engine, events)
    return time.perf_counter() - started


def raw_rows(engine: Engine) -> tuple[list[Any], list[Any]]:
    """Return what the last batch stored."""
    with engine.connect() as connection:
        last = connection.execute(text('SELECT max("index") FROM entries')).scalar_one()
        entries = connection.execute(text('SELECT * FROM entries WHERE "index" > :last'), {"last": last - BATCH})
        payload = StoredPayload.__table__  # type: ignore[attr-defined]
        payloads = connection.execute(payload.select().where(payload.c.entry_index > last - BATCH))
        return [tuple(row) for row in entries], [tuple(row) for row in payloads]


def insert_raw(engine: Engine, rows: tuple[list[Any], list[Any]]) -> None:
    """Insert rows by the driver's executemany and commit."""
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    with engine.connect().execution_options(sqlite_immediate=True) as connection:
        for table, some in zip(("entries", "payloads"), rows, strict=True):
            marks = ", ".join([mark] * len(some[0]))
            connection.exec_driver_sql(f"INSERT INTO raw_{table} VALUES ({marks})", some)
        connection.commit()


def measure(engines: tuple[Engine, Engine], batches: int, dice: random.Random) -> dict[str, Any]:
    """Append and insert in turn, so that whatever else the machine does weighs on both."""
    gc.collect()
    gc.freeze()
    engine, bare = engines
    ours: list[Took] = []
    raws: list[Took] = []
    for _ in range(batches + 2):
        events = batch(dice)
        with timed(ours):
            append_batch(engine, events)
        rows = raw_rows(engine)
        with timed(raws):
            insert_raw(bare, rows)
    ours, raws = ours[2:], raws[2:]  # caches and prepared statements are warm by then
    our_s, raw_s = sum(one.clock_s for one in ours), sum(one.clock_s for one in raws)
    our_cpu_s, raw_cpu_s = sum(one.processor_s for one in ours), sum(one.processor_s for one in raws)
    return {
        "append_events_s": round(batches * BATCH / our_s),
        "raw_events_s": round(batches * BATCH / raw_s),
        "share": round(raw_s / our_s, 3),
        "append_batch_ms": _percentiles([one.clock_s for one in ours]),
        "raw_batch_ms": _percentiles([one.clock_s for one in raws]),
        "append_processor_ms": round(our_cpu_s / batches * 1_000, 1),
        "raw_processor_ms": round(raw_cpu_s / batches * 1_000, 1),
        "share_of_processor": round(raw_cpu_s / our_cpu_s, 3),
    }


def together(engines: tuple[Engine, Engine], batches: int, dice: random.Random) -> dict[str, Any]:
    """Let eight writers append at once; a batch's time includes the wait for its turn."""
    engine, _ = engines
    work = [[batch(dice) for _ in range(batches)] for _ in range(WRITERS)]
    start = threading.Barrier(WRITERS + 1)

    def write(mine: list[list[Event]]) -> list[float]:
        start.wait()
        return [appended(engine, events) for events in mine]

    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(write, mine) for mine in work]
        start.wait()
        started = time.perf_counter()
        took = [seconds for one in running for seconds in one.result()]
        elapsed = time.perf_counter() - started
    return {"events_s": round(WRITERS * batches * BATCH / elapsed), "batch_ms": _percentiles(took)}


def single(engines: tuple[Engine, Engine], count: int, dice: random.Random) -> dict[str, float]:
    """Append one event at a time, as a page does."""
    engine, _ = engines
    return _percentiles([appended(engine, a_search(dice, secrets.token_urlsafe(16))[-1:]) for _ in range(count)])


def over_http(settings: Settings, batches: int, dice: random.Random) -> dict[str, Any]:
    """Send batches to a server of its own; a batch's time is that of the whole request."""
    settings.data.mkdir(parents=True)
    make_county(settings, LISTINGS).dispose()

    def send(client: httpx.Client, count: int) -> list[float]:
        took = []
        for _ in range(count):
            body = {"events": [_reported(dice) for _ in range(BATCH)]}
            started = time.perf_counter()
            receipts = client.post("/v1/events", json=body).raise_for_status().json()["receipts"]
            took.append(time.perf_counter() - started)
            assert all(receipt["status"] == "recorded" for receipt in receipts), receipts[0]
        return took

    with served(settings) as client:
        send(client, 2)
        alone = send(client, batches)
        with ThreadPoolExecutor(WRITERS) as pool:
            started = time.perf_counter()
            running = [pool.submit(send, client, max(1, batches // WRITERS)) for _ in range(WRITERS)]
            together = [seconds for one in running for seconds in one.result()]
            elapsed = time.perf_counter() - started
    return {
        "one_client": {"events_s": round(batches * BATCH / sum(alone)), "batch_ms": _percentiles(alone)},
        "eight_clients": {"events_s": round(len(together) * BATCH / elapsed), "batch_ms": _percentiles(together)},
    }


def _reported(dice: random.Random) -> dict[str, Any]:
    payload = dice.choice([{"kind": "open"}, {"kind": "call"}, {"kind": "directions", "map": "amap"}])
    listing = listing_name(dice.randrange(LISTINGS))
    made = {"id": secrets.token_urlsafe(16), "visitor": secrets.token_urlsafe(16), "listing": listing}
    return {**made, "at": NOW.isoformat(), "payload": payload}


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {f"p{q}": round(ordered[min(len(ordered) - 1, len(ordered) * q // 100)] * 1_000, 2) for q in (50, 99)}


def main() -> int:
    """Measure, print and write `bench/results/ledger.json`; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where SQLite writes; a temporary folder otherwise")
    parser.add_argument("--http", action="store_true", help="measure `POST /v1/events` instead")
    options = parser.parse_args()
    if options.http:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder, durable_postgres() as server:
            urls = {"sqlite": None, "postgresql": server.create_database("http")}
            found = {}
            for name, url in urls.items():
                settings = Settings(data=Path(folder) / name, database_url=url)
                found[name] = over_http(settings, options.batches, random.Random(6))  # noqa: S311 - what is sent
        print(json.dumps(found, indent=1))
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "ledger-http.json").write_text(json.dumps({"batches": options.batches, **found}, indent=1), "utf-8")
        return 0
    report: dict[str, Any] = {"batches": options.batches, "batch": BATCH}
    sections: tuple[tuple[str, Callable[..., Any], int], ...] = (
        ("one_writer", measure, options.batches),
        ("eight_writers", together, max(1, options.batches // WRITERS)),
        ("single_events_ms", single, options.batches),
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, databases(Path(folder)) as engines:
        for name, pair in engines.items():
            dice = random.Random(6)  # noqa: S311 - what tourists do
            report[name] = {title: section(pair, count, dice) for title, section, count in sections}
            print(name, json.dumps(report[name], indent=1))
    one = {name: report[name]["one_writer"] for name in ("sqlite", "postgresql")}
    shares = {name: found["share"] for name, found in one.items()}
    processor = {name: found["share_of_processor"] for name, found in one.items()}
    print(json.dumps({"share of raw": shares, "of the processor": processor, "target": TARGET}))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ledger.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return int(min(shares.values()) < TARGET)


if __name__ == "__main__":
    sys.exit(main())
