"""A disk that forgets what was not synchronised, below SQLite: what is left after the power is cut at any moment.

An APSW virtual file system writes through to the real files and keeps, for each, what a synchronisation has made
durable and what was written since. A `Cut` is the disk at one moment: what is durable, and of what is not some writes,
drawn at random, whole or torn at a sector. The ledger's own code runs above it, through SQLAlchemy's dialect for SQLite
and the few methods of a DB-API connection that it uses.

SQLite's shared memory is not to be had in an APSW file system, so that the connection is an exclusive one; commits
write and synchronise the write-ahead log all the same.
"""

import random
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import SingletonThreadPool

from index.database import _begin_sqlite, _prepare_sqlite

SECTOR = 512


@dataclass
class DiskFile:
    """A file: what is durable, and the writes since, which a power cut may lose."""

    durable: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, at: int, data: bytes) -> None:
        self.since.append((at, data))

    def truncate(self, size: int) -> None:
        self.sync()
        del self.durable[size:]

    def sync(self) -> None:
        for at, data in self.since:
            _put(self.durable, at, data)
        self.since.clear()

    def after_a_cut(self, dice: random.Random) -> bytes:
        """Return the file as a cut leaves it: some of the writes since, in any order, some torn."""
        left = bytearray(self.durable)
        for at, data in self.since:
            if dice.random() < 0.5:
                _put(
                    left, at, data[: dice.randrange(len(data) // SECTOR + 1) * SECTOR] if dice.random() < 0.3 else data
                )
        return bytes(left)


def _put(content: bytearray, at: int, data: bytes) -> None:
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data


@dataclass(frozen=True)
class Cut:
    """The disk when the power was cut, and how many events had been acknowledged by then."""

    files: dict[str, bytes]
    acknowledged: int

    def restore(self, folder: Path) -> None:
        folder.mkdir()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


class Disk(apsw.VFS):
    """A disk on which a cut is taken before every so many operations, once `cutting` is set."""

    def __init__(self, name: str, *, every: int, seed: int) -> None:
        super().__init__(name, "")
        self.name = name
        self.files: dict[str, DiskFile] = {}
        self.cuts: list[Cut] = []
        self.cutting = False
        self.acknowledged: Callable[[], int] = int
        self._every, self._operations, self._dice = every, 0, random.Random(seed)  # noqa: S311 - where to cut

    def xOpen(self, name: Any, flags: list[int]) -> "_Opened":  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _Opened(self, Path(path).name if path else None, name, flags)

    def xDelete(self, path: str, sync_folder: bool) -> None:  # noqa: FBT001, N802 - SQLite's
        super().xDelete(path, sync_folder)
        self.files.pop(Path(path).name, None)

    def before_an_operation(self) -> None:
        self._operations += 1
        if self.cutting and self._operations % self._every == 0:
            files = {name: file.after_a_cut(self._dice) for name, file in self.files.items()}
            self.cuts.append(Cut(files, self.acknowledged()))


class _Opened(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | None, given: Any, flags: list[int]) -> None:
        super().__init__("", given, flags)
        self._disk, self._kept = disk, disk.files.setdefault(name, DiskFile()) if name else DiskFile()

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.before_an_operation()
        super().xWrite(data, offset)
        self._kept.write(offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.before_an_operation()
        super().xTruncate(newsize)
        self._kept.truncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.before_an_operation()
        super().xSync(flags)
        self._kept.sync()


def engine_on(disk: Disk, path: Path, *, synchronous: str) -> Engine:
    """Return an engine on a file of the disk, prepared as `index.database` does, but for what is durable when."""

    def connect() -> "_Connection":
        return _Connection(apsw.Connection(str(path), vfs=disk.name))

    def prepare(connection: "_Connection", record: object) -> None:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        _prepare_sqlite(connection, record)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA wal_autocheckpoint=60")

    engine = create_engine(f"sqlite:///{path}", creator=connect, module=_DRIVER, poolclass=SingletonThreadPool)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _Cursor:
    def __init__(self, connection: apsw.Connection) -> None:
        self._cursor, self._connection = connection.cursor(), connection
        self.description: Any = None
        self.rowcount, self.lastrowid, self.arraysize = -1, None, 1
        # Only before the first row does APSW say what the columns of a statement without rows are.
        self._cursor.exec_trace = self._described

    def _described(self, cursor: apsw.Cursor, _statement: str, _values: Any) -> bool:
        self.description = [(name, *[None] * 6) for name, _ in cursor.get_description()] or None
        return True

    def execute(self, statement: str, values: Sequence[Any] = ()) -> "_Cursor":
        self._cursor.execute(statement, tuple(values))
        self.rowcount = self._connection.changes()
        return self

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> "_Cursor":
        self._cursor.executemany(statement, [tuple(row) for row in rows])
        return self

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        return list(self._cursor)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for row, _ in zip(self._cursor, range(size), strict=False)]

    def close(self) -> None:
        self._cursor.close(force=True)


class _Connection:
    isolation_level: str | None = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> _Cursor:
        return self.cursor().execute(statement, values)

    def create_function(self, *_: Any, **__: Any) -> None:
        """SQLAlchemy brings a function for regular expressions, of which there are none here."""

    def commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close(force=True)


_ERRORS = (
    "Warning",
    "Error",
    "DatabaseError",
    "OperationalError",
    "IntegrityError",
    "ProgrammingError",
    "InterfaceError",
)
_DRIVER = SimpleNamespace(
    paramstyle="qmark",
    Binary=bytes,
    sqlite_version_info=tuple(map(int, apsw.sqlite_lib_version().split("."))),
    version_info=(0,),
    **{name: getattr(sqlite3, name) for name in (*_ERRORS, "DataError", "InternalError", "NotSupportedError")},
)


@contextmanager
def plugged_in(disk: Disk) -> Any:
    """Let a disk be used, and take its name back afterwards."""
    try:
        yield disk
    finally:
        disk.unregister()
