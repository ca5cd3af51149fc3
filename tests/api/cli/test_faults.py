"""Whatever goes wrong is one line that says what to do, with the exit code that belongs to it."""

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from api.cli.faults import FAULT, REFUSED, explain
from index.errors import NotFound, StorageError
from tests.api.cli.conftest import Run


def test_a_full_disk_is_told_apart_however_it_is_reported() -> None:
    wrapped = StorageError("cannot write the index")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    for exc in (OSError(errno.ENOSPC, "x"), RuntimeError("fwrite: No space left on device"), wrapped):
        message, code = explain(exc)
        assert code == REFUSED
        assert "disk is full" in message


@pytest.mark.one_database("sqlite", "of what SQLite's driver reports")
def test_a_full_database_is_told_as_sqlite_reports_it(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'full.sqlite'}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 2"))
        connection.execute(text("CREATE TABLE t (x)"))
        with pytest.raises(OperationalError) as caught:
            connection.execute(text("INSERT INTO t VALUES (randomblob(100000))"))
    engine.dispose()
    assert "disk is full" in explain(caught.value)[0]


def test_what_sqlite_refuses_comes_with_advice(tmp_path: Path) -> None:
    (tmp_path / "no.sqlite").write_text("this is no database, only words " * 100, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "no.sqlite")) as connection, pytest.raises(sqlite3.DatabaseError) as caught:
        connection.execute("SELECT * FROM sqlite_master")
    message, code = explain(caught.value)
    assert "restore a backup" in message
    assert code == REFUSED


def test_our_own_errors_are_told_as_they_are() -> None:
    assert explain(NotFound("key", "abc")) == ("there is no key 'abc'", REFUSED)


def test_a_file_that_cannot_be_read_is_named() -> None:
    assert explain(PermissionError(errno.EACCES, "Permission denied", "/x")) == ("/x: Permission denied", REFUSED)


def test_a_refused_value_is_named() -> None:
    class Asked(BaseModel):
        limit: int

    with pytest.raises(ValueError, match="limit") as caught:
        Asked.model_validate({"limit": "many"})
    message, code = explain(caught.value)
    assert message.startswith("limit: ")
    assert code == REFUSED


def test_a_fault_of_ours_is_one_line_of_another_code() -> None:
    message, code = explain(ZeroDivisionError("division\nby zero"))
    assert message == "unexpected ZeroDivisionError: division by zero"
    assert code == FAULT


def test_an_error_is_one_line_on_stderr_and_a_trace_only_when_asked(baicha: Run) -> None:
    done = baicha("keys", "revoke", "nokey")
    assert (done.code, done.out, done.err) == (2, "", "baicha: there is no key 'nokey'\n")
    assert "Traceback" in baicha("--verbose", "keys", "revoke", "nokey").err
    assert "Traceback" in baicha("keys", "revoke", "nokey", "--verbose").err


def test_a_misspelt_setting_is_named(baicha: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAICHA_PROT", "9000")
    for command in ("status", "serve", "upgrade"):
        done = baicha(command)
        assert done.code == 2
        assert "unknown setting BAICHA_PROT" in done.err
        assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [("nonsense", "setting BAICHA_DATABASE_URL"), ("postgresql://x:secret@127.0.0.1:1/y", "cannot be reached")],
)
def test_a_database_that_is_not_there_is_told_without_its_password(
    baicha: Run, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    monkeypatch.setenv("BAICHA_DATABASE_URL", url)
    done = baicha("keys", "list")
    assert done.code == 2
    assert says in done.err
    assert "secret" not in done.err
    assert done.err.count("\n") == 1


def test_an_interruption_ends_with_its_own_code_and_no_trace(baicha: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.operations.status.status", interrupted)
    done = baicha("status")
    assert (done.code, done.out, done.err) == (130, "", "")
