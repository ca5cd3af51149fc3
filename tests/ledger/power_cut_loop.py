"""The power is cut below PostgreSQL again and again, while writers append: `CUTS=100 make chaos-power`.

The writers are those of `make chaos` (`bench.chaos`), the disk is that of `power_cut.c`. After every second cut all
that was not synchronised is gone; after the others the dice say so of each sector. The server recovers on what is
left, on the same disk; then everything that was ever acknowledged must be there at its index, nothing twice, and the
whole ledger must be verified with its tallies. Ends with one line:

    postgresql cuts=100 lost=0 double=0 inconsistent=0 acknowledged=N
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.chaos import Found, check_all, live
from index.settings import Settings
from ledger.log.signing import KEY_FILE, load_key
from tests.ledger.power_cut_postgres import PowerSupply, power_supply

WRITERS = 3
#: The server's power is cut within so many seconds.
LONGEST_LIFE_S = 0.6
#: Checkpoints after each megabyte of log and pages that are written early: much that is on the disk is not durable.
RESTLESS = (
    "max_wal_size=2MB",
    "min_wal_size=2MB",
    "shared_buffers=2MB",
    "bgwriter_delay=10ms",
    "bgwriter_flush_after=0",
    "checkpoint_flush_after=0",
)


@dataclass
class Writer:
    """A process that appends until its database is gone, and what it may not have finished."""

    number: int
    unfinished: tuple[int, int] | None = None
    process: int = 0
    heard: int = 0

    def begin(self, settings: Settings, life: int) -> None:
        """Start, as a life that no writer had before."""
        self.heard, say = os.pipe()
        # A batch that was not acknowledged is sent again in the next life.
        unfinished, self.unfinished = self.unfinished, (life * WRITERS + self.number, 0)
        self.process = os.fork()
        if self.process == 0:
            try:
                # What it says of its database's end is expected.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                live(settings, life * WRITERS + self.number, unfinished, say)
            finally:
                os._exit(1)
        os.close(say)

    def end(self) -> list[tuple[str, int]]:
        """End the process, and return what it said was acknowledged: ids and indices."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        with os.fdopen(self.heard, encoding="ascii") as heard:
            said = [line.split(" ") for line in heard.read().split("\n")[:-1]]
        life = self.unfinished[0] if self.unfinished else 0
        batches = [int(name.split("-")[2]) for name, _ in said if name.startswith(f"life-{life:06d}-")]
        self.unfinished = (life, max(batches, default=-1) + 1)
        return [(name, int(index)) for name, index in said]


def run(supply: PowerSupply, folder: Path, cuts: int, seed: int) -> Found:
    """Cut the power so many times, and return what was found."""
    dice, found, settings = random.Random(seed), Found(), Settings(data=folder, database_url=supply.url)  # noqa: S311
    load_key(folder / KEY_FILE)
    writers = [Writer(number) for number in range(WRITERS)]
    supply.on(*RESTLESS)
    for life in range(cuts):
        for writer in writers:
            writer.begin(settings, life)
        try:
            time.sleep(dice.uniform(0, LONGEST_LIFE_S))
            supply.cut(dice if life % 2 else None)
        finally:
            said = [one for writer in writers for one in writer.end()]
        found.kills += 1
        for event_id, index in said:
            found.double += found.acknowledged.setdefault(event_id, index) != index
        supply.on(*RESTLESS)
        check_all(settings, found)
        print(f"{found.kills} cuts, {len(found.acknowledged)} acknowledged", file=sys.stderr)  # noqa: T201
    supply.cluster.stop()
    return found


def main() -> int:
    """Run; exit code 1 when anything was lost, double or inconsistent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    with power_supply() as supply, tempfile.TemporaryDirectory() as folder:
        found = run(supply, Path(folder), options.cuts, options.seed)
    print(found.line("postgresql", "cuts"))  # noqa: T201
    return int(bool(found.lost or found.double or found.inconsistent))


if __name__ == "__main__":
    sys.exit(main())
