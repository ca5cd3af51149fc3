"""Logins and web sessions: a password or an admin's key is exchanged for an opaque cookie that expires.

A session's cookie is new at every login, so that one planted beforehand opens nothing. It is not bound to a device,
which could be imitated, nor to an address, which changes between one mast and the next: whoever finds a strange one in
the list of sessions ends it there. Ending all others, a new password and a reset end every session, copies of the
cookie in use among them, and give the browser that asked a fresh one.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, select

from api.accounts.audit import Action, note
from api.accounts.lockout import count_wrong, ensure_open, forgive
from api.accounts.roles import Holder, Role
from api.accounts.tables import Login, WebSessionRow
from api.accounts.tokens import new_id, new_token, nobodys_hash, password_fits, token_hash
from index.errors import NotFound, UsageError

#: How long a login lasts. A merchant's telephone stays at the counter; thirty days is what NIST SP 800-63B-4 allows for
#: one factor (section 2.1.3). Keys of the board and of admins open more.
SESSION_LASTS = timedelta(hours=12)
MERCHANT_SESSION_LASTS = timedelta(days=30)
#: The time of last use is written at most this often, so that reading does not cost a write each time.
TOUCH_EVERY = timedelta(minutes=1)
_LONGEST_DEVICE = 100


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
    id: str = ""
    due: bool = False

    def csrf_fits(self, given: str | None) -> bool:
        """Whether a form came from one of our own pages."""
        return given is not None and hmac.compare_digest(self.csrf.encode(), given.encode())


def authenticate(session: Session, login: str, password: str, *, origin: str = "", now: datetime) -> Holder | None:
    """Return whose login and password these are, or None; wrong tries are counted, so the caller commits either way.

    `origin` stands for the address that the try comes from (`api.accounts.lockout` says what is counted).

    Raises:
        TooManyTries: After too many wrong passwords in a row, for fifteen minutes.
    """
    name = login.strip().lower()
    ensure_open(session, name, origin, now=now)
    row = session.get(Login, name[:100])
    fits = password_fits(row.password_hash if row is not None else nobodys_hash(), password)
    if row is None or not fits:
        if count_wrong(session, name, origin, now=now) and row is not None:
            note(session, row.merchant_id, Action.LOCKED, by=row.name, now=now)
        return None
    forgive(session, name, origin)
    return holder_of(row)


def holder_of(login: Login) -> Holder:
    """Return whom a login makes of who has it."""
    return Holder(Role(login.role), login.merchant_id, login.name)


def open_session(session: Session, holder: Holder, *, device: str = "", now: datetime) -> NewSession:
    """Open a web session for who was authenticated; sessions that have expired are swept away.

    Raises:
        UsageError: Nobody has no session.
    """
    if holder.role is Role.NOBODY:
        raise UsageError("nobody has no session; log in first")
    session.execute(delete(WebSessionRow).where(col(WebSessionRow.expires_at) <= now))
    lasts = MERCHANT_SESSION_LASTS if holder.role in {Role.MERCHANT, Role.STAFF} else SESSION_LASTS
    made = NewSession(new_token(), new_token(), now + lasts)
    session.add(
        WebSessionRow(
            token_hash=token_hash(made.token),
            id=new_id("s"),
            csrf=made.csrf,
            role=holder.role,
            merchant_id=holder.merchant,
            credential=holder.credential or "",
            device=device[:_LONGEST_DEVICE],
            made_at=now,
            expires_at=made.expires_at,
            seen_at=now,
        )
    )
    session.flush()
    return made


def session_holder(session: Session, token: str, *, now: datetime) -> WebSession | None:
    """Return the session of a cookie, or None when it is unknown, closed or too old; `due` asks for `touch_session`."""
    row = session.get(WebSessionRow, token_hash(token))
    if row is None or row.expires_at <= now:
        return None
    if row.role == Role.STAFF and session.get(Login, row.credential) is None:
        return None  # removed at the very moment of logging in
    holder = Holder(Role(row.role), row.merchant_id, row.credential or None)
    return WebSession(holder, row.csrf, row.expires_at, row.id, due=now - row.seen_at >= TOUCH_EVERY)


def touch_session(session: Session, token: str, *, now: datetime) -> None:
    """Write down that a session was used just now."""
    row = session.get(WebSessionRow, token_hash(token))
    if row is not None:
        row.seen_at = now
        session.add(row)
        session.flush()


def sessions_of(session: Session, holder: Holder, *, now: datetime) -> Sequence[WebSessionRow]:
    """Return the sessions in force that were opened with the holder's login or key, last seen first."""
    query = select(WebSessionRow).where(*_of(holder), col(WebSessionRow.expires_at) > now)
    return session.exec(query.order_by(col(WebSessionRow.seen_at).desc(), col(WebSessionRow.id))).all()


def close_session(session: Session, token: str, *, now: datetime) -> None:  # noqa: ARG001 - as its sisters
    """Close a session; an unknown one is already closed."""
    session.execute(delete(WebSessionRow).where(col(WebSessionRow.token_hash) == token_hash(token)))
    session.flush()


def end_session(session: Session, holder: Holder, session_id: str, *, now: datetime) -> None:
    """Close one of the holder's own sessions, named as in the list.

    Raises:
        NotFound: The holder has no such session; somebody else's is not told from none.
    """
    row = session.exec(select(WebSessionRow).where(*_of(holder), WebSessionRow.id == session_id)).first()
    if row is None:
        raise NotFound("session of this login", session_id)
    if holder.merchant is not None:
        note(session, holder.merchant, Action.SESSION_ENDED, by=holder, subject=row.device, now=now)
    session.delete(row)
    session.flush()


def end_sessions(session: Session, holder: Holder, *, but: str | None = None) -> None:
    """Close all sessions of the holder's login or key, but for the one of this id."""
    session.execute(delete(WebSessionRow).where(*_of(holder), col(WebSessionRow.id) != (but or "")))
    session.flush()


def _of(holder: Holder) -> tuple[ColumnElement[bool], ...]:
    # A login may be called like a key's prefix: the role and the merchant tell them apart.
    return (
        col(WebSessionRow.role) == holder.role,
        col(WebSessionRow.merchant_id) == holder.merchant,
        col(WebSessionRow.credential) == (holder.credential or ""),
    )
