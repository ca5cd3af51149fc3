"""Open the database that the settings name, at the schema that this program expects."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from index.database import make_engine
from index.errors import StorageError
from index.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """Yield an engine on the migrated database, and close it afterwards; the data folder is made when missing.

    Raises:
        StorageError: A newer Baicha has migrated the database already.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings)
    try:
        upgrade_in_place(engine)
        yield engine
    finally:
        engine.dispose()


def upgrade_in_place(engine: Engine) -> tuple[str | None, str]:
    """Run the missing migrations with the data in place; return the revision before and the one now.

    Raises:
        StorageError: The database is at a revision that this program does not know.
    """
    from api.migrate import newest, revision, upgrade

    before, wanted = revision(engine), newest()
    if before == wanted:
        return before, wanted
    if before is not None and not knows(before):
        raise StorageError(
            f"the database is at revision {before}, made by a newer Baicha; install that version, or restore a backup"
        )
    upgrade(engine)
    return before, wanted


def knows(revision: str) -> bool:
    """Whether this program has the migration of that name."""
    from api.migrate import MIGRATIONS

    return any(path.stem == revision for path in (MIGRATIONS / "versions").glob("*.py"))
