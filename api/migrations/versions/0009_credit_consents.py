"""Make the table of consents to read a merchant's credit report."""

import sqlalchemy as sa
from alembic import op

revision = "0009_credit_consents"
down_revision = "0008_self_service"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "credit_consent",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchant.id"), nullable=False),
        sa.Column("recipient", sa.String(100), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_credit_consent_merchant_id", "credit_consent", ["merchant_id"])
    op.create_index("ix_credit_consent_token_hash", "credit_consent", ["token_hash"], unique=True)
