"""Kill writers at random moments and look whether anything acknowledged is lost: `KILLS=300 make chaos`.

A writer appends batches, forgets visitors, signs checkpoints and makes the tallies anew as fast as it can, and says
what was acknowledged. It is ended by `kill -9` after a random time; the next one first sends again what it may not have
finished. After each kill everything acknowledged must be there at its index, no event twice, and every tally what the
events give; the whole ledger is audited now and then and at the end. Ends with a line for each database:

    sqlite kills=300 lost=0 double=0 inconsistent=0 acknowledged=N
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, text

from api.migrate import upgrade
from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.append import Status, append, take_turn
from ledger.erasure import forget
from ledger.events import Attester, Event, Grade, Open, Payment, Visit
from ledger.log.auditing import audit
from ledger.log.checkpoints import make_checkpoint
from ledger.log.signing import KEY_FILE, load_key
from ledger.proof.verifying import Difference
from ledger.tallies.keeping import first_difference, rebuild
from tests.postgres import PostgresServer

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
#: A writer lives for at most so long, in seconds.
LONGEST_LIFE_S = 0.25
#: The whole ledger is audited after every so many kills.
AUDIT_EVERY = 50


@dataclass
class Found:
    """What a run found, and what was acknowledged: the index of each event's id."""

    kills: int = 0
    lost: int = 0
    double: int = 0
    inconsistent: int = 0
    acknowledged: dict[str, int] = field(default_factory=dict)

    def line(self, name: str, what: str = "kills") -> str:
        """Return the line that a run ends with."""
        return (
            f"{name} {what}={self.kills} lost={self.lost} double={self.double} "
            f"inconsistent={self.inconsistent} acknowledged={len(self.acknowledged)}"
        )


def a_batch(life: int, number: int) -> list[Event]:
    """Return the same batch for the same numbers, so that it can be sent again."""
    return [
        Event(
            id=f"life-{life:06d}-{number:06d}-{at:03d}",
            at=NOW - timedelta(hours=at * number % 50),
            listing=("tea-house", "farm-stay", "inn")[at % 3],
            # A visitor of each batch may be forgotten; the others stay.
            visitor=f"visitor-{life}-{number}" if at < 2 else f"visitor-{at}",
            payload=_payload(at, number),
        )
        for at in range(1 + number * 7 % 40)
    ]


def _payload(at: int, number: int) -> Open | Visit | Payment:
    if at % 5 == 1:
        return Visit(grade=Grade.SCANNED)
    if at % 5 == 3:
        return Payment(amount=100 + number, attested_by=Attester.MERCHANT, reference=f"till-{number}-{at}")
    return Open()


def live(settings: Settings, life: int, unfinished: tuple[int, int] | None, say: int) -> None:
    """Write until killed: batches, every third time a checkpoint, every seventh an erasure, every ninth new tallies."""
    engine, key = make_engine(settings), load_key(settings.data / KEY_FILE)
    if unfinished is not None:
        _send(engine, a_batch(*unfinished), say)
    for number in count():
        _send(engine, a_batch(life, number), say)
        if number % 3 == 2:
            with writing(engine) as session:
                make_checkpoint(session, key, now=NOW)
        if number % 7 == 6:
            with writing(engine) as session:
                forget(session, f"visitor-{life}-{number - 1}", now=NOW)
        if number % 9 == 8:
            with writing(engine) as session:
                take_turn(session)
                rebuild(session.connection())


def _send(engine: Engine, events: list[Event], say: int) -> None:
    with writing(engine) as session:
        receipts = append(session, events, now=NOW, trusted=True)
    said = "".join(f"{one.id} {one.index}\n" for one in receipts if one.status is not Status.REJECTED)
    os.write(say, said.encode())


def killed(settings: Settings, life: int, unfinished: tuple[int, int] | None, after_s: float) -> list[tuple[str, int]]:
    """Let a writer live for so long, kill it, and return what it said was acknowledged."""
    hear, say = os.pipe()
    writer = os.fork()
    if writer == 0:
        os.close(hear)
        try:
            live(settings, life, unfinished, say)
        finally:
            os._exit(1)
    os.close(say)
    with os.fdopen(hear, encoding="ascii") as heard:
        # Only whole lines were acknowledged; a pipe holds more than a writer says in its life.
        time.sleep(after_s)
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        lines = heard.read().split("\n")[:-1]
    return [(name, int(index)) for name, index in map(str.split, lines)]


def run(name: str, settings: Settings, kills: int, seed: int, longest_s: float = LONGEST_LIFE_S) -> Found:
    """Kill so many writers on one database, each within `longest_s` seconds, and return what was found."""
    dice, found = random.Random(seed), Found()  # noqa: S311 - when to kill
    engine = make_engine(settings)
    upgrade(engine)
    engine.dispose()
    unfinished: tuple[int, int] | None = None
    for life in range(kills):
        said = killed(settings, life, unfinished, dice.uniform(0, longest_s))
        found.kills += 1
        check_acknowledged(settings, said, found)
        batches = {int(event_id.split("-")[2]) for event_id, _ in said if event_id.startswith(f"life-{life:06d}-")}
        unfinished = (life, max(batches, default=-1) + 1)
        if found.kills % AUDIT_EVERY == 0 or found.kills == kills:
            check_all(settings, found)
            print(f"{name}: {found.kills} kills, {len(found.acknowledged)} acknowledged", file=sys.stderr)
    return found


def check_acknowledged(settings: Settings, said: list[tuple[str, int]], found: Found) -> None:
    """Count what was acknowledged and is not there, and what has two indices."""
    engine = make_engine(settings)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, entry_index FROM payloads"))
        stored: dict[str, int] = {row.id: row.entry_index for row in rows}
        erased = set(connection.execute(text("SELECT entry_index FROM erased")).scalars())
        tally = first_difference(connection, connection)
        entries, last = connection.execute(text('SELECT count(*), coalesce(max("index"), -1) FROM entries')).one()
    engine.dispose()
    for event_id, index in said:
        found.double += found.acknowledged.get(event_id, index) != index
        found.acknowledged[event_id] = index
        found.lost += stored.get(event_id) != index and index not in erased
    if tally is not None:
        print(tally, file=sys.stderr)
    found.inconsistent += (entries != last + 1) + (tally is not None)


def check_all(settings: Settings, found: Found) -> None:
    """Look again for everything ever acknowledged, and audit the ledger."""
    check_acknowledged(settings, list(found.acknowledged.items()), found)
    engine, key = make_engine(settings), load_key(settings.data / KEY_FILE)
    try:
        with reading(engine) as session:
            audit(session, key.public)
    except Difference as exc:
        print(exc, file=sys.stderr)
        found.inconsistent += 1
    finally:
        engine.dispose()


@contextmanager
def databases() -> Iterator[dict[str, Settings]]:
    """Yield settings of a fresh SQLite and a fresh PostgreSQL."""
    server = PostgresServer.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield {
                "sqlite": Settings(data=Path(folder) / "sqlite"),
                "postgresql": Settings(
                    data=Path(folder) / "postgresql", database_url=server.create_database("baicha_chaos")
                ),
            }
    finally:
        server.stop()


def main() -> int:
    """Run on both databases; exit code 1 when anything was lost, double or inconsistent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300, help="on each database")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--longest", type=float, default=LONGEST_LIFE_S, help="seconds that a writer lives at most")
    options = parser.parse_args()
    with databases() as both:
        found = {
            name: run(name, settings, options.kills, options.seed, options.longest) for name, settings in both.items()
        }
    for name, one in found.items():
        print(one.line(name))
    return int(any(one.lost or one.double or one.inconsistent for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
