"""A merchant's statistics over a year of many merchants' events, asked over HTTP: `make bench-merchant`.

Loads a year of events of a thousand merchants (`bench.merchant_events`) into SQLite, serves them by a process of its
own, and asks `GET /v1/merchants/{id}/stats` of every merchant, in random order, with that merchant's key: `month` as
the route answers by default, `whole` with like merchants and the days as rows too, `year` of the compared ones alone.
Each is asked twice in a row: the first look weighs the visits, the second finds them kept.

`equal` says that every tally is what the events give, that no second look differs from the first, and that for
`--compare` merchants, the best known one among them, every reply is to the last digit that of a database into which
nothing but the bare events was put again, which is how `baicha ledger recompute` computes.
"""

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, text
from sqlmodel import col, select

from api.accounts import Merchant, MerchantListing, Role, make_key
from api.app import create_app
from api.container import Container
from api.migrate import upgrade
from api.observability import configure_logging
from bench.merchant_events import NOW, check_rows, listing_name, load
from index.database import make_engine, reading, writing
from index.importing import import_file
from index.settings import Settings
from ledger.events import parse_event
from ledger.periods import Period
from ledger.rows import columns_of
from ledger.storing import insert_entries, insert_payloads
from ledger.tables import Entry, StoredPayload
from ledger.tallies.keeping import first_difference, rebuild

RESULTS = Path(__file__).parent / "results"
#: What is asked of the median, milliseconds.
TARGET_MS = 200
#: What is asked of the route.
MONTH = {"days": "30"}
WHOLE = {"days": "30", "compare": "previous,peers", "grain": "day"}
YEAR = {"period": "year"}
#: Kinds that what is said of a visit depends on, wherever they happened.
_EVERYWHERE = ("visit", "payment", "decision", "counter")


def make_county(settings: Settings, merchants: int) -> Engine:
    """Make an empty ledger with so many merchants of one listing each."""
    engine = make_engine(settings)
    upgrade(engine)
    rows = settings.data / "listings.jsonl"
    rows.write_text("\n".join(json.dumps(_listing(number)) for number in range(merchants)), encoding="utf-8")
    assert import_file(engine, rows).exit_code == 0
    with writing(engine) as session:
        session.add_all(
            Merchant(id=_merchant(number), name=f"Merchant {number}", made_at=NOW) for number in range(merchants)
        )
        session.flush()
        session.add_all(
            MerchantListing(listing_id=listing_name(number), merchant_id=_merchant(number), since=NOW)
            for number in range(merchants)
        )
    return engine


def _listing(number: int) -> dict[str, Any]:
    return {
        "id": listing_name(number),
        "source": "bench",
        "category": "restaurant",
        "name": f"第{number}家",
        "name_en": f"Place {number}",
        "lat": 30.5 + number % 40 / 100,
        "lon": 119.4 + number // 40 / 100,
    }


def _merchant(number: int) -> str:
    return f"m_bench{number:05d}"


def keys_of(engine: Engine, merchants: int) -> list[str]:
    """Make a key for each merchant."""
    with writing(engine) as session:
        return [
            make_key(session, Role.MERCHANT, merchant=_merchant(number), now=NOW).plain for number in range(merchants)
        ]


def serve(folder: Path, database_url: str | None) -> None:
    """Serve a data folder, or the database that is named, with a clock that stands, and say on which port."""
    import uvicorn

    # A request's line in the pipe that says the port would fill it, and nobody reads there.
    configure_logging("error")
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    # Who asks before the service has started waits for it.
    listening.listen()
    settings = Settings(data=folder, database_url=database_url, writes_per_minute=1_000_000)
    app = create_app(Container(settings, lambda: NOW))
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listening])


@contextmanager
def served(settings: Settings) -> Iterator[httpx.Client]:
    """Yield a client of a process that serves what the settings' folder and database hold."""
    command = [sys.executable, "-m", "bench.merchant", "--serve", str(settings.data)]
    if settings.database_url is not None:
        command += ["--database-url", settings.database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                yield client
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Asked:
    """The replies to one question by merchant, the milliseconds of the first look and of a second, and who differed."""

    replies: dict[int, Any]
    first_ms: list[float]
    kept_ms: list[float]
    changed: list[int]


def stats(client: httpx.Client, number: int, key: str, question: Mapping[str, str]) -> Any:
    """Return a merchant's statistics."""
    path = f"/v1/merchants/{_merchant(number)}/stats"
    reply = client.get(path, params=dict(question), headers={"Authorization": f"Bearer {key}"})
    return reply.raise_for_status().json()


def ask(client: httpx.Client, keys: list[str], numbers: Sequence[int], question: Mapping[str, str]) -> Asked:
    """Ask for these merchants in this order, twice in a row each."""
    asked = Asked({}, [], [], [])
    for number in numbers:
        begun = time.perf_counter()
        first = stats(client, number, keys[number], question)
        between = time.perf_counter()
        second = stats(client, number, keys[number], question)
        asked.first_ms.append((between - begun) * 1_000)
        asked.kept_ms.append((time.perf_counter() - between) * 1_000)
        asked.replies[number] = first
        if first != second:
            asked.changed.append(number)
    return asked


def recomputed(
    source: Engine, folder: Path, merchants: int, numbers: list[int], questions: Sequence[Mapping[str, str]]
) -> list[dict[int, Any]]:
    """Return the replies for some merchants from a database into which only the bare events were put."""
    settings = Settings(data=folder)
    folder.mkdir()
    engine = make_county(settings, merchants)
    with engine.begin() as connection:
        # Entries of other merchants are left out, so that indices do not run on here.
        connection.execute(text("DROP TRIGGER entries_run_on"))
    with source.connect() as read, writing(engine) as session:
        rows = iter(_bare_events(read, [listing_name(number) for number in numbers], settings))
        while some := list(islice(rows, 10_000)):
            connection = session.connection()
            insert_entries(connection, [(index, committed) for index, committed, _, _ in some])
            insert_payloads(
                connection,
                [
                    (index, *columns_of(parse_event(json.loads(body))), bytes(salt), body)
                    for index, _, salt, body in some
                ],
            )
        rebuild(session.connection())
    keys = keys_of(engine, merchants)
    with served(Settings(data=folder)) as client:
        found = [
            {number: stats(client, number, keys[number], question) for number in numbers} for question in questions
        ]
    engine.dispose()
    return found


def _bare_events(connection: Any, listings: list[str], settings: Settings) -> Any:
    """Return the events of these listings, those that their visits depend on, and the month's of who is like them."""
    stored = StoredPayload
    month = Period.last_days(30, NOW, settings.tz)
    wanted = (
        select(col(stored.entry_index), col(Entry.commitment), col(stored.salt), col(stored.body))
        .join(Entry, col(Entry.index) == col(stored.entry_index))
        .where(
            col(stored.listing).in_(listings)
            | col(stored.kind).in_(_EVERYWHERE)
            | (col(stored.at_ms) >= month.start_ms)
        )
        .order_by(col(stored.entry_index))
    )
    return connection.execute(wanted, execution_options={"yield_per": 10_000})


def _percentile(took: list[float], q: int) -> float:
    return round(sorted(took)[min(len(took) - 1, len(took) * q // 100)], 1)


def main() -> int:
    """Load, ask, compare, and write `bench/results/merchant.json`; exit code 1 when slow or unequal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--merchants", type=int, default=1_000)
    parser.add_argument("--compare", type=int, default=50, help="merchants whose replies are computed again")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="where the ledger is kept, and found the next time")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--database-url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve, options.database_url)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kept = options.kept or Path(folder)
        loaded_s = make_ledger(kept, options.events, options.merchants, options.seed)
        report = measure(kept, options.events, options.merchants, options.compare, options.seed)
        report[1]["loaded_s"] = loaded_s
    print(json.dumps(report[0]), json.dumps(report[1], indent=1), sep="\n")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "merchant.json").write_text("\n".join(json.dumps(row) for row in report) + "\n", encoding="utf-8")
    return int(report[0]["p50_ms"] > TARGET_MS or not report[0]["equal"])


def make_ledger(folder: Path, events: int, merchants: int, seed: int) -> int:
    """Load the ledger unless the folder has it already, and return the seconds that loading took."""
    settings, done = Settings(data=folder / "data"), folder / f"loaded-{events}-{merchants}-{seed}"
    if not done.exists():
        settings.data.mkdir(parents=True)
        engine = make_county(settings, merchants)
        started = time.perf_counter()
        load(engine, events, merchants, seed=seed)
        engine.dispose()
        done.write_text(str(round(time.perf_counter() - started)), encoding="utf-8")
    return int(done.read_text(encoding="utf-8"))


def measure(folder: Path, events: int, merchants: int, compare: int, seed: int) -> list[dict[str, Any]]:
    """Return the row that is asked for, and one with what else was measured."""
    settings, dice = Settings(data=folder / "data"), random.Random(seed)  # noqa: S311 - a seed, not a secret
    engine = make_engine(settings)
    sampled = check_rows(engine, events, max(1, events // 2_000))
    keys = keys_of(engine, merchants)
    everybody = dice.sample(range(merchants), merchants)
    numbers = sorted({0, *dice.sample(range(merchants), min(compare, merchants) - 1)})
    questions = {"month": (MONTH, everybody), "whole": (WHOLE, everybody), "year": (YEAR, numbers)}
    with served(settings) as client:
        asked = {name: ask(client, keys, whom, question) for name, (question, whom) in questions.items()}
    with reading(engine) as session:
        tally = first_difference(session.connection(), session.connection())
        tallies = session.connection().execute(text("SELECT count(*) FROM tallies")).scalar_one()
    with tempfile.TemporaryDirectory() as bare:
        expected = recomputed(
            engine, Path(bare) / "data", merchants, numbers, [question for question, _ in questions.values()]
        )
    engine.dispose()
    unequal = sorted(
        {number for one in asked.values() for number in one.changed}
        | {
            number
            for one, again in zip(asked.values(), expected, strict=True)
            for number in numbers
            if one.replies[number] != again[number]
        }
    )
    visits = sorted(reply["visits"] for reply in asked["month"].replies.values())
    return [
        {
            "events": events,
            "merchants": merchants,
            "p50_ms": _percentile(asked["month"].first_ms, 50),
            "p95_ms": _percentile(asked["month"].first_ms, 95),
            "equal": tally is None and not unequal,
        },
        {
            **{name: _told(one) for name, one in asked.items()},
            "compared_merchants": len(numbers),
            "unequal_merchants": [_merchant(number) for number in unequal],
            "tally": None if tally is None else str(tally),
            "tallies": tallies,
            "visits_in_the_month": {"median": visits[len(visits) // 2], "most": visits[-1]},
            "rows_parsed_again": sampled,
        },
    ]


def _told(asked: Asked) -> dict[str, float]:
    return {
        f"{name}_{label}_ms": _percentile(took, q)
        for name, took in (("first", asked.first_ms), ("kept", asked.kept_ms))
        for label, q in (("p50", 50), ("p95", 95), ("slowest", 100))
    }


if __name__ == "__main__":
    sys.exit(main())
