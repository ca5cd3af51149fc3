"""Bring a database to the newest schema, with the data in place."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

MIGRATIONS = Path(__file__).parent / "migrations"
#: Key of the PostgreSQL advisory lock that lets one process migrate at a time; any constant would do.
_ADVISORY_LOCK = 0x62616963


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def newest() -> str:
    """Return the revision that this code expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the migrations have one head"  # noqa: S101 - a fault of the build, not of the input
    return head


def revision(engine: Engine) -> str | None:
    """Return the revision that the database is at, None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, target: str = "head") -> None:
    """Run the migrations that are missing, all in one transaction; several processes take turns."""
    with engine.connect().execution_options(sqlite_immediate=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, target)
        connection.commit()


def drift(engine: Engine) -> list[object]:
    """Return the differences between the tables in code and those in the database; empty when there are none."""
    from alembic.autogenerate import compare_metadata
    from sqlmodel import SQLModel

    import api.tables  # noqa: F401

    with engine.connect() as connection:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata)
        )
