"""The command line as its users meet it: words in, an exit code and what was printed out."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli import main
from index.settings import Settings
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def url(database: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What is set as `BAICHA_DATABASE_URL`: nothing, then a migrated, empty PostgreSQL database."""
    if database == "sqlite":
        yield None
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.borrowed("baicha_template") as made:
        yield made


@pytest.fixture
def baicha(
    data: Path, url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the command in this process, on the test's folder and either database, away from any settings file."""
    for name in [name for name in os.environ if name.startswith("BAICHA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BAICHA_DATA", str(data))
    if url:
        monkeypatch.setenv("BAICHA_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["baicha", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else int(code is not None), out, err)

    return run


@pytest.fixture
def settings(data: Path, url: str | None) -> Settings:
    """The settings that the commands find."""
    return Settings(data=data, database_url=url)


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a subprocess: no setting but the test's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BAICHA_")}
    return kept | {"BAICHA_DATA": str(data), "PYTHONPATH": str(ROOT)} | more


def start(data: Path, *words: str, **more: str) -> "subprocess.Popen[str]":
    """Start the command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words],
        cwd=data.parent,
        env=environment(data, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
