"""Make the tables of ledger, and the triggers that keep them append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0002_ledger"
down_revision = "0001_listings"
branch_labels = None
depends_on = None

_INDEX = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_NAMED_BY_ERASURE = """
    SELECT 1 FROM erased JOIN payloads AS logged ON logged.entry_index = erased.logged_at_index
    WHERE logged.kind = 'erasure' AND erased.entry_index = OLD.entry_index
"""

# REPLACE deletes without firing a DELETE trigger, hence those on INSERT. The first also keeps the indices gapless.
_SQLITE = (
    *(
        f"""CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"""
        for table, verb in (
            ("entries", "UPDATE"),
            ("entries", "DELETE"),
            ("payloads", "UPDATE"),
            ("erased", "UPDATE"),
            ("erased", "DELETE"),
        )
    ),
    """CREATE TRIGGER entries_run_on BEFORE INSERT ON entries
    WHEN NEW."index" IS NOT (SELECT COALESCE(MAX("index"), -1) + 1 FROM entries)
    BEGIN SELECT RAISE(ABORT, 'entries are append-only: the index must be the next one'); END""",
    """CREATE TRIGGER payloads_refuse_replace BEFORE INSERT ON payloads
    WHEN EXISTS (SELECT 1 FROM payloads WHERE entry_index = NEW.entry_index OR id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'payloads are append-only'); END""",
    """CREATE TRIGGER erased_refuse_replace BEFORE INSERT ON erased
    WHEN EXISTS (SELECT 1 FROM erased WHERE entry_index = NEW.entry_index OR id_hash = NEW.id_hash)
    BEGIN SELECT RAISE(ABORT, 'erased are append-only'); END""",
    f"""CREATE TRIGGER payloads_refuse_delete BEFORE DELETE ON payloads WHEN NOT EXISTS ({_NAMED_BY_ERASURE})
    BEGIN SELECT RAISE(ABORT, 'payloads are deleted only by a logged erasure'); END""",
)

_POSTGRESQL = (
    """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$""",
    f"""CREATE FUNCTION ledger_refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS ({_NAMED_BY_ERASURE}) THEN
            RAISE EXCEPTION 'payloads are deleted only by a logged erasure';
        END IF;
        RETURN OLD;
    END $$""",
    *(
        f"""CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"""
        for table in ("entries", "erased")
    ),
    """CREATE TRIGGER payloads_refuse_update BEFORE UPDATE ON payloads
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse()""",
    """CREATE TRIGGER payloads_refuse_delete BEFORE DELETE ON payloads
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unless_erased()""",
    *(
        f"""CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"""
        for table in ("entries", "payloads", "erased")
    ),
)


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "entries",
        sa.Column("index", _INDEX, primary_key=True, autoincrement=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "payloads",
        sa.Column("entry_index", _INDEX, sa.ForeignKey("entries.index"), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("listing", sa.String(401), nullable=True),
        sa.Column("visitor", sa.String(64), nullable=True),
        sa.Column("consent", sa.String(20), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.String(1), nullable=True),
        sa.Column("ticket_ms", sa.BigInteger(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_payloads_listing", "payloads", ["listing", "kind", "at_ms", "grade", "made_up"])
    op.create_index("ix_payloads_visitor", "payloads", ["visitor", "listing", "kind", "at_ms"])
    op.create_index("ix_payloads_kind", "payloads", ["kind", "at_ms"])
    op.create_table(
        "erased",
        sa.Column("entry_index", _INDEX, sa.ForeignKey("entries.index"), primary_key=True, autoincrement=False),
        sa.Column("logged_at_index", _INDEX, sa.ForeignKey("entries.index"), nullable=False),
        sa.Column("id_hash", sa.LargeBinary(), nullable=False, unique=True),
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if on_sqlite else _POSTGRESQL:
        op.execute(statement)
