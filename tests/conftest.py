"""Fixtures that every room's tests share: databases of both kinds, migrated and empty."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

# Before numpy is imported: two busy cores, and the bundled encoder's slow path.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from api.migrate import upgrade
from index.database import make_engine
from index.settings import Settings
from tests.postgres import PostgresServer

# The same examples in every run, however long one takes and whatever an earlier run has left behind.
hypothesis.settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")

#: The kinds of databases that every test runs on which opens one.
KINDS = ("sqlite", "postgresql")
#: The kinds that this process opened since the test began.
_opened: set[str] = set()

event.listen(Pool, "connect", lambda opened, _: _opened.add(KINDS[type(opened).__module__ != "sqlite3"]))

BENCH_DATA = Path(os.environ.get("BAICHA_BENCH_DATA", Path(__file__).parents[1].parent / "shared" / "data"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test that asks for a database run on both kinds, or on the one that its mark names with the reason."""
    if "database" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("one_database")
        kinds = KINDS if mark is None else [_kind_of(mark)]
        marked = {"postgresql": [pytest.mark.postgres]}
        metafunc.parametrize("database", [pytest.param(kind, marks=marked.get(kind, ())) for kind in kinds])


def _kind_of(mark: pytest.Mark) -> str:
    match mark.args:
        case (str(kind), str(reason)) if kind in KINDS and " " in reason:
            return kind
    raise pytest.UsageError(f"one_database takes one of {KINDS} and a reason, not {mark.args}")


@pytest.fixture(autouse=True)
def opens_what_it_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that opens a database without being on both kinds, and one that asks for a kind and opens the other.

    What a module or a session shares, filled before the test begins, is not looked at.
    """
    _opened.clear()
    yield
    mark = request.node.get_closest_marker("one_database")
    asked = request.node.callspec.params.get("database") if hasattr(request.node, "callspec") else None
    if asked is None and mark is not None:
        asked = _kind_of(mark)
    if not _opened:
        return
    assert asked, "it opens a database: take `settings` or `engine`, or tell by the mark `one_database` why only one"
    assert asked in _opened, f"it is to run on {asked}, and opens {_opened}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database, to be copied: migrating takes ten times as long."""
    settings = Settings(data=tmp_path_factory.mktemp("migrated"))
    made = make_engine(settings)
    upgrade(made)
    made.dispose()
    return settings.data / "baicha.sqlite"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own, with a migrated template database."""
    server = PostgresServer.start()
    try:
        template = make_engine(Settings(database_url=server.create_database("baicha_template")))
        upgrade(template)
        template.dispose()
        server.make_lendable("baicha_template")
        yield server
    finally:
        server.stop()


@pytest.fixture
def settings(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of a fresh data folder: SQLite, which is made when it is opened; then a migrated, empty PostgreSQL."""
    if database == "sqlite":
        yield Settings(data=tmp_path / "data")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.borrowed("baicha_template") as url:
        yield Settings(data=tmp_path / "data", database_url=url)


@pytest.fixture
def bare_settings(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of a database without any table, for the migrations."""
    if database == "sqlite":
        yield Settings(data=tmp_path / "data")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.copy_database("template0")
    yield Settings(data=tmp_path / "data", database_url=url)
    server.drop_database(url)


@pytest.fixture
def engine(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated, empty database in a fresh data folder: SQLite, then PostgreSQL."""
    settings.data.mkdir(exist_ok=True)
    if settings.database_url is None:
        shutil.copy(request.getfixturevalue("migrated_file"), settings.data)
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def any_settings(settings: Settings) -> Settings:
    """The same: on both since every test is."""
    return settings


@pytest.fixture
def any_engine(engine: Engine) -> Engine:
    """The same: on both since every test is."""
    return engine


@pytest.fixture
def bench_data() -> Path:
    """The folder of the benchmark data; tests that read it are skipped where it is not laid."""
    if not BENCH_DATA.is_dir():
        pytest.skip(f"no benchmark data at {BENCH_DATA}; set BAICHA_BENCH_DATA")
    return BENCH_DATA


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing may be skipped: what was not tried is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
