"""Passwords: their form, changing one, and resetting one that was forgotten."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, update
from sqlmodel import Session, col, select

from api.accounts.audit import OPERATOR, Action, note
from api.accounts.lockout import count_wrong, ensure_open, forgive
from api.accounts.roles import Holder
from api.accounts.sessions import end_sessions, holder_of
from api.accounts.tables import Login, PasswordReset
from api.accounts.tokens import new_token, password_fits, password_hash, token_hash
from index.errors import NotFound, UsageError

#: Shortest password, characters (NIST SP 800-63B-4 asks for 8 beside another factor, 15 without; this is between).
PASSWORD_MIN = 10
PASSWORD_MAX = 200
RESET_LASTS = timedelta(hours=1)
#: Links sent for one login within an hour: more would fill its holder's mailbox.
RESETS_AN_HOUR = 3
LONGEST_EMAIL = 254
#: Where tries from within a session are counted, whatever the address.
_IN_SESSION = "session"
#: What a mail server certainly takes; a mistyped address shows by the mail that does not come.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Reset:
    """A link that was just made: whose login, where to send it, and the token of `/reset/<token>`."""

    login: str
    email: str
    token: str


def ensure_password(password: str) -> None:
    """Refuse what is too short or too long to be a password.

    Raises:
        UsageError: It is.
    """
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise UsageError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")


def email_address(raw: str) -> str | None:
    """Return an e-mail address in its stored form, lower case; None for an empty one.

    Raises:
        UsageError: It is none.
    """
    address = raw.strip().lower()
    if not address:
        return None
    if len(address) > LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise UsageError("an e-mail address looks like name@example.org")
    return address


def set_email(session: Session, holder: Holder, email: str, *, now: datetime) -> None:
    """Set where a forgotten password is reset, or take the address away.

    Raises:
        NotFound: The holder has no login: a key has none.
        UsageError: It is no address.
    """
    login = _login_of(session, holder)
    login.email = email_address(email)
    session.add(login)
    note(session, login.merchant_id, Action.EMAIL, by=holder, now=now)


def is_password(session: Session, holder: Holder, password: str, *, now: datetime) -> bool:
    """Whether this is the password of the holder's login; wrong tries are counted, so the caller commits either way.

    Raises:
        NotFound: The holder has no login.
        TooManyTries: Somebody with the holder's browser guesses.
    """
    login = _login_of(session, holder)
    ensure_open(session, login.name, _IN_SESSION, now=now)
    if password_fits(login.password_hash, password):
        forgive(session, login.name, _IN_SESSION)
        return True
    count_wrong(session, login.name, _IN_SESSION, now=now)
    return False


def change_password(session: Session, holder: Holder, old: str, new: str, *, keep: str | None, now: datetime) -> bool:
    """Change the password of the holder's login; False when `old` is wrong. All sessions end but that called `keep`.

    Raises:
        NotFound: The holder has no login.
        UsageError: The new password is too short or too long.
        TooManyTries: Somebody with the holder's browser guesses at the old one.
    """
    if not is_password(session, holder, old, now=now):
        return False
    ensure_password(new)
    login = _login_of(session, holder)
    _set_password(session, login, new, keep=keep)
    note(session, login.merchant_id, Action.PASSWORD, by=holder, now=now)
    return True


def ask_reset(session: Session, named: str, *, now: datetime) -> list[Reset]:
    """Make a link for each login of this name or e-mail address that has an address to send it to.

    The caller answers the same whether there is one or none, so that nobody learns who has a login.
    """
    wanted = named.strip().lower()
    if not wanted:
        return []
    query = select(Login).where(
        or_(col(Login.name) == wanted, col(Login.email) == wanted), col(Login.email).is_not(None)
    )
    made = []
    for login in session.exec(query.order_by(col(Login.name)).limit(RESETS_AN_HOUR)).all():
        since = now - RESET_LASTS
        sent = session.exec(
            select(func.count()).where(PasswordReset.login == login.name, col(PasswordReset.made_at) > since)
        ).one()
        if sent < RESETS_AN_HOUR:
            made.append(Reset(login.name, login.email or "", _new_reset(session, login, now)))
            note(session, login.merchant_id, Action.RESET_SENT, by=login.name, now=now)
    return made


def operators_reset(session: Session, login: str, *, now: datetime) -> str:
    """Make a link for a login, named so or by its e-mail address, and return its token for the operator to hand over.

    Raises:
        NotFound: There is no such login, or more than one has this address.
    """
    named = login.strip().lower()
    by_address = session.exec(select(Login).where(col(Login.email) == named).limit(2)).all()
    found = session.get(Login, named) or (by_address[0] if len(by_address) == 1 else None)
    if found is None:
        raise NotFound("login", login)
    note(session, found.merchant_id, Action.RESET_SENT, by=OPERATOR, subject=found.name, now=now)
    return _new_reset(session, found, now)


def reset_login(session: Session, token: str, *, now: datetime) -> str | None:
    """Return the login whose password a link sets, or None when the link is unknown, used or too old."""
    reset = session.get(PasswordReset, token_hash(token))
    return reset.login if reset is not None and reset.used_at is None and reset.expires_at > now else None


def reset_password(session: Session, token: str, password: str, *, origin: str = "", now: datetime) -> None:
    """Use up a link: set another password, and end every session of the login.

    Raises:
        NotFound: The link is unknown, used or too old.
        UsageError: The password is too short or too long.
    """
    name = reset_login(session, token, now=now)
    login = session.get(Login, name) if name is not None else None
    if login is None:
        raise NotFound("open link", token[:8] + "…")
    ensure_password(password)
    used = session.execute(
        update(PasswordReset)
        .where(col(PasswordReset.token_hash) == token_hash(token), col(PasswordReset.used_at).is_(None))
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("open link", token[:8] + "…")
    forgive(session, login.name, origin)
    _set_password(session, login, password, keep=None)
    note(session, login.merchant_id, Action.RESET, by=holder_of(login), now=now)


def login_of(session: Session, holder: Holder) -> Login | None:
    """Return the login that a session was opened with, None for one opened with a key."""
    login = session.get(Login, holder.credential) if holder.credential else None
    return login if login is not None and holder_of(login) == holder else None


def _login_of(session: Session, holder: Holder) -> Login:
    login = login_of(session, holder)
    if login is None:
        raise NotFound("login", holder.credential or "")
    return login


def _set_password(session: Session, login: Login, password: str, *, keep: str | None) -> None:
    login.password_hash = password_hash(password)
    session.add(login)
    # Other links that were sent are for a password that is no longer forgotten.
    session.execute(
        delete(PasswordReset).where(col(PasswordReset.login) == login.name, col(PasswordReset.used_at).is_(None))
    )
    end_sessions(session, holder_of(login), but=keep)


def _new_reset(session: Session, login: Login, now: datetime) -> str:
    token = new_token()
    session.execute(delete(PasswordReset).where(col(PasswordReset.made_at) < now - 2 * RESET_LASTS))
    session.add(
        PasswordReset(token_hash=token_hash(token), login=login.name, made_at=now, expires_at=now + RESET_LASTS)
    )
    session.flush()
    return token
