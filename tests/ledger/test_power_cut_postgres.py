"""The power is cut below PostgreSQL: what was acknowledged is in what it had synchronised by then.

At worst a cut leaves the data files as the last checkpoint made them durable, and of the write-ahead log what was
synchronised, up to `pg_current_wal_flush_lsn`. This disk is put together: a copy from right after a checkpoint, and the
log of a server that was killed, empty from there on. PostgreSQL recovers on it. That a synchronised byte is durable is
the disk's promise, and `fsync = on` is the server's.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from api.migrate import upgrade
from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.append import append
from ledger.erasure import forget
from ledger.log.auditing import audit
from ledger.log.checkpoints import make_checkpoint
from ledger.tallies.keeping import first_difference
from tests.ledger.builders import NOW, a_visit, an_event
from tests.ledger.log.builders import KEY
from tests.postgres import PostgresServer

pytestmark = pytest.mark.postgres

BATCHES = 6
SEGMENT_BYTES = 16 * 1024 * 1024
#: Nothing but commits and checkpoints of ours makes anything durable.
QUIET = (
    "fsync = on",
    "synchronous_commit = on",
    "autovacuum = off",
    "wal_writer_delay = '10s'",
    "checkpoint_timeout = '1h'",
)


@dataclass(frozen=True)
class Cut:
    """What had been acknowledged, how far the log was synchronised, and how many bytes of it were not."""

    acknowledged: frozenset[str]
    flushed: int
    behind: int


class PowerSupply:
    """A server on a disk of which we know what is durable."""

    def __init__(self, server: PostgresServer) -> None:
        self.server, self._folder = server, server.data
        self.url = server.create_database("baicha")
        self._watching = server.url("postgres")
        for setting in QUIET:
            self.ask(f"ALTER SYSTEM SET {setting}")
        self.ask("SELECT pg_reload_conf()")

    def ask(self, statement: str) -> str:
        with psycopg.connect(self._watching, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return str(cursor.fetchone()[0]) if cursor.description else ""  # type: ignore[index]

    def cut(self, acknowledged: frozenset[str]) -> Cut:
        flushed = int(self.ask("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"))
        return Cut(acknowledged, flushed, int(self.ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")) - flushed)

    def keep_what_is_durable(self) -> None:
        self.ask("CHECKPOINT")
        self._copy(self._folder, self._aside("durable"))

    def keep_the_log(self) -> None:
        self._copy(self._folder / "pg_wal", self._aside("log"))

    def start_after(self, cut: Cut) -> None:
        """Put together what the cut left, and let PostgreSQL recover on it."""
        shutil.rmtree(self._folder)
        self._copy(self._aside("durable"), self._folder)
        shutil.rmtree(self._folder / "pg_wal")
        self._copy(self._aside("log"), self._folder / "pg_wal")
        for segment in (self._folder / "pg_wal").glob("[0-9A-F]" * 24):
            _forget_from(segment, cut.flushed)
        self.server.start_again()

    def _aside(self, name: str) -> Path:
        return self._folder.with_name(name)

    def _copy(self, source: Path, target: Path) -> None:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".s.PGSQL*", "postmaster.pid", "*.json"))
        for path in [target, *target.rglob("*")]:
            # The server runs as a user of its own where the tests are root.
            os.chown(path, (source / path.relative_to(target)).stat().st_uid, -1)


def _forget_from(segment: Path, flushed: int) -> None:
    first = int(segment.name[8:16], 16) * 2**32 + int(segment.name[16:], 16) * SEGMENT_BYTES
    if first >= flushed:
        segment.unlink()
    elif flushed < first + SEGMENT_BYTES:
        with segment.open("r+b") as file:
            file.truncate(flushed - first)
            file.truncate(SEGMENT_BYTES)


@pytest.fixture
def supply() -> Iterator[PowerSupply]:
    server = PostgresServer.start()
    yield PowerSupply(server)
    server.stop()


def lived(engine: Engine, supply: PowerSupply, before: frozenset[str] = frozenset()) -> list[Cut]:
    """Append, sign and forget; return a cut for each moment at which something had just been acknowledged."""
    cuts, acknowledged, stem = list[Cut](), before, f"batch-{len(before)}"
    for number in range(BATCHES):
        events = [an_event(id=f"{stem}-{number}-{at}", visitor=f"{stem}-{number}") for at in range(20)]
        with writing(engine) as session:
            receipts = append(session, [*events, a_visit(id=f"{stem}-{number}-visit")], now=NOW, trusted=True)
        acknowledged |= {receipt.id for receipt in receipts}
        cuts.append(supply.cut(acknowledged))
    with writing(engine) as session:
        make_checkpoint(session, KEY, now=NOW)
    with writing(engine) as session:
        forget(session, f"{stem}-0", now=NOW)
    acknowledged -= {f"{stem}-0-{at}" for at in range(20)}
    return [*cuts, supply.cut(acknowledged)]


def lost(supply: PowerSupply, cut: Cut) -> int:
    """Recover after a cut, verify the ledger, and return how many acknowledged events are gone."""
    supply.start_after(cut)
    engine = make_engine(Settings(database_url=supply.url))
    with reading(engine) as session:
        audit(session, KEY.public)
        assert first_difference(session.connection(), session.connection()) is None
        kept = set(session.connection().execute(text("SELECT id FROM payloads")).scalars())
    engine.dispose()
    supply.server.kill()
    return len(cut.acknowledged - kept)


@pytest.mark.one_database("postgresql", "test_power_cut cuts it below SQLite")
def test_what_was_acknowledged_survives_a_power_cut_and_only_because_commits_wait_for_the_disk(
    supply: PowerSupply,
) -> None:
    engine = make_engine(Settings(database_url=supply.url))
    upgrade(engine)
    engine.dispose()
    supply.keep_what_is_durable()

    *_, waited = lived(engine, supply)
    engine.dispose()
    supply.ask("ALTER DATABASE baicha SET synchronous_commit = off")
    # Once in ten seconds the server synchronises on its own; not after each of these.
    hasty = max(lived(engine, supply, waited.acknowledged)[:BATCHES], key=lambda cut: cut.behind)
    engine.dispose()
    supply.server.kill()
    supply.keep_the_log()

    assert lost(supply, waited) == 0
    assert lost(supply, hasty) > 0
