"""A backup holds what was acknowledged before it began, while events go on arriving, and is whole or not there."""

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from api.operations.backup import STAGING, backup, backup_and_expire
from api.operations.database import opened
from api.operations.restore import restore
from index.errors import StorageError, UsageError
from index.settings import Settings
from tests.api.operations.builders import NOW, a_folder, record, write_snapshot


def _restored(archive: Path, folder: Path) -> Settings:
    settings = Settings(data=folder)
    restore(settings, archive, now=NOW)
    return settings


def _indices(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text('SELECT "index" FROM entries ORDER BY "index"')).scalars())


def test_a_restored_folder_has_the_same_files_and_events(any_settings: Settings, tmp_path: Path) -> None:
    with a_folder(any_settings):
        manifest = backup(any_settings, tmp_path / "b.tar.gz", now=NOW)
    back = _restored(tmp_path / "b.tar.gz", tmp_path / "back")
    assert manifest.snapshot == "0123abcd"
    for name in ("secret.key", "snapshots/0123abcd/vectors.faiss", "snapshots/current"):
        assert (back.data / name).read_bytes().strip() == (any_settings.data / name).read_bytes().strip()
    with opened(back) as engine:
        assert _indices(engine) == [0, 1, 2, 3, 4]


def test_backups_in_the_data_folder_are_kept_for_thirty_days_and_other_files_for_ever(any_settings: Settings) -> None:
    with a_folder(any_settings):
        first, _, _ = backup_and_expire(any_settings, now=NOW)
        (first.parent / "by-hand.tar.gz").touch()
        second, _, removed = backup_and_expire(any_settings, now=NOW + timedelta(days=30))
        assert (removed, sorted(first.parent.iterdir())) == (
            0,
            sorted([first, second, first.parent / "by-hand.tar.gz"]),
        )
        third, manifest, removed = backup_and_expire(any_settings, now=NOW + timedelta(days=30, seconds=1))
    assert (removed, sorted(first.parent.iterdir())) == (1, sorted([second, third, first.parent / "by-hand.tar.gz"]))
    assert not [name for name in manifest.files if name.startswith(first.parent.name)]


@pytest.mark.one_database("sqlite", "a PostgreSQL that is there is backed up, empty or not")
def test_a_folder_without_data_gets_no_folder_of_backups(settings: Settings) -> None:
    settings.data.mkdir()
    with pytest.raises(UsageError, match="empty"):
        backup_and_expire(settings, now=NOW)
    assert list(settings.data.iterdir()) == []


def test_backups_while_events_arrive_are_consistent_and_miss_nothing_acknowledged(
    any_settings: Settings, tmp_path: Path
) -> None:
    stop = threading.Event()
    acknowledged: list[int] = []

    def write(engine: Engine) -> None:
        number = 1_000
        while not stop.is_set():
            acknowledged.extend(index for index in record(engine, range(number, number + 7)) if index is not None)
            number += 7

    with a_folder(any_settings) as engine:
        writer = threading.Thread(target=write, args=(engine,))
        writer.start()
        try:
            promised = []
            while not acknowledged:
                time.sleep(0.001)
            for turn in range(5):
                promised.append(max(acknowledged, default=4))
                backup(any_settings, tmp_path / f"{turn}.tar.gz", now=NOW)
        finally:
            stop.set()
            writer.join()
    assert acknowledged, "the writer wrote while backups were made"
    for turn, last in enumerate(promised):
        with opened(_restored(tmp_path / f"{turn}.tar.gz", tmp_path / f"back{turn}")) as engine:
            found = _indices(engine)
            with engine.connect() as connection:
                payloads = connection.execute(text("SELECT count(*) FROM payloads")).scalar_one()
        assert found == list(range(len(found)))
        assert len(found) > last
        assert payloads == len(found)


def test_only_the_owner_can_read_a_backup_and_what_is_restored_from_it(any_settings: Settings, tmp_path: Path) -> None:
    with a_folder(any_settings):
        backup(any_settings, tmp_path / "b.tar.gz", now=NOW)
    back = _restored(tmp_path / "b.tar.gz", tmp_path / "back")
    for path in (tmp_path / "b.tar.gz", back.data / "secret.key", back.data / "baicha.sqlite"):
        assert path.stat().st_mode & 0o077 == 0


def test_an_existing_file_is_never_written_over(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_text("precious", encoding="utf-8")
    with a_folder(settings), pytest.raises(UsageError, match="exists"):
        backup(settings, tmp_path / "b.tar.gz", now=NOW)
    assert (tmp_path / "b.tar.gz").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("name", "says"), [("b.zip", r"\.tar\.gz"), ("nowhere/b.tar.gz", "there is no folder")], ids=["suffix", "folder"]
)
def test_a_target_that_cannot_be_is_refused(settings: Settings, tmp_path: Path, name: str, says: str) -> None:
    with a_folder(settings), pytest.raises(UsageError, match=says):
        backup(settings, tmp_path / name, now=NOW)


def test_an_empty_or_missing_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, says in (("empty", "nothing to back up"), ("missing", "no data folder")):
        with pytest.raises(UsageError, match=says):
            backup(Settings(data=tmp_path / name), tmp_path / "b.tar.gz", now=NOW)
    assert not (tmp_path / "b.tar.gz").exists()


@pytest.mark.one_database("sqlite", "of SQLite's file; a PostgreSQL verifies its own pages")
def test_a_damaged_database_is_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    with a_folder(settings, events=200):
        pass
    database = settings.data / "baicha.sqlite"
    content = bytearray(database.read_bytes())
    content[len(content) // 2 :] = os.urandom(len(content) - len(content) // 2)
    database.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        backup(settings, tmp_path / "b.tar.gz", now=NOW)
    assert not (tmp_path / "b.tar.gz").exists()


def test_a_snapshot_swapped_while_it_is_staged_is_taken_from_the_new_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A builder may remove the old snapshot at any moment: here, just before its files are linked."""
    real = shutil.copytree

    def swap_first(source: Path, target: Path, **kwargs: Any) -> Path:
        if source.name == "0123abcd":
            write_snapshot(settings.data, "4567cdef")
            shutil.rmtree(source)
        return real(source, target, **kwargs)

    monkeypatch.setattr(shutil, "copytree", swap_first)
    with a_folder(settings):
        manifest = backup(settings, tmp_path / "b.tar.gz", now=NOW)
    assert manifest.snapshot == "4567cdef"
    assert not any("0123abcd" in name for name in manifest.files)


def test_an_index_that_never_stands_still_is_reported(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(*_args: object, **_kwargs: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("shutil.copytree", vanish)
    with a_folder(settings), pytest.raises(StorageError, match="rebuilt"):
        backup(settings, tmp_path / "b.tar.gz", now=NOW)


def test_nothing_is_left_behind_by_a_failed_backup(
    any_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with a_folder(any_settings):
        monkeypatch.setattr("tarfile.TarFile.addfile", full)
        with pytest.raises(OSError, match="No space"):
            backup(any_settings, tmp_path / "b.tar.gz", now=NOW)
    assert list(tmp_path.glob("*b.tar.gz*")) == []
    assert not (any_settings.data / STAGING).exists()


def test_what_a_killed_backup_left_is_cleared_and_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    with a_folder(settings):
        (settings.data / STAGING).mkdir()
        (settings.data / STAGING / "half").write_bytes(b"x")
        manifest = backup(settings, tmp_path / "b.tar.gz", now=NOW)
    assert "half" not in manifest.files
    assert not (settings.data / STAGING).exists()


def test_backups_at_once_take_turns(any_settings: Settings, tmp_path: Path) -> None:
    with a_folder(any_settings), ThreadPoolExecutor(4) as pool:
        targets = [tmp_path / f"{number}.tar.gz" for number in range(4)]
        made = list(pool.map(lambda target: backup(any_settings, target, now=NOW), targets))
    assert len({tuple(sorted(manifest.files)) for manifest in made}) == 1
    assert all("secret.key" in manifest.files for manifest in made)
