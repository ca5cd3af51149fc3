"""The power is cut below PostgreSQL: what was acknowledged is on the disk, because each commit waits for `fsync`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.append import append
from ledger.log.auditing import audit
from ledger.tallies.keeping import first_difference
from tests.ledger.builders import NOW, a_visit, an_event
from tests.ledger.log.builders import KEY
from tests.ledger.power_cut_loop import run
from tests.ledger.power_cut_postgres import Disk, PowerSupply, compile_shim, power_supply

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="puts a disk below a program by LD_PRELOAD")

BATCHES = 4
#: Nothing but commits of ours makes anything durable.
QUIET = ("autovacuum=off", "wal_writer_delay=10s", "checkpoint_timeout=1h")

#: What is done to a folder on the disk, and what is in it after a cut: before it there is `kept`, which holds `old`.
DONE = {
    "a write is lost": ("write('kept', 'new')", {"kept": "old"}),
    "a write that was synchronised is kept": ("sync(write('kept', 'new'))", {"kept": "new"}),
    "so it is by fdatasync": ("os.fdatasync(write('kept', 'new'))", {"kept": "new"}),
    "what is written after it is lost": ("sync(write('kept', 'new')); write('kept', 'NEW')", {"kept": "new"}),
    "started writing back is not synchronised": ("write_back(write('kept', 'new'))", {"kept": "old"}),
    "a file that was never synchronised is gone": ("write('more', 'new')", {"kept": "old"}),
    "a new file that was synchronised has its name": ("sync(write('more', 'new'))", {"kept": "old", "more": "new"}),
    "a name alone is an empty file": ("write('more', 'new'); sync_folder()", {"kept": "old", "more": ""}),
    "a rename is lost": ("os.rename('kept', 'more')", {"kept": "old"}),
    "a rename is kept by the folder": ("os.rename('kept', 'more'); sync_folder()", {"more": "old"}),
    "a file synchronised under a lost name has the old one": (
        "os.rename('kept', 'more'); sync(write('more', 'new'))",
        {"kept": "new"},
    ),
    "a replacement is lost with its name": (
        "sync(write('more', 'new')); os.rename('more', 'kept')",
        {"kept": "old", "more": "new"},
    ),
    "an unlinked file comes back": ("os.unlink('kept')", {"kept": "old"}),
    "its number is given to nobody else": ("os.unlink('kept'); sync(write('more', 'x'))", {"kept": "old", "more": "x"}),
    "an unlinked file is gone by the folder": ("os.unlink('kept'); sync_folder()", {}),
    "a truncated file has its length again": ("os.truncate('kept', 0)", {"kept": "old"}),
    "a shorter file that was synchronised is short": ("sync(write('kept', 'x'))", {"kept": "x"}),
}
_HANDS = """
import ctypes, os
def write(name, text):
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, text.encode())
    return file
def write_back(file):
    assert ctypes.CDLL(None).sync_file_range(file, ctypes.c_int64(0), ctypes.c_int64(0), 7) == 0
def sync_folder():
    sync(os.open('.', os.O_RDONLY))
sync = os.fsync
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim(tmp_path_factory.mktemp("shim"))


@pytest.mark.parametrize("rule", DONE)
def test_the_disk_keeps_what_was_synchronised_and_nothing_else(rule: str, shim: Path, tmp_path: Path) -> None:
    done, left = DONE[rule]
    disk = Disk(tmp_path / "folder", tmp_path / "store")
    disk.folder.mkdir()
    (disk.folder / "kept").write_text("old")
    disk.settle()

    subprocess.run(
        [sys.executable, "-S", "-c", _HANDS + done],
        cwd=disk.folder,
        env=os.environ | disk.surroundings(shim),
        check=True,
    )
    disk.cut()

    assert {path.name: path.read_text() for path in disk.folder.iterdir()} == left
    # What is left is durable: a second cut takes nothing away.
    disk.cut()
    assert {path.name: path.read_text() for path in disk.folder.iterdir()} == left


def lost(supply: PowerSupply, *settings: str) -> int:
    """Append, cut, recover and verify the ledger; return how many acknowledged events are gone."""
    supply.on(*QUIET, *settings)
    engine = make_engine(Settings(database_url=supply.url))
    acknowledged = set[str]()
    for _ in range(BATCHES):
        with writing(engine) as session:
            receipts = append(session, [*(an_event() for _ in range(20)), a_visit()], now=NOW, trusted=True)
        acknowledged |= {receipt.id for receipt in receipts}
    engine.dispose()
    supply.cut()

    supply.on(*QUIET)
    with reading(engine) as session:
        audit(session, KEY.public)
        assert first_difference(session.connection(), session.connection()) is None
        kept = set(session.connection().execute(text("SELECT id FROM payloads")).scalars())
        # The one way to make a log durable that the disk does not know (`power_cut.c`) is not in use.
        assert session.connection().execute(text("SHOW wal_sync_method")).scalar() == "fdatasync"
    engine.dispose()
    supply.cluster.stop()
    supply.disk.cut()
    assert len(acknowledged) == 21 * BATCHES
    return len(acknowledged - kept)


@pytest.mark.postgres
@pytest.mark.one_database("postgresql", "test_power_cut cuts it below SQLite")
def test_what_was_acknowledged_survives_power_cuts_and_only_because_commits_wait_for_the_disk(tmp_path: Path) -> None:
    with power_supply() as supply:
        assert lost(supply) == 0
        assert lost(supply, "synchronous_commit=off") > 0
        assert lost(supply, "fsync=off") == 21 * BATCHES

        found = run(supply, tmp_path, cuts=4, seed=3)
        assert (found.lost, found.double, found.inconsistent) == (0, 0, 0)
        assert found.acknowledged
