"""The status counts what is there, and neither makes nor changes anything."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from api.operations.database import opened
from api.operations.status import status
from index.database import make_engine, writing
from index.listing import Listing
from index.settings import Settings
from tests.api.operations.builders import a_folder


def _add(session: Session, name: str, *, closed: bool = False) -> None:
    keys = {"id": name, "source": "test", "source_id": name, "content_hash": "0" * 64}
    session.add(
        Listing.model_validate(
            {**keys, "category": "restaurant", "name": name, "closed": closed, "imported_at": datetime.now(UTC)}
        )
    )


def test_a_missing_folder_is_described_and_not_made(tmp_path: Path) -> None:
    found = status(Settings(data=tmp_path / "data"))
    assert (found.snapshot, found.built_at, found.listings, found.events) == (None, None, 0, 0)
    assert not (tmp_path / "data").exists()


def test_listings_closed_ones_and_events_are_counted(any_settings: Settings) -> None:
    with a_folder(any_settings, events=3) as engine, writing(engine) as session:
        _add(session, "open")
        _add(session, "shut", closed=True)
    found = status(any_settings)
    assert (found.listings, found.closed, found.events, found.snapshot) == (1, 1, 3, "0123abcd")
    assert found.built_at == "2026-11-24T04:00:00+00:00"


@pytest.mark.one_database("postgresql", "SQLite has no password")
def test_a_password_in_the_database_url_is_not_shown(settings: Settings) -> None:
    assert settings.database_url is not None
    with opened(settings):
        pass
    with_password = settings.database_url.replace("postgresql://", "postgresql://", 1)
    shown = status(settings.model_copy(update={"database_url": with_password})).database
    assert ":***@" in shown or ":" not in shown.split("@")[0].removeprefix("postgresql+psycopg://")


def test_a_database_without_tables_counts_nothing(bare_settings: Settings) -> None:
    engine = make_engine(bare_settings)
    engine.connect().close()
    engine.dispose()
    found = status(bare_settings)
    assert (found.listings, found.events, found.revision) == (0, 0, None)
