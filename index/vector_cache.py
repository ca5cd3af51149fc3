"""Vectors of passages, kept by encoder and content, so that only what changed is embedded again.

The cache is one SQLite file that may be deleted at any time. It is written as vectors are made: an interrupted build
goes on where it stopped.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.errors import StorageError

_SCHEMA = """CREATE TABLE IF NOT EXISTS vectors (
    encoder TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (encoder, hash)
) WITHOUT ROWID"""
#: SQLite takes at most 32,766 parameters in a statement.
_ASKED_AT_ONCE = 500


def passage_hash(passage: str) -> bytes:
    """Return the SHA-256 of a passage."""
    return hashlib.sha256(passage.encode()).digest()


class VectorCache:
    """The cache of one encoder. Use it as a context manager.

    Raises:
        StorageError: The file cannot be opened, or the disk is full.
    """

    def __init__(self, path: Path, encoder: str) -> None:
        self._path = path
        self._encoder = encoder
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self._path)
        except sqlite3.OperationalError as exc:
            raise StorageError(f"cannot open the vector cache {self._path}: {exc}") from exc
        except sqlite3.DatabaseError:
            # It is no database, or a torn one: a cache is made anew.
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return _connect(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, hashes: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Return those vectors of `hashes` that are known."""
        found: dict[bytes, NDArray[np.float32]] = {}
        for start in range(0, len(hashes), _ASKED_AT_ONCE):
            asked = hashes[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(asked))
            statement = f"SELECT hash, vector FROM vectors WHERE encoder = ? AND hash IN ({marks})"  # noqa: S608
            for key, vector in self._connection.execute(statement, (self._encoder, *asked)):
                found[key] = np.frombuffer(vector, dtype="<f4")
        return found

    def put(self, vectors: Iterable[tuple[bytes, NDArray[np.float32]]]) -> None:
        """Keep vectors, in one transaction."""
        rows = [(self._encoder, key, vector.astype("<f4").tobytes()) for key, vector in vectors]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        except sqlite3.OperationalError as exc:
            raise StorageError(f"cannot write the vector cache {self._path}: {exc}; free some space and retry") from exc


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30)
    try:
        # A lost cache is only embedded again, so that it need not wait for the disk.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(_SCHEMA)
        connection.execute("SELECT 1 FROM vectors LIMIT 1").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
