"""Alembic's environment: runs the migrations on the connection that `api.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import api.tables  # noqa: F401 - registers every table for `alembic check`


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
