"""Make the tables of ledger."""

revision = "0002_ledger"
down_revision = "0001_listings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
