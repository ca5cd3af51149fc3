"""Make the tables of listings and of places."""

import sqlalchemy as sa
from alembic import op

revision = "0001_listings"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table(
        "listing",
        sa.Column("category", sa.Enum("RESTAURANT", "HOTEL", "ATTRACTION", name="category"), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=True),
        sa.Column("subtype", sa.String(length=100), nullable=True),
        sa.Column("subtype_en", sa.String(length=100), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("address_en", sa.String(), nullable=True),
        sa.Column("area", sa.String(length=100), nullable=True),
        sa.Column("area_en", sa.String(length=100), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("coordinates_accuracy_m", sa.Float(), nullable=True),
        sa.Column("phone", sa.String(length=100), nullable=True),
        sa.Column("website", sa.String(length=2000), nullable=True),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("price", sa.Float(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_level", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("stars", sa.Float(), nullable=True),
        sa.Column("hours", sa.String(length=2000), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("duration_min", sa.Float(), nullable=True),
        sa.Column("duration_max", sa.Float(), nullable=True),
        sa.Column("facilities", sa.JSON(), nullable=False),
        sa.Column("facilities_en", sa.JSON(), nullable=False),
        sa.Column("dishes", sa.JSON(), nullable=False),
        sa.Column("dishes_en", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("tags_en", sa.JSON(), nullable=False),
        sa.Column("metro", sa.String(length=200), nullable=True),
        sa.Column("nearby", sa.JSON(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.String(length=40), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=401), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "source_id", name="uq_listing_source"),
    )
    op.create_index("ix_listing_closed", "listing", ["closed"], unique=False)
    op.create_table(
        "place",
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=True),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "name", name="uq_place_name"),
    )
