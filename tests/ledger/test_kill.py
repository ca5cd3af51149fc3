import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from index.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("after_lines", [1, 33, 200])
def test_what_was_acknowledged_survives_kill_9_and_the_log_has_no_gap(
    engine: Engine, settings: Settings, after_lines: int
) -> None:
    command = [sys.executable, "-m", "tests.ledger.appender", str(settings.data)]
    command += [settings.database_url] if settings.database_url else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(after_lines)]
        process.kill()
        acknowledged += [line for line in process.stdout if line.endswith("\n")]

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, entry_index FROM payloads"))
        stored: dict[str, int] = {row.id: row.entry_index for row in rows}
        indices = connection.execute(text('SELECT "index" FROM entries ORDER BY 1')).scalars().all()

    assert len(acknowledged) >= after_lines
    assert all(stored[name] == int(index) for name, index in map(str.split, acknowledged))
    assert list(indices) == list(range(len(stored)))
