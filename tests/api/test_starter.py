"""The first run fills an empty folder once, goes on where it was interrupted, and leaves an operator's data alone."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api.accounts import Role, authenticate, key_holder, list_keys
from api.guest_origins import guest_origins
from api.operations.database import opened
from api.starter import STATE_FILE, FirstLogins, Step, Watcher, load_starter
from index.database import reading, writing
from index.errors import StorageError, UnreadableInput
from index.importing import import_file
from index.settings import Settings
from tests.api.cli.conftest import start
from tests.ports import free_port

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
STARTER = Path(__file__).parents[2] / "starter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A starter folder of a dozen listings, the demo merchant among them: the whole one embeds for seconds."""
    made = tmp_path / "starter"
    made.mkdir()
    for name in ("places.csv", "origins.csv"):
        shutil.copy(STARTER / name, made)
    lines = (STARTER / "listings.jsonl").read_text(encoding="utf-8").splitlines()
    demo = [line for line in lines if '"made-up-zhuli-renjia"' in line]
    (made / "listings.jsonl").write_text("\n".join([*demo, *lines[:5], *lines[-6:]]) + "\n", encoding="utf-8")
    return made


@dataclass
class Diary:
    """What the loader said, and where it is to be interrupted."""

    stop_at: str = ""
    said: list[str] = field(default_factory=list)
    logins: list[FirstLogins] = field(default_factory=list)

    def watcher(self) -> Watcher:
        return Watcher(
            self._say, lambda step, done, total: self._say(f"{step} {10 * done // (total or 1)}"), self._show
        )

    def _say(self, line: str) -> None:
        if self.stop_at and self.stop_at in line:
            raise KeyboardInterrupt
        self.said.append(line)

    def _show(self, logins: FirstLogins) -> None:
        if self.stop_at == "show":
            raise KeyboardInterrupt
        self.logins.append(logins)


@pytest.fixture
def open_engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr("api.starter.HISTORY_DAYS", 14)
    monkeypatch.setattr("api.starter.BATCH", 200)
    with opened(settings) as engine:
        yield engine


def _counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - our own names
            for table in ("listing", "place", "entries", "payloads", "merchant", "login")
        }


def _load(engine: Engine, settings: Settings, folder: Path, diary: Diary) -> bool:
    return load_starter(engine, settings, folder, diary.watcher(), now=NOW)


def _logins_work(engine: Engine, diary: Diary) -> bool:
    [logins] = diary.logins
    with writing(engine) as session:
        merchant = authenticate(session, logins.login, logins.password, now=NOW)
        admin = key_holder(session, logins.admin_key, now=NOW)
    return merchant is not None and admin is not None and admin.role is Role.ADMIN


@pytest.fixture
def uninterrupted(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What a load that nothing interrupts leaves behind."""
    if not _UNINTERRUPTED:
        monkeypatch.setattr("api.starter.HISTORY_DAYS", 14)
        settings = Settings(data=tmp_path / "uninterrupted")
        with opened(settings) as engine:
            _load(engine, settings, folder, Diary())
            _UNINTERRUPTED.update(_counts(engine))
    return _UNINTERRUPTED


_UNINTERRUPTED: dict[str, int] = {}


def test_an_empty_folder_is_filled_and_the_logins_work(
    any_settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.starter.HISTORY_DAYS", 14)
    diary = Diary()
    with opened(any_settings) as engine:
        assert _load(engine, any_settings, folder, diary)
        counts = _counts(engine)
        assert _logins_work(engine, diary)
    assert counts["listing"] == 12
    assert counts["entries"] == counts["payloads"] > 500
    assert len(guest_origins(any_settings)) == 9


def test_the_second_run_does_nothing(open_engine: Engine, settings: Settings, folder: Path) -> None:
    _load(open_engine, settings, folder, Diary())
    before = _counts(open_engine)
    again = Diary()
    assert not _load(open_engine, settings, folder, again)
    assert (again.said, again.logins) == ([], [])
    assert _counts(open_engine) == before


@pytest.mark.parametrize(
    "stop_at",
    [
        "[1/6]",
        "import 10",
        "[2/6]",
        "17 places",
        "[4/6]",
        "vectors 10",
        "index ",
        "history 5",
        "made-up events",
        "show",
    ],
)
def test_an_interrupted_load_goes_on_to_the_same_end(
    open_engine: Engine, settings: Settings, folder: Path, stop_at: str, uninterrupted: dict[str, int]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        _load(open_engine, settings, folder, Diary(stop_at))
    diary = Diary()
    assert _load(open_engine, settings, folder, diary)
    assert _counts(open_engine) == uninterrupted
    assert _logins_work(open_engine, diary)
    with reading(open_engine) as session:
        assert Counter(key.revoked_at is None for key in list_keys(session))[True] == 1


def test_one_switch_leaves_the_history_out(open_engine: Engine, settings: Settings, folder: Path) -> None:
    _load(open_engine, settings.model_copy(update={"starter_history": False}), folder, Diary())
    counts = _counts(open_engine)
    assert counts["entries"] == 0
    assert counts["listing"] == 12


def test_an_operators_own_listings_are_left_alone(
    open_engine: Engine, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.jsonl").write_text('{"id": "a", "category": "hotel", "name": "自家"}\n', encoding="utf-8")
    import_file(open_engine, tmp_path / "own.jsonl")
    assert not _load(open_engine, settings, folder, Diary())
    assert _counts(open_engine)["listing"] == 1
    assert not (settings.data / STATE_FILE).exists()


def test_a_folder_without_starter_data_is_named(open_engine: Engine, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"listings\.jsonl.*--starter"):
        _load(open_engine, settings, tmp_path / "nowhere", Diary())


def test_a_damaged_note_of_what_was_done_is_reported(open_engine: Engine, settings: Settings, folder: Path) -> None:
    (settings.data / STATE_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(StorageError, match=STATE_FILE):
        _load(open_engine, settings, folder, Diary())


def _steps_done(data: Path) -> list[str]:
    try:
        found: list[str] = json.loads((data / STATE_FILE).read_text(encoding="utf-8"))["done"]
    except FileNotFoundError:
        return []
    return found


@pytest.mark.parametrize("line", ["[2/6]", "history: 50%"])
def test_a_killed_first_run_is_finished_by_the_next(settings: Settings, folder: Path, line: str) -> None:
    settings.data.parent.mkdir(exist_ok=True)
    database = {"BAICHA_DATABASE_URL": settings.database_url} if settings.database_url else {}
    killed = start(settings.data, "serve", "--starter", str(folder), BAICHA_PORT=str(free_port()), **database)
    assert killed.stderr is not None
    assert any(line in said for said in killed.stderr), "it came as far as the line at which it is killed"
    killed.kill()
    killed.communicate()
    before = _steps_done(settings.data)
    assert len(before) < len(Step)
    diary = Diary()
    with opened(settings) as engine:
        assert _load(engine, settings, folder, diary)
        assert _logins_work(engine, diary)
        assert _counts(engine)["listing"] == 12
        assert _indices_run_on(engine)
    assert _steps_done(settings.data) == [step.value for step in Step]


def _indices_run_on(engine: Engine) -> bool:
    with engine.connect() as connection:
        last, count = connection.execute(text('SELECT max("index"), count(*) FROM entries')).one()
    return bool(last == count - 1)


def test_two_first_runs_at_once_take_turns(settings: Settings, folder: Path) -> None:
    """The second one waits, then finds everything done; neither sees a half-made county."""
    settings.data.parent.mkdir(exist_ok=True)
    code = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from api.operations.database import opened; from index.settings import Settings\n"
        "from api.starter import Watcher, load_starter\n"
        "settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[3] or None)\n"
        "with opened(settings) as engine:\n"
        "    watcher = Watcher(lambda line: None, lambda *step: None, lambda logins: print(logins.login))\n"
        "    load_starter(engine, settings, Path(sys.argv[2]), watcher, now=datetime.now(UTC))\n"
    )
    where = (settings.data, folder, settings.database_url or "")
    both = [subprocess.Popen([sys.executable, "-c", code, *where], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outs = sorted(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert outs == ["", "demo\n"]
