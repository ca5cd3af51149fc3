"""What an exception means to whoever typed the command: one line, and an exit code."""

import errno
import sys
from typing import Any

from index.errors import BaichaError

#: A fault of Baicha itself.
FAULT = 1
#: The input, the settings or the machine: the message says what to do.
REFUSED = 2

_FULL = ("no space left on device", "database or disk is full", "disk quota exceeded")
_FULL_ADVICE = "the disk is full; free some space (or name another folder with --data), then run the same command again"
#: What SQLite and psycopg say, in part, and what to tell the operator instead.
_DATABASE_ADVICE = (
    ("readonly database", "the database cannot be written; check who owns the data folder"),
    ("unable to open database file", "the database cannot be opened; check the data folder and its permissions"),
    ("database is locked", "another process is writing to the database; try again when it is done"),
    ("file is not a database", "the database file is damaged; restore a backup with `baicha restore`"),
    ("malformed", "the database file is damaged; restore a backup with `baicha restore`"),
    ("no such table", "the database is older than this program; run `baicha upgrade`"),
    ("does not exist", "the database is older than this program, or missing; run `baicha upgrade`"),
    ("connection", "the database cannot be reached; check that it runs, and BAICHA_DATABASE_URL"),
)


def explain(exc: BaseException) -> tuple[str, int]:
    """Return one line that says what is wrong and what to do, and the exit code."""
    advice = _FULL_ADVICE if any(_is_full(cause) for cause in _chain(exc)) else _advice(exc)
    if advice is not None:
        return advice, REFUSED
    return f"unexpected {type(exc).__name__}: {_one_line(exc)}", FAULT


def _advice(exc: BaseException) -> str | None:
    """Return what to tell the operator; None for a fault of ours."""
    if isinstance(exc, BaichaError):
        return _one_line(exc)
    if _is_of(exc, "pydantic_core", "ValidationError"):
        return _first_error(exc)
    if isinstance(exc, OSError) and exc.filename is not None:
        return f"{exc.filename}: {exc.strerror}"
    if _is_of(exc, "sqlalchemy.exc", "ArgumentError"):
        return f"setting BAICHA_DATABASE_URL: {_one_line(exc)}; a URL looks like postgresql://user@host/baicha"
    if _is_of(exc, "sqlalchemy.exc", "DBAPIError") or _is_of(exc, "sqlite3", "DatabaseError"):
        return _database_advice(exc)
    return None


def _chain(exc: BaseException) -> list[BaseException]:
    """Return the exception and its causes, outermost first."""
    found: list[BaseException] = []
    cause: BaseException | None = exc
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def _is_full(exc: BaseException) -> bool:
    if isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    # FAISS, tantivy and SQLite raise errors of their own; what they have in common is the system's words.
    return any(words in str(exc).lower() for words in _FULL)


def _is_of(exc: BaseException, module: str, name: str) -> bool:
    """Whether `exc` is of a class of a module that, if it was never imported, cannot have raised it."""
    found = getattr(sys.modules.get(module), name, None)
    return isinstance(found, type) and isinstance(exc, found)


def _first_error(exc: Any) -> str:
    """Return what pydantic says of the first value that it refuses."""
    first = exc.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _database_advice(exc: BaseException) -> str:
    said = _one_line(getattr(exc, "orig", None) or exc)
    advice = next((advice for words, advice in _DATABASE_ADVICE if words in said.lower()), None)
    return f"{advice} ({said})" if advice else f"the database refuses: {said}"


def _one_line(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
