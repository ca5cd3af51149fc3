"""Two machines on one SQLite folder are refused; one machine that starts again is not."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from index.database import reading, writing
from index.errors import StorageError
from index.lease import CLAIM_FILE, KEPT_S, LEASE_FILE, Machine, take_lease
from index.settings import Settings
from index.snapshot import build

HERE = Machine("here", "machine-1", "boot-1")


def aged(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


@pytest.mark.parametrize(
    "other",
    [
        Machine("there", "machine-2", "boot-2"),
        Machine("there", "machine-1", "boot-2"),  # a copied image
        Machine("here", "machine-2", "boot-2"),  # the same name by chance
    ],
)
def test_a_second_machine_is_refused_until_the_first_has_stopped_for_a_minute(tmp_path: Path, other: Machine) -> None:
    take_lease(tmp_path, HERE)
    with pytest.raises(StorageError, match=r"another machine \(here\).*BAICHA_DATABASE_URL"):
        take_lease(tmp_path, other)
    take_lease(tmp_path, HERE)

    aged(tmp_path / LEASE_FILE, KEPT_S + 1)
    take_lease(tmp_path, other)
    with pytest.raises(StorageError, match="another machine"):
        take_lease(tmp_path, HERE)


@pytest.mark.parametrize(
    "again",
    [
        Machine("here", "machine-1", "boot-2"),  # after a reboot
        Machine("container", "another", "boot-1"),  # a container of the same host
    ],
)
def test_the_same_machine_goes_on_at_once(tmp_path: Path, again: Machine) -> None:
    take_lease(tmp_path, HERE)
    take_lease(tmp_path, again)


@pytest.mark.parametrize("is_stale", [False, True])
def test_of_machines_that_take_a_free_folder_at_once_one_gets_it(tmp_path: Path, *, is_stale: bool) -> None:
    machines = [Machine(f"host-{number}", f"machine-{number}", f"boot-{number}") for number in range(4)]
    for attempt in range(60):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        if is_stale:
            take_lease(folder, HERE)
            aged(folder / LEASE_FILE, KEPT_S + 1)
        together = Barrier(len(machines))

        def take(machine: Machine, folder: Path = folder, together: Barrier = together) -> bool:
            together.wait()
            try:
                take_lease(folder, machine)
            except StorageError:
                return False
            return True

        with ThreadPoolExecutor(len(machines)) as pool:
            assert sum(pool.map(take, machines)) == 1


def test_a_claim_that_was_left_over_by_a_killed_process_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / CLAIM_FILE).write_text("")
    aged(tmp_path / CLAIM_FILE, KEPT_S + 1)
    take_lease(tmp_path, HERE)
    assert [path.name for path in tmp_path.iterdir()] == [LEASE_FILE]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}', "\xff"])
def test_a_torn_lease_is_nobodys(tmp_path: Path, content: str) -> None:
    (tmp_path / LEASE_FILE).write_bytes(content.encode("latin-1"))
    take_lease(tmp_path, HERE)
    assert [path.name for path in tmp_path.iterdir()] == [LEASE_FILE]


@pytest.mark.one_database("sqlite", "PostgreSQL is written to by several machines")
def test_no_writer_gets_in_while_another_machine_writes(engine: Engine, settings: Settings) -> None:
    take_lease(settings.data, Machine("there", "machine-2", "boot-2"))
    with pytest.raises(StorageError, match="another machine"), writing(engine):
        pytest.fail("a writer got in")
    with pytest.raises(StorageError, match="another machine"):
        build(engine, settings)
    with reading(engine) as session:
        assert session.execute(text("SELECT count(*) FROM listing")).scalar() == 0

    aged(settings.data / LEASE_FILE, KEPT_S + 1)
    with writing(engine):
        pass
    take_lease(settings.data, Machine.here())


def test_this_machine_is_itself() -> None:
    assert Machine.here().is_same(Machine.here())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        take_lease(tmp_path / "missing", HERE)
