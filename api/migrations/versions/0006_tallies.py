"""Make the tallies that are kept beside the events, and fill them from the events that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0006_tallies"
down_revision = "0005_visits"
branch_labels = None
depends_on = None

_QUARTER_MS = 900_000
_SAID = {
    "sqlite": "json_extract(body, '$.payload.{0}')",
    "postgresql": "(body::json -> 'payload' ->> '{0}')",
}


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "tallies",
        sa.Column("listing", sa.String(length=401), primary_key=True),
        sa.Column("quarter", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(length=20), primary_key=True),
        sa.Column("part", sa.String(length=20), primary_key=True),
        sa.Column("made_up", sa.Boolean(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    said = _SAID[op.get_bind().dialect.name]
    attester, currency, amount = (said.format(name) for name in ("attested_by", "currency", "amount"))
    op.execute(f"""
        INSERT INTO tallies (listing, quarter, kind, part, made_up, count, amount)
        SELECT listing, (at_ms - (at_ms % {_QUARTER_MS} + {_QUARTER_MS}) % {_QUARTER_MS}) / {_QUARTER_MS}, kind,
            CASE kind WHEN 'visit' THEN grade WHEN 'payment' THEN {attester} || ' ' || {currency} ELSE '' END,
            made_up, count(*),
            CAST(sum(CASE kind WHEN 'payment' THEN CAST({amount} AS BIGINT) ELSE 0 END) AS BIGINT)
        FROM payloads WHERE listing IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    """)  # noqa: S608 - our own names
