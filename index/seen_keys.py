"""Which keys a file has shown, and on which line: on disk, so that a file of any length is read in the same memory."""

import hashlib
import sqlite3
from types import TracebackType
from typing import Self

#: Pages that stay in memory, KiB: with it an import of a million rows looks its keys up where they are.
_CACHE_KIB = 16_384


class SeenKeys:
    """Keys (source and id) with the line of their first row. Use it as a context manager."""

    def __init__(self) -> None:
        # Without a name SQLite makes a file of its own, which goes with the connection.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._connection.execute("CREATE TABLE spared (key BLOB PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("BEGIN")
        self._sources: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._connection.close()

    def first_line(self, source: str, source_id: str, line: int) -> int:
        """Note that a line has a key; return the line that had it first."""
        self._sources.add(source)
        key = _digest(source, source_id)
        if self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, line)).rowcount:
            return line
        first: int = self._connection.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()[0]
        return first

    def spare(self, source: str, source_id: str) -> None:
        """Note that the file has a key in a row that was rejected."""
        self._connection.execute("INSERT OR IGNORE INTO spared VALUES (?)", (_digest(source, source_id),))

    def __contains__(self, key: tuple[str, str]) -> bool:
        asked = "SELECT 1 FROM seen WHERE key = :key UNION ALL SELECT 1 FROM spared WHERE key = :key"
        return self._connection.execute(asked, {"key": _digest(*key)}).fetchone() is not None

    @property
    def sources(self) -> frozenset[str]:
        """The sources of all rows that were accepted."""
        return frozenset(self._sources)


def _digest(source: str, source_id: str) -> bytes:
    return hashlib.blake2b(f"{source}\0{source_id}".encode(), digest_size=16).digest()
