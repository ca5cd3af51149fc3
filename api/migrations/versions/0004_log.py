"""Make the tables of the Merkle log and of forgotten visitors, with their triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0004_log"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None

_INDEX = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Each table with the condition under which an SQLite REPLACE would delete a row without firing a DELETE trigger.
_TABLES = (
    ("tiles", "level = NEW.level AND number = NEW.number"),
    ("checkpoints", "size = NEW.size"),
    ("forgotten", "visitor_hash = NEW.visitor_hash"),
)


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", _INDEX, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", _INDEX, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "forgotten",
        sa.Column("visitor_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("logged_at_index", _INDEX, sa.ForeignKey("entries.index"), nullable=False),
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, same in _TABLES:
        for statement in _sqlite(table, same) if on_sqlite else _postgresql(table):
            op.execute(statement)


def _sqlite(table: str, same: str) -> tuple[str, ...]:
    refused = f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
    return (
        f"CREATE TRIGGER {table}_refuse_update BEFORE UPDATE ON {table} {refused}",
        f"CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} {refused}",
        f"""CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refused}""",  # noqa: S608 - our own names
    )


def _postgresql(table: str) -> tuple[str, ...]:
    return (
        f"""CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION ledger_refuse()""",
        f"""CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
    )
