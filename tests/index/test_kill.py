import subprocess
import sys


def test_builders_killed_at_random_moments_tear_nothing_and_lose_nothing() -> None:
    """The short form of `make chaos-index`. A process of its own: it forks."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.index.kill_loop", "3"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "'kills': 3" in done.stdout
