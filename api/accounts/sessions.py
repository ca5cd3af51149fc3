"""Logins and web sessions: a password or an admin's key is exchanged for an opaque cookie that expires."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from api.accounts.roles import Holder, Role
from api.accounts.tables import Login, WebSessionRow
from api.accounts.tokens import new_token, nobodys_hash, password_fits, token_hash
from api.errors import TooManyTries
from index.errors import UsageError

SESSION_LASTS = timedelta(hours=12)
#: After so many wrong passwords in a row a login is closed for a while.
FAILURES_ALLOWED = 10
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just opened: the cookie's value, and the CSRF token that its forms carry."""

    token: str
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebSession:
    """A session in force."""

    holder: Holder
    csrf: str
    expires_at: datetime

    def csrf_fits(self, given: str | None) -> bool:
        """Whether a form came from one of our own pages."""
        return given is not None and hmac.compare_digest(self.csrf.encode(), given.encode())


def authenticate(session: Session, login: str, password: str, *, now: datetime) -> Holder | None:
    """Return whose login and password these are, or None; wrong tries are counted, so the caller commits either way.

    Raises:
        TooManyTries: After ten wrong passwords in a row, for fifteen minutes.
    """
    row = session.get(Login, login.strip().lower())
    if row is None:
        password_fits(nobodys_hash(), password)
        return None
    if row.locked_until is not None and row.locked_until > now:
        raise TooManyTries("wrong passwords", int((row.locked_until - now).total_seconds()) + 1)
    fits = password_fits(row.password_hash, password)
    row.failures = 0 if fits else row.failures + 1
    row.locked_until = now + LOCKED_FOR if row.failures >= FAILURES_ALLOWED else None
    if row.locked_until is not None:
        row.failures = 0
    session.add(row)
    session.flush()
    return Holder(Role.MERCHANT, row.merchant_id, row.name) if fits else None


def open_session(session: Session, holder: Holder, *, now: datetime) -> NewSession:
    """Open a web session for who was authenticated; sessions that have expired are swept away.

    Raises:
        UsageError: Nobody has no session.
    """
    if holder.role is Role.NOBODY:
        raise UsageError("nobody has no session; log in first")
    session.execute(delete(WebSessionRow).where(col(WebSessionRow.expires_at) <= now))
    made = NewSession(new_token(), new_token(), now + SESSION_LASTS)
    session.add(
        WebSessionRow(
            token_hash=token_hash(made.token),
            csrf=made.csrf,
            role=holder.role,
            merchant_id=holder.merchant,
            credential=holder.credential or "",
            made_at=now,
            expires_at=made.expires_at,
        )
    )
    session.flush()
    return made


def session_holder(session: Session, token: str, *, now: datetime) -> WebSession | None:
    """Return the session of a cookie, or None when it is unknown, closed or too old."""
    row = session.get(WebSessionRow, token_hash(token))
    if row is None or row.expires_at <= now:
        return None
    holder = Holder(Role(row.role), row.merchant_id, row.credential or None)
    return WebSession(holder, row.csrf, row.expires_at)


def close_session(session: Session, token: str, *, now: datetime) -> None:  # noqa: ARG001 - as its sisters
    """Close a session; an unknown one is already closed."""
    session.execute(delete(WebSessionRow).where(col(WebSessionRow.token_hash) == token_hash(token)))
    session.flush()
