"""One small county is imported and indexed once; each test gets a copy of its data folder, served in process."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, expect, sync_playwright
from sentence_transformers import SentenceTransformer
from sqlalchemy import text

from api.accounts import tokens
from api.container import SECRET_BYTES, Container
from api.migrate import upgrade
from api.operations.moving import copy_rows, standing_still
from index.database import make_engine
from index.importing import import_file
from index.settings import Settings
from index.snapshot import Snapshots, build
from recommender.finder import Finder
from scripts.find_chromium import found
from tests.api.builders import NOW, ROWS, Clock, County, Served, serve, with_merchants
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
#: Milliseconds that a browser is given. A busy machine draws a map in software: that it comes is tested, not when.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)
#: What makes a ledger refuse every further entry, as a full disk would.
BREAKING = {
    "sqlite": ("CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no'); END",),
    "postgresql": (
        """CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'disk_full'; END $$""",
        "CREATE TRIGGER broken BEFORE INSERT ON entries FOR EACH STATEMENT EXECUTE FUNCTION broken()",
    ),
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash passwords with the least work that Argon2 takes: what is tested is who gets in, not how slowly."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(tokens, "_hasher", lambda: cheap)
    tokens.nobodys_hash.cache_clear()
    yield
    tokens.nobodys_hash.cache_clear()


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory, shared_encoder: SentenceTransformer) -> County:
    """A data folder with a few listings, imported and indexed by the real parts, and two merchants."""
    folder = tmp_path_factory.mktemp("county")
    settings = Settings(data=folder / "data")
    engine = make_engine(settings)
    upgrade(engine)
    rows = folder / "tests.jsonl"
    rows.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    report = import_file(engine, rows)
    assert report.exit_code == 0, report.rejected
    build(engine, settings)
    merchant, other, keys = with_merchants(engine, NOW)
    engine.dispose()
    (settings.data / "secret.key").write_bytes(bytes(range(SECRET_BYTES)))  # the same codes in every run
    finder = Finder(Snapshots(settings).current(), shared_encoder, settings)
    return County(settings.data, merchant, other, keys, finder)


@pytest.fixture
def clock() -> Clock:
    """A Tuesday noon in the county, until a test moves it."""
    return Clock()


@pytest.fixture(scope="session")
def county_template(county: County, postgres_server: PostgresServer) -> str:
    """The same county's rows in PostgreSQL, as a database to be copied."""
    name = "baicha_county"
    source = make_engine(Settings(data=county.folder))
    target = make_engine(Settings(database_url=postgres_server.create_database(name, "baicha_template")))
    with standing_still(source) as rows, target.begin() as connection:
        copy_rows(rows, connection)
    for engine in (source, target):
        engine.dispose()
    postgres_server.make_lendable(name)
    return name


@pytest.fixture
def county_database(request: pytest.FixtureRequest, database: str) -> Iterator[str | None]:
    """The URL of the test's own copy of the county in PostgreSQL; None on SQLite, which lies in the folder."""
    if database == "sqlite":
        yield None
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.borrowed(request.getfixturevalue("county_template")) as url:
        yield url


@pytest.fixture
def served(
    county: County, county_database: str | None, tmp_path: Path, clock: Clock, shared_encoder: SentenceTransformer
) -> Iterator[Served]:
    """The county on either database, served from a copy of its folder; nothing is withheld at random."""
    left_out = shutil.ignore_patterns("baicha.sqlite*") if county_database else None
    shutil.copytree(county.folder, tmp_path / "served", ignore=left_out)
    settings = Settings(data=tmp_path / "served", database_url=county_database, writes_per_minute=1_000, hold_out=0)
    container = Container(settings, clock)
    # To load an encoder and to learn the words of a snapshot takes longer than most tests.
    container.__dict__["encoder"] = shared_encoder
    container._loaded = (county.finder.snapshot.id, county.finder)  # noqa: SLF001 - taken up while the id is the same
    made = serve(county, container, clock)
    yield made
    for client in (made.client, *made.browsers):
        client.close()
    container.close()


@pytest.fixture(scope="session")
def shared_encoder() -> SentenceTransformer:
    """The default encoder, loaded once."""
    return Container(Settings()).encoder


@pytest.fixture
def broken_ledger(served: Served) -> Callable[[], None]:
    """Make every further append fail."""

    def break_it() -> None:
        with served.container.engine.begin() as connection:
            for statement in BREAKING[connection.dialect.name]:
                connection.execute(text(statement))

    return break_it


@pytest.fixture(scope="session")
def assets() -> None:
    """The built script and style sheets."""
    subprocess.run([sys.executable, ROOT / "scripts" / "build_assets.py"], check=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, from `BAICHA_CHROMIUM` or PATH."""
    path = found()
    if path is None or shutil.which(path) is None:
        pytest.skip("no Chromium; install one, or name it in BAICHA_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
