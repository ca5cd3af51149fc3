"""Make the table of what merchants typed of their listings and did not publish."""

import sqlalchemy as sa
from alembic import op

revision = "0013_listing_drafts"
down_revision = "0012_weekly_letters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "listing_draft",
        sa.Column("listing_id", sa.String(401), primary_key=True),
        sa.Column("login", sa.String(100), primary_key=True),
        sa.Column("seen", sa.String(64), nullable=False),
        sa.Column("typed", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
