"""What a data folder holds, without opening the index or changing anything."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, inspect, make_url, text

from api.operations.backup import DATABASE
from index.errors import SnapshotError
from index.opening import read_current, read_manifest, snapshots_folder
from index.settings import Settings


@dataclass(frozen=True, slots=True)
class Status:
    """A data folder at a glance. What is not there yet is None or 0; `listings` counts those that are not closed."""

    snapshot: str | None
    built_at: str | None
    indexed: int
    listings: int
    closed: int
    events: int
    database: str
    revision: str | None
    encoder: str
    data: str
    version: str


def status(settings: Settings) -> Status:
    """Read the status of a data folder; an empty or missing one is described, not made."""
    from importlib.metadata import version

    snapshot, manifest = _snapshot(settings)
    counts = _Counts() if _is_missing(settings) else _count(settings)
    return Status(
        snapshot=snapshot,
        built_at=manifest.get("built_at"),
        indexed=int(manifest.get("counts", {}).get("listings", 0)),
        listings=counts.listings,
        closed=counts.closed,
        events=counts.events,
        database=make_url(settings.database).render_as_string(hide_password=True),
        revision=counts.revision,
        encoder=str(manifest.get("encoder") or settings.encoder),
        data=str(settings.data.resolve()),
        version=version("baicha"),
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    listings: int = 0
    closed: int = 0
    events: int = 0
    revision: str | None = None


def _is_missing(settings: Settings) -> bool:
    """Whether there is no database, which opening one would make."""
    return not settings.database_url and not (settings.data / DATABASE).is_file()


def _snapshot(settings: Settings) -> tuple[str | None, dict[str, Any]]:
    folder = snapshots_folder(settings)
    for name in read_current(folder):
        with suppress(SnapshotError):
            return name, read_manifest(folder / name)
    return None, {}


def _count(settings: Settings) -> _Counts:
    from index.database import make_engine

    engine = make_engine(settings)
    try:
        return _counts(engine)
    finally:
        engine.dispose()


def _counts(engine: Engine) -> _Counts:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())

        def scalar(table: str, statement: str) -> Any:
            return _scalar(connection, statement) if table in tables else None

        listings = scalar("listing", "SELECT count(*) FROM listing")
        closed = scalar("listing", "SELECT count(*) FROM listing WHERE closed")
        return _Counts(
            listings=(listings or 0) - (closed or 0),
            closed=closed or 0,
            events=scalar("entries", "SELECT count(*) FROM entries") or 0,
            revision=scalar("alembic_version", "SELECT version_num FROM alembic_version"),
        )


def _scalar(connection: Connection, statement: str) -> Any:
    return connection.execute(text(statement)).scalar()
