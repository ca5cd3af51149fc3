"""Make the tables of named witnesses, and of what they cosigned."""

import sqlalchemy as sa
from alembic import op

revision = "0010_witnesses"
down_revision = "0009_credit_consents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "witnesses",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("named_at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "cosignatures",
        sa.Column("witness", sa.String(100), sa.ForeignKey("witnesses.name"), primary_key=True),
        sa.Column("size", index, sa.ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False),
        sa.Column("time_s", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(400), nullable=False),
    )
    op.create_index("ix_cosignatures_size", "cosignatures", ["size"])
