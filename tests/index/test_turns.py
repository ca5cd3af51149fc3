"""Writers of one SQLite file take turns in the order in which they came."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from index.database import QUEUE_FILE, make_engine, reading, writing
from index.settings import Settings
from index.turns import Turns

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
#: Takes a turn when told to, says that it has it, and keeps it until told again.
HOLDER = """
import sys
from pathlib import Path
from index.turns import Turns

with Turns(Path(sys.argv[1])).turn(60):
    print("mine", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / QUEUE_FILE


def a_process(queue: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(queue)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def waiting(turns: Turns, done: list[int], number: int) -> None:
    with turns.turn(PATIENCE_S):
        done.append(number)


def in_line(turns: Turns, length: int) -> None:
    while len(turns._here) < length:  # noqa: SLF001 - there is no other way to see who waits
        time.sleep(0.001)


def test_threads_get_their_turns_in_the_order_in_which_they_came(queue: Path) -> None:
    turns, done = Turns(queue), list[int]()
    with ThreadPoolExecutor(8) as pool, turns.turn(PATIENCE_S):
        for number in range(8):
            pool.submit(waiting, turns, done, number)
            in_line(turns, number + 2)
    turns.close()

    assert done == list(range(8))


def test_engines_of_one_process_and_processes_wait_for_each_other(queue: Path) -> None:
    first, second = Turns(queue), Turns(queue)
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as pool_of_one:
        with first.turn(PATIENCE_S):
            running = pool.submit(waiting, second, [], 0)
            with a_process(queue) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                with pytest.raises(TimeoutError):
                    running.result(timeout=0.3)
                said = pool_of_one.submit(process.stdout.readline)
                with pytest.raises(TimeoutError):
                    said.result(timeout=0.3)
                process.kill()
        running.result(timeout=PATIENCE_S)
    first.close()
    second.close()


def test_a_process_that_is_killed_in_its_turn_holds_nobody_up(queue: Path) -> None:
    turns, done = Turns(queue), list[int]()
    with a_process(queue) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(waiting, turns, done, 1)
            with pytest.raises(TimeoutError):
                running.result(timeout=0.3)
            process.kill()
            running.result(timeout=PATIENCE_S)
    turns.close()
    assert done == [1]


def test_who_has_waited_long_enough_goes_on(queue: Path) -> None:
    first, second = Turns(queue), Turns(queue)
    with first.turn(PATIENCE_S), second.turn(0.05):
        pass
    first.close()
    second.close()


def test_a_queue_that_cannot_be_kept_leaves_the_order_to_sqlite(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "no folder" / QUEUE_FILE)
    with turns.turn(PATIENCE_S):
        pass


def test_a_queue_file_of_nonsense_is_a_queue(queue: Path) -> None:
    queue.write_bytes(b"nonsense")
    turns, done = Turns(queue), list[int]()
    for number in range(3):
        waiting(turns, done, number)
    turns.close()
    assert done == [0, 1, 2]


@pytest.mark.one_database("sqlite", "PostgreSQL lets writers in side by side")
def test_a_writer_of_sqlite_stands_in_line_and_a_reader_does_not(settings: Settings) -> None:
    engine = make_engine(settings)
    with writing(engine), reading(engine) as session:
        assert session.connection().execute(text("SELECT 1")).scalar() == 1
    with ThreadPoolExecutor(1) as pool:
        with writing(engine):
            other = pool.submit(_write, engine)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.3)
        assert other.result(timeout=PATIENCE_S) == 1
    engine.dispose()


def _write(engine: Engine) -> int:
    with writing(engine) as session:
        return int(session.connection().execute(text("SELECT 1")).scalar_one())
