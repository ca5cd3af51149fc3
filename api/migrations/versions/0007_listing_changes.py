"""Make the table of what was written to listings since, and the triggers that keep it."""

import sqlalchemy as sa
from alembic import op

revision = "0007_listing_changes"
down_revision = "0006_tallies"
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER listing_change_{event} AFTER {event} ON listing BEGIN
    INSERT INTO listing_change (listing_id, version)
    VALUES ({row}.id, (SELECT coalesce(max(version), 0) + 1 FROM listing_change))
    ON CONFLICT (listing_id) DO UPDATE SET version = excluded.version;
END
"""

# The lock (its key is any constant) is held until the writer commits: versions become visible in their order.
_POSTGRES_FUNCTION = """
CREATE FUNCTION note_listing_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1650549604);
    SELECT coalesce(max(version), 0) INTO last FROM listing_change;
    INSERT INTO listing_change (listing_id, version)
    SELECT id, last + row_number() OVER (ORDER BY id) FROM changed
    ON CONFLICT (listing_id) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END $$
"""
_POSTGRES = """
CREATE TRIGGER listing_change_{event} AFTER {event} ON listing REFERENCING {row} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_listing_change()
"""


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "listing_change",
        sa.Column("listing_id", sa.String(length=401), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("listing_id"),
    )
    op.create_index("ix_listing_change_version", "listing_change", ["version"])
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute(_POSTGRES_FUNCTION)
    template = _POSTGRES if is_postgres else _SQLITE
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(template.format(event=event.lower(), row=row))
