"""Finders over real snapshots: the starter data, and a made-up city that shares no word with it."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.migrate import upgrade
from index.database import make_engine
from index.encoders import load_encoder
from index.importing import import_file
from index.places import import_places
from index.settings import Settings
from index.snapshot import Snapshots, build
from recommender.finder import Finder, SearchRequest
from tests.conftest import BENCH_DATA
from tests.recommender.city import CITY

STARTER = Path(__file__).parents[2] / "starter"
#: A Tuesday at noon.
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def ask(text: str, **fields: object) -> SearchRequest:
    """A request at noon, in the language of its text."""
    return SearchRequest(text, None, NOON, **fields)  # type: ignore[arg-type]


def finder_over(data: Path, *files: Path) -> Finder:
    """Import files into a fresh data folder, index them, and return their finder."""
    settings = Settings(data=data)
    engine = make_engine(settings)
    upgrade(engine)
    for file in files:
        (import_places if file.suffix == ".csv" else import_file)(engine, file)
    build(engine, settings)
    engine.dispose()
    return Finder(Snapshots(settings).current(), load_encoder(settings.encoder), settings)


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    """The starter data of Anji."""
    return finder_over(tmp_path_factory.mktemp("starter"), STARTER / "listings.jsonl", STARTER / "places.csv")


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    """A made-up city, whose kinds, districts and words the code has never seen."""
    folder = tmp_path_factory.mktemp("city")
    file = folder / "city.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in CITY), encoding="utf-8")
    return finder_over(folder, file)


@pytest.fixture(scope="session")
def cambridge(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    """The English benchmark's listings; skipped where they are not laid."""
    if not BENCH_DATA.is_dir():
        pytest.skip(f"no benchmark data at {BENCH_DATA}; set BAICHA_BENCH_DATA")
    return finder_over(tmp_path_factory.mktemp("cambridge"), BENCH_DATA / "multiwoz" / "listings.jsonl")
