"""Make the tables of payment imports: remembered columns, trusted issuers."""

import sqlalchemy as sa
from alembic import op

revision = "0005_visits"
down_revision = "0004_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "payment_mapping",
        sa.Column("listing", sa.String(length=401), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("listing"),
    )
    op.create_table(
        "payment_issuer",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("trusted_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
