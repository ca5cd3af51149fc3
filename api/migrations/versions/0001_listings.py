"""Make the tables of listings."""

revision = "0001_listings"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
