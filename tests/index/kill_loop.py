"""Builders killed at random moments, again and again: what is served afterwards, and whether anything was lost.

    python -m tests.index.kill_loop 200

Each round a child imports the next version of all listings and says so once it is stored; then it builds, or serves the
change beside the old snapshot and folds it in behind. `SIGKILL` meets it somewhere in import, build, fold, swap or
clean-up. Then a snapshot must open, whole in every file; served with the database it must show at once the last version
that was said to be stored, and the next build must hold it.
"""

import os
import random
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine

from api.migrate import upgrade
from index import snapshots as served
from index.database import make_engine
from index.importing import import_file
from index.opening import check_files, read_current, read_manifest, snapshots_folder
from index.settings import Settings
from index.snapshot import Snapshot, Snapshots, build
from tests.index.builders import a_jsonl, a_row

_LISTINGS = 60
#: The longest a child runs, seconds: several imports and builds.
_LONGEST_S = 1.5
#: Share of the rounds in which changes are folded in the background.
_FOLDING = 0.5


def run(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill so many builders and return what was seen; an AssertionError tells what went wrong."""
    rng = random.Random(seed)  # noqa: S311 - moments, not secrets
    settings = Settings(data=folder)
    engine = make_engine(settings)
    upgrade(engine)
    _store(engine, folder, 0)
    build(engine, settings)
    engine.dispose()
    acknowledged = 0
    seen = {"kills": 0, "halves_left": 0, "served_beside": 0, "stored": 0}
    for _ in range(kills):
        acknowledged = max(
            acknowledged, _one(settings, acknowledged, rng.uniform(0, _LONGEST_S), folds=rng.random() < _FOLDING)
        )
        seen["kills"] += 1
        seen["halves_left"] += bool(list(snapshots_folder(settings).glob(".building-*")))
        _check_served(settings)
        engine = make_engine(settings)
        beside = Snapshots(settings, engine).current()
        assert _version(beside) >= acknowledged, "an acknowledged change does not show"
        assert len({listing.price for listing in beside.listings}) == 1, "a view of two versions"
        seen["served_beside"] += beside.tail > 0
        build(engine, settings)
        engine.dispose()
        assert _version(Snapshots(settings).current()) >= acknowledged, "an acknowledged change was lost"
    seen["stored"] = acknowledged
    return seen


def _one(settings: Settings, last: int, seconds: float, *, folds: bool) -> int:
    """Let a child import and build, or fold, until it is killed; return the last version it said was stored."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _import_for_ever(settings, last, writing, folds=folds)
    os.close(writing)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = b""
    while select.select([reading], [], [], 0)[0] and (part := os.read(reading, 65536)):
        said += part
    os.close(reading)
    lines = said.decode().split("\n")[:-1]
    return int(lines[-1]) if lines else last


def _import_for_ever(settings: Settings, version: int, writing: int, *, folds: bool) -> None:
    try:
        engine = make_engine(settings)
        served.FOLD_CHANGES, served.RETRY_S = 1, 0.0
        live = Snapshots(settings, engine)
        while True:
            version += 1
            _store(engine, settings.data, version)
            os.write(writing, f"{version}\n".encode())
            if folds:
                live.current()
            else:
                build(engine, settings)
    finally:
        # Whatever happens, the child must not go on as a second test run.
        os._exit(1)


def _store(engine: Engine, folder: Path, version: int) -> None:
    # The passage leaves out name and price, so that no round has to wait for the encoder.
    rows = [
        a_row(
            id=str(number),
            name=f"店{number} v{version}",
            subtype="农家乐",
            price=version,
            lat=30 + number / 99,
            lon=119.6,
        )
        for number in range(_LISTINGS)
    ]
    import_file(engine, a_jsonl(folder / "rows.jsonl", rows), source="x")


def _check_served(settings: Settings) -> None:
    folder = snapshots_folder(settings)
    check_files(folder / read_current(folder)[0], read_manifest(folder / read_current(folder)[0]), thorough=True)
    snapshot = Snapshots(settings).current()
    assert len(snapshot.listings) == _LISTINGS
    prices = {listing.price for listing in snapshot.listings}
    assert len(prices) == 1, "a snapshot of two versions"


def _version(snapshot: Snapshot) -> int:
    return int(snapshot.listings[0].price or 0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(run(Path(made), int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 1))  # noqa: T201
