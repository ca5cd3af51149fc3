"""Fixtures that every room's tests share: databases of both kinds, migrated and empty."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine

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

BENCH_DATA = Path(os.environ.get("BAICHA_BENCH_DATA", Path(__file__).parents[1].parent / "shared" / "data"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a fresh data folder on SQLite."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """A migrated, empty SQLite database in a fresh data folder."""
    made = make_engine(settings)
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own, with a migrated template database."""
    server = PostgresServer.start()
    try:
        template = make_engine(Settings(database_url=server.create_database("baicha_template")))
        upgrade(template)
        template.dispose()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_settings(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Settings]:
    """Settings of a fresh data folder on a fresh, migrated PostgreSQL database."""
    url = postgres_server.copy_database("baicha_template")
    yield Settings(data=tmp_path / "data", database_url=url)
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """SQLite, then PostgreSQL: the same tests on both. A module whose tests touch none says which one it takes."""
    kind: str = request.param
    return kind


@pytest.fixture
def any_settings(request: pytest.FixtureRequest, database: str) -> Settings:
    """Settings on SQLite, then on PostgreSQL."""
    name = "settings" if database == "sqlite" else "postgres_settings"
    found: Settings = request.getfixturevalue(name)
    return found


@pytest.fixture
def any_engine(any_settings: Settings) -> Iterator[Engine]:
    """A migrated, empty database: SQLite, then PostgreSQL."""
    made = make_engine(any_settings)
    if made.dialect.name == "sqlite":
        upgrade(made)
    yield made
    made.dispose()


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
