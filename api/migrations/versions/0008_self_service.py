"""Make the tables of self-service: staff, resets, attempts, the audit list, and what merchants say of their listings.

Sessions that were open when this is applied end: they have no name in the list of sessions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_self_service"
down_revision = "0007_listing_changes"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, primary_key: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=False, primary_key=primary_key, server_default=default)


def _merchant() -> sa.Column[object]:
    return sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchant.id"), nullable=False)


def upgrade() -> None:
    """Apply; there is no way back but a backup."""
    op.add_column("invitation", _text("role", 16, default="merchant"))
    op.add_column("invitation", _text("label", 100, default=""))
    op.add_column("invitation", _time("withdrawn_at", nullable=True))
    op.add_column("login", _text("role", 16, default="merchant"))
    op.add_column("login", _text("label", 100, default=""))
    op.add_column("login", sa.Column("email", sa.String(254), nullable=True))
    op.create_index("ix_login_email", "login", ["email"])
    op.drop_column("login", "failures")
    op.drop_column("login", "locked_until")
    op.execute("DELETE FROM web_session")
    op.add_column("web_session", _text("id", 40, default=""))
    op.add_column("web_session", _text("device", 100, default=""))
    op.add_column(
        "web_session",
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00+00:00"),
    )
    op.create_index("ix_web_session_credential", "web_session", ["credential"])
    _make_tables()


def _make_tables() -> None:
    op.create_table(
        "login_attempts",
        _text("key", 64, primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("since"),
        _time("locked_until", nullable=True),
    )
    op.create_table(
        "password_reset",
        _text("token_hash", 64, primary_key=True),
        _text("login", 100),
        _time("made_at"),
        _time("expires_at"),
        _time("used_at", nullable=True),
    )
    op.create_index("ix_password_reset_login", "password_reset", ["login"])
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        _merchant(),
        _time("at"),
        _text("actor", 100),
        _text("role", 16),
        _text("action", 32),
        _text("subject", 500),
    )
    op.create_index("ix_audit_entry_merchant_id", "audit_entry", ["merchant_id"])
    op.create_table(
        "listing_overlay",
        _text("listing_id", 401, primary_key=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        _text("record_hash", 64),
        _time("changed_at"),
    )
    op.create_table(
        "listing_edit",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("listing_id", 401),
        _merchant(),
        _time("at"),
        _text("actor", 100),
        _text("role", 16),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
    )
    op.create_index("ix_listing_edit_listing_id", "listing_edit", ["listing_id"])
    op.create_index("ix_listing_edit_merchant_id", "listing_edit", ["merchant_id"])
