"""Status, backup, restore and upgrade, as typed."""

import json
from pathlib import Path

import pytest

from api.migrate import newest, upgrade
from index.database import make_engine
from index.settings import Settings
from tests.api.cli.conftest import Run
from tests.api.operations.builders import a_folder
from tests.postgres import PostgresServer


def test_an_empty_folder_has_a_status_and_stays_empty(baicha: Run, data: Path) -> None:
    done = baicha("status", "--json")
    found = json.loads(done.out)
    assert (done.code, found["snapshot"], found["listings"], found["events"]) == (0, None, 0, 0)
    assert {"built_at", "database", "encoder", "data"} <= set(found)
    assert "none yet" in baicha("status").out
    assert not data.exists()


@pytest.mark.one_database("sqlite", "the test below does the same with PostgreSQL, into either")
def test_a_backup_comes_back_in_another_folder(baicha: Run, data: Path, tmp_path: Path) -> None:
    with a_folder(Settings(data=data), events=3):
        assert baicha("backup", tmp_path / "b.tar.gz").code == 0
    assert baicha("restore", tmp_path / "b.tar.gz", "--data", tmp_path / "new").code == 0
    assert json.loads(baicha("status", "--json", "--data", tmp_path / "new").out)["events"] == 3


def test_a_backup_without_a_name_lies_in_the_data_folder(
    baicha: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_folder(settings, events=3):
        assert baicha("backup").code == 0
    [made] = (settings.data / "backups").iterdir()
    monkeypatch.delenv("BAICHA_DATABASE_URL", raising=False)
    assert baicha("restore", made, "--data", tmp_path / "new").code == 0


def test_a_restore_over_data_is_refused_in_one_line(baicha: Run, settings: Settings, tmp_path: Path) -> None:
    with a_folder(settings):
        baicha("backup", tmp_path / "b.tar.gz")
    done = baicha("restore", tmp_path / "b.tar.gz")
    assert done.code == 2
    assert "not empty" in done.err
    assert done.err.count("\n") == 1


def test_an_older_database_is_upgraded_and_then_up_to_date(
    baicha: Run, bare_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAICHA_DATA", str(bare_settings.data))
    if bare_settings.database_url:
        monkeypatch.setenv("BAICHA_DATABASE_URL", bare_settings.database_url)
    engine = make_engine(bare_settings)
    upgrade(engine, "0001_listings")
    engine.dispose()
    assert baicha("upgrade").out == f"upgraded from 0001_listings to {newest()}\n"
    assert baicha("upgrade").out == f"already at {newest()}\n"


@pytest.mark.one_database("postgresql", "on SQLite a backup comes back into another folder, above")
def test_a_backup_of_postgresql_comes_back_by_one_command_into_a_folder_or_a_database(
    baicha: Run,
    settings: Settings,
    tmp_path: Path,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_folder(settings, events=3):
        assert baicha("backup", tmp_path / "b.tar.gz").code == 0
    again = baicha("restore", tmp_path / "b.tar.gz", "--data", tmp_path / "new")
    assert again.code == 2
    assert "the database is not empty" in again.err
    for url in (postgres_server.copy_database("baicha_template"), ""):
        monkeypatch.setenv("BAICHA_DATABASE_URL", url)
        if not url:
            monkeypatch.delenv("BAICHA_DATABASE_URL")
        folder = tmp_path / f"new{bool(url)}"
        done = baicha("restore", tmp_path / "b.tar.gz", "--data", folder)
        assert (done.code, done.err) == (0, "")
        assert json.loads(baicha("status", "--json", "--data", folder).out)["events"] == 3
