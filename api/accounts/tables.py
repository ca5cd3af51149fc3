"""The tables of accounts. Times are stored in UTC and come back with their zone."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, ForeignKey, String, TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone on every database: SQLite drops the zone, so that all are stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn a time into UTC; one without a zone is a fault of the caller."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time needs its zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give a stored time its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _time(*, nullable: bool = False) -> Any:
    return Field(None if nullable else ..., sa_column=Column(UtcDateTime(), nullable=nullable))


def _merchant(*, nullable: bool = False, index: bool = True) -> Any:
    column: Column[str] = Column(String(40), ForeignKey("merchant.id"), nullable=nullable, index=index)
    return Field(None if nullable else ..., sa_column=column)


class Merchant(SQLModel, table=True):
    """A business that sees its own figures."""

    __tablename__ = "merchant"

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=300)
    made_at: datetime = _time()


class MerchantListing(SQLModel, table=True):
    """Which listings are a merchant's own. A listing belongs to one merchant at most."""

    __tablename__ = "merchant_listing"

    listing_id: str = Field(primary_key=True, max_length=401)
    merchant_id: str = _merchant()
    since: datetime = _time()


class Invitation(SQLModel, table=True):
    """A link, good once and for seven days, by which an owner or one of their staff sets a login and a password."""

    __tablename__ = "invitation"

    token_hash: str = Field(primary_key=True, max_length=64)
    merchant_id: str = _merchant()
    role: str = Field("merchant", max_length=16)
    label: str = Field("", max_length=100, description="Whom the owner invited, in the owner's words.")
    made_at: datetime = _time()
    expires_at: datetime = _time()
    accepted_at: datetime | None = _time(nullable=True)
    withdrawn_at: datetime | None = _time(nullable=True)


class Login(SQLModel, table=True):
    """A login name and password hash, of an owner (role `merchant`) or of their staff."""

    __tablename__ = "login"

    name: str = Field(primary_key=True, max_length=100)
    merchant_id: str = _merchant()
    role: str = Field("merchant", max_length=16)
    label: str = Field("", max_length=100, description="What the owner calls this member of staff.")
    email: str | None = Field(None, max_length=254, index=True, description="Where a forgotten password is reset.")
    password_hash: str = Field(max_length=200)
    made_at: datetime = _time()


class LoginAttempts(SQLModel, table=True):
    """Wrong passwords in a row: of a login from an address, of an address, of a login; `key` is a hash of which."""

    __tablename__ = "login_attempts"

    key: str = Field(primary_key=True, max_length=64)
    failures: int = 0
    since: datetime = _time()
    locked_until: datetime | None = _time(nullable=True)


class PasswordReset(SQLModel, table=True):
    """A link, good once and for an hour, by which the holder of a login sets another password."""

    __tablename__ = "password_reset"

    token_hash: str = Field(primary_key=True, max_length=64)
    login: str = Field(max_length=100, index=True)
    made_at: datetime = _time()
    expires_at: datetime = _time()
    used_at: datetime | None = _time(nullable=True)


class ApiKey(SQLModel, table=True):
    """A key: its public prefix and the hash of the whole. `credit_since`: the owner lets it read credit, since then."""

    __tablename__ = "api_key"

    prefix: str = Field(primary_key=True, max_length=16)
    key_hash: str = Field(max_length=64)
    role: str = Field(max_length=16)
    merchant_id: str | None = _merchant(nullable=True)
    label: str = Field("", max_length=200)
    made_at: datetime = _time()
    last_used_at: datetime | None = _time(nullable=True)
    credit_since: datetime | None = _time(nullable=True)
    revoked_at: datetime | None = _time(nullable=True)


class WebSessionRow(SQLModel, table=True):
    """A browser that is logged in: the hash of its cookie, and the CSRF token of its forms."""

    __tablename__ = "web_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    id: str = Field(max_length=40, description="Names the session in lists; it opens nothing.")
    csrf: str = Field(max_length=64)
    role: str = Field(max_length=16)
    merchant_id: str | None = _merchant(nullable=True)
    credential: str = Field(max_length=100, index=True)
    device: str = Field("", max_length=100, description="Browser and system, as the browser named them.")
    made_at: datetime = _time()
    expires_at: datetime = _time()
    seen_at: datetime = _time()


class Claim(SQLModel, table=True):
    """Somebody says that a listing is theirs, until a person decides."""

    __tablename__ = "claim"

    id: str = Field(primary_key=True, max_length=40)
    listing_id: str = Field(max_length=401, index=True)
    name: str = Field(max_length=200)
    contact: str = Field(max_length=200)
    note: str = Field("", max_length=2000)
    status: str = Field(max_length=16, index=True)
    merchant_id: str | None = _merchant(nullable=True)
    made_at: datetime = _time()
    decided_at: datetime | None = _time(nullable=True)
    decided_by: str | None = Field(None, max_length=100)
    reason: str = Field("", max_length=1000)


class CorrectionDecision(SQLModel, table=True):
    """What was done about a visitor's correction; the correction itself is an event of the ledger."""

    __tablename__ = "correction_decision"

    event_id: str = Field(primary_key=True, max_length=64)
    decision: str = Field(max_length=16)
    decided_at: datetime = _time()
    decided_by: str = Field(max_length=100)


class AuditEntry(SQLModel, table=True):
    """Who saw or changed what of a merchant's, for the owner to read."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    merchant_id: str = _merchant()
    at: datetime = _time()
    actor: str = Field(max_length=100)
    role: str = Field(max_length=16)
    action: str = Field(max_length=32)
    subject: str = Field("", max_length=500)


class ListingEdit(SQLModel, table=True):
    """A merchant's change of a listing, or the taking back of one; `index.overlay` holds what is in force.

    `before` and `after` map each changed key to `{"own": whether it was the merchant's, "value": what guests read}`.
    """

    __tablename__ = "listing_edit"

    id: int | None = Field(default=None, primary_key=True)
    listing_id: str = Field(max_length=401, index=True)
    merchant_id: str = _merchant()
    at: datetime = _time()
    actor: str = Field(max_length=100)
    role: str = Field(max_length=16)
    undoes: int | None = Field(default=None, description="The edit that this one took back.")
    before: dict[str, Any] = Field(sa_type=JSON)
    after: dict[str, Any] = Field(sa_type=JSON)
