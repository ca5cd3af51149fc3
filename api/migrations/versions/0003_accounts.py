"""Make the tables of accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0003_accounts"
down_revision = "0002_ledger"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, primary_key: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=False, primary_key=primary_key)


def _merchant(*, nullable: bool = False) -> sa.Column[object]:
    return sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchant.id"), nullable=nullable)


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.create_table("merchant", _text("id", 40, primary_key=True), _text("name", 300), _time("made_at"))
    op.create_table("merchant_listing", _text("listing_id", 401, primary_key=True), _merchant(), _time("since"))
    op.create_table(
        "invitation",
        _text("token_hash", 64, primary_key=True),
        _merchant(),
        _time("made_at"),
        _time("expires_at"),
        _time("accepted_at", nullable=True),
    )
    op.create_table(
        "login",
        _text("name", 100, primary_key=True),
        _merchant(),
        _text("password_hash", 200),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("locked_until", nullable=True),
        _time("made_at"),
    )
    op.create_table(
        "api_key",
        _text("prefix", 16, primary_key=True),
        _text("key_hash", 64),
        _text("role", 16),
        _merchant(nullable=True),
        _text("label", 200),
        _time("made_at"),
        _time("last_used_at", nullable=True),
        _time("revoked_at", nullable=True),
    )
    op.create_table(
        "web_session",
        _text("token_hash", 64, primary_key=True),
        _text("csrf", 64),
        _text("role", 16),
        _merchant(nullable=True),
        _text("credential", 100),
        _time("made_at"),
        _time("expires_at"),
    )
    op.create_table(
        "claim",
        _text("id", 40, primary_key=True),
        _text("listing_id", 401),
        _text("name", 200),
        _text("contact", 200),
        _text("note", 2000),
        _text("status", 16),
        _merchant(nullable=True),
        _time("made_at"),
        _time("decided_at", nullable=True),
        sa.Column("decided_by", sa.String(100), nullable=True),
        _text("reason", 1000),
    )
    op.create_table(
        "correction_decision",
        _text("event_id", 64, primary_key=True),
        _text("decision", 16),
        _time("decided_at"),
        _text("decided_by", 100),
    )
    for table in ("merchant_listing", "invitation", "login", "api_key", "web_session", "claim"):
        op.create_index(f"ix_{table}_merchant_id", table, ["merchant_id"])
    op.create_index("ix_claim_listing_id", "claim", ["listing_id"])
    op.create_index("ix_claim_status", "claim", ["status"])
