import subprocess
import sys


def _run(*words: str) -> str:
    """A process of its own: it forks."""
    done = subprocess.run([sys.executable, "-m", *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_builders_killed_at_random_moments_tear_nothing_and_lose_nothing() -> None:
    """The short form of `make chaos-index`."""
    assert "'kills': 3" in _run("tests.index.kill_loop", "3")


def test_a_file_that_does_not_fit_leaves_the_old_snapshot_in_force() -> None:
    """The short form of the same, with a limit on the size of files."""
    assert "'refused': " in _run("tests.index.full_disk", "2")
