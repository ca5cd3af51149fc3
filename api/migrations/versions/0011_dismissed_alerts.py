"""Make the table of the alerts that merchants have dismissed."""

import sqlalchemy as sa
from alembic import op

revision = "0011_dismissed_alerts"
down_revision = "0010_witnesses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "dismissed_alert",
        sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchant.id"), primary_key=True),
        sa.Column("alert_id", sa.String(500), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
