"""The database engine: SQLite (WAL) in the data folder, or PostgreSQL. Writers of SQLite take turns (`index.turns`).

Tables are made by the migrations in `api/migrations` and by nothing else.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from index.lease import hold_lease
from index.settings import Settings
from index.turns import Turns

#: How long a writer waits for its turn, and then for SQLite's lock, which those take too who do not queue, seconds.
SQLITE_BUSY_TIMEOUT_S = 30
#: The queue of SQLite's writers, in the data folder.
QUEUE_FILE = "writer.queue"


def make_engine(settings: Settings) -> Engine:
    """Return an engine on the database that the settings name; the data folder is made when missing."""
    url = settings.database
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    settings.data.mkdir(parents=True, exist_ok=True)
    turns = Turns(settings.data / QUEUE_FILE)
    engine = create_engine(
        url,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_S, "check_same_thread": False},
        execution_options={"turns": turns},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "engine_disposed", lambda _engine: turns.close())
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling begins late, so that two readers that then write would deadlock.
    connection.isolation_level = None
    # 8 MB of cache: in SQLite's own 2 MB the ledger's indices do not stay between two batches of appends, which takes a
    # third more of the processor's time. A log of 16 MB before it is put into the database: a batch changes hundreds of
    # pages, mostly those that the last one changed, and each is put there once for many batches.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "cache_size=-8192",
        "wal_autocheckpoint=4096",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    immediate = connection.get_execution_options().get("sqlite_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that takes SQLite's write lock at its first statement and commits at the end.

    Writers of SQLite get here in the order in which they came; do not open one within another.

    Raises:
        StorageError: The database is SQLite, and another machine writes to its folder, or nobody can.
    """
    with (
        _turn(engine),
        engine.connect().execution_options(sqlite_immediate=True) as connection,
        Session(connection, expire_on_commit=False) as session,
    ):
        hold_lease(connection)
        yield session
        session.commit()


def _turn(engine: Engine) -> AbstractContextManager[None]:
    turns: Turns | None = engine.get_execution_options().get("turns")
    return nullcontext() if turns is None else turns.turn(SQLITE_BUSY_TIMEOUT_S)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session for reading; nothing that is written in it is kept."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
