"""Make the tables of the weekly letter: who asked for it, and what was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0012_weekly_letters"
down_revision = "0011_dismissed_alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "weekly_letter",
        sa.Column("login", sa.String(100), primary_key=True),
        sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchant.id"), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_weekly_letter_merchant_id", "weekly_letter", ["merchant_id"])
    op.create_table(
        "weekly_sent",
        sa.Column("login", sa.String(100), primary_key=True),
        sa.Column("week", sa.String(8), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
