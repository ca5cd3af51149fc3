"""Keep since when the owner lets a key read the credit report: no key may until then."""

import sqlalchemy as sa
from alembic import op

revision = "0014_keys_and_credit"
down_revision = "0013_listing_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.add_column("api_key", sa.Column("credit_since", sa.DateTime(timezone=True), nullable=True))
