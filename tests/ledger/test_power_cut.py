"""The power is cut at any moment: what was acknowledged is on the disk, because each commit is synchronised."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.migrate import upgrade
from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.append import append
from ledger.erasure import forget
from ledger.log.auditing import audit
from ledger.log.checkpoints import make_checkpoint
from ledger.tallies.keeping import first_difference
from tests.ledger.builders import NOW, a_visit, an_event
from tests.ledger.log.builders import KEY
from tests.ledger.power_cut import Cut, Disk, engine_on, plugged_in

pytestmark = pytest.mark.one_database("sqlite", "cuts the power of SQLite's own file system layer (VFS)")

BATCHES = 24


def lived(folder: Path, synchronous: str, *, every: int) -> tuple[list[str], list[Cut]]:
    """Append, sign and forget on a disk that is cut again and again; return the ids acknowledged, and the cuts."""
    folder.mkdir()
    acknowledged: list[str] = []
    with plugged_in(Disk(f"disk-{synchronous}", every=every, seed=11)) as disk:
        engine = engine_on(disk, folder / "baicha.sqlite", synchronous=synchronous)
        upgrade(engine)
        with closing(engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        disk.acknowledged, disk.cutting = lambda: len(acknowledged), True
        for number in range(BATCHES):
            events = [an_event(visitor=f"visitor-{number}-{at}") for at in range(number % 7)] + [a_visit()]
            with writing(engine) as session:
                receipts = append(session, events, now=NOW, trusted=True)
            acknowledged += [receipt.id for receipt in receipts]
            if number % 5 == 4:
                with writing(engine) as session:
                    make_checkpoint(session, KEY, now=NOW)
            if number % 11 == 10:
                with writing(engine) as session:
                    forget(session, f"visitor-{number}-0", now=NOW)
        engine.dispose()
        return acknowledged, disk.cuts


def lost(cut: Cut, folder: Path, acknowledged: list[str]) -> int:
    """Open what a cut left, verify it, and return how many acknowledged events are gone."""
    cut.restore(folder)
    engine = make_engine(Settings(data=folder))
    with reading(engine) as session:
        assert audit(session, KEY.public).entries >= 0
        assert first_difference(session.connection(), session.connection()) is None
        kept = set(session.connection().execute(text("SELECT id FROM payloads")).scalars())
        erased = int(session.connection().execute(text("SELECT count(*) FROM erased")).scalar_one())
    engine.dispose()
    return len(set(acknowledged[: cut.acknowledged]) - kept) - erased


def test_what_was_acknowledged_survives_a_power_cut_at_any_moment(tmp_path: Path) -> None:
    acknowledged, cuts = lived(tmp_path / "full", "FULL", every=9)

    assert len(cuts) > 40
    assert len({cut.acknowledged for cut in cuts}) > BATCHES // 2
    found = [lost(cut, tmp_path / f"cut-{number}", acknowledged) for number, cut in enumerate(cuts)]
    assert max(found) <= 0


def test_the_disk_would_lose_what_is_not_synchronised(tmp_path: Path) -> None:
    acknowledged, cuts = lived(tmp_path / "normal", "NORMAL", every=29)

    assert any(lost(cut, tmp_path / f"cut-{number}", acknowledged) > 0 for number, cut in enumerate(cuts))


@pytest.mark.parametrize("name", ["synchronous", "journal_mode"])
def test_the_service_asks_for_what_was_tried_here(settings: Settings, name: str) -> None:
    engine = make_engine(settings)
    with engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {name}")).scalar() in {2, "wal"}  # 2 is FULL
    engine.dispose()
