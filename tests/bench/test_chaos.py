"""A short form of `make chaos`: the whole has three hundred kills on each database."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.postgres
def test_nothing_acknowledged_is_lost_or_double_when_writers_are_killed_at_random_moments() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", "--kills", "8", "--longest", "0.5"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line, name in zip(done.stdout.splitlines(), ("sqlite", "postgresql"), strict=True):
        assert re.fullmatch(rf"{name} kills=8 lost=0 double=0 inconsistent=0 acknowledged=[1-9]\d*", line)
