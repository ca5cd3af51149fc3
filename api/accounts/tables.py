"""The tables of accounts. Times are stored in UTC and come back with their zone."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, String, TypeDecorator
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
    """A link, good once and for seven days, by which a merchant sets a login and a password."""

    __tablename__ = "invitation"

    token_hash: str = Field(primary_key=True, max_length=64)
    merchant_id: str = _merchant()
    made_at: datetime = _time()
    expires_at: datetime = _time()
    accepted_at: datetime | None = _time(nullable=True)


class Login(SQLModel, table=True):
    """A merchant's login name and password hash, with the count of wrong tries in a row."""

    __tablename__ = "login"

    name: str = Field(primary_key=True, max_length=100)
    merchant_id: str = _merchant()
    password_hash: str = Field(max_length=200)
    failures: int = 0
    locked_until: datetime | None = _time(nullable=True)
    made_at: datetime = _time()


class ApiKey(SQLModel, table=True):
    """A key: its public prefix and the hash of the whole."""

    __tablename__ = "api_key"

    prefix: str = Field(primary_key=True, max_length=16)
    key_hash: str = Field(max_length=64)
    role: str = Field(max_length=16)
    merchant_id: str | None = _merchant(nullable=True)
    label: str = Field("", max_length=200)
    made_at: datetime = _time()
    last_used_at: datetime | None = _time(nullable=True)
    revoked_at: datetime | None = _time(nullable=True)


class WebSessionRow(SQLModel, table=True):
    """A browser that is logged in: the hash of its cookie, and the CSRF token of its forms."""

    __tablename__ = "web_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    csrf: str = Field(max_length=64)
    role: str = Field(max_length=16)
    merchant_id: str | None = _merchant(nullable=True)
    credential: str = Field(max_length=100)
    made_at: datetime = _time()
    expires_at: datetime = _time()


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
