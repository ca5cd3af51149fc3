"""How often a wrong password may be tried: by login and address together, by address, and by login.

The first stops guessing at one login without keeping its holder out, who comes from another address; the second stops
one address from trying one password on many logins; the third slows down many addresses that guess at one login. What
is counted is the name as typed, so that a login that does not exist locks like one that does.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from api.accounts.tables import LoginAttempts
from api.errors import TooManyTries

#: Wrong passwords in a row after which no more is looked at.
OF_PAIR, OF_ADDRESS, OF_LOGIN = 10, 50, 100
LOCKED_FOR = timedelta(minutes=15)
#: Wrong tries further apart than this are not counted together.
FORGOTTEN_AFTER = timedelta(hours=1)
_KEPT_FOR = timedelta(days=1)


def ensure_open(session: Session, login: str, origin: str, *, now: datetime) -> None:
    """Look whether a password may be tried.

    Args:
        session: Of the database.
        login: The name as typed.
        origin: Stands for the address that the try comes from.
        now: The service's clock.

    Raises:
        TooManyTries: Too many were wrong; it says when to come back.
    """
    for key, _ in _counters(login, origin):
        row = session.get(LoginAttempts, key)
        if row is not None and row.locked_until is not None and row.locked_until > now:
            raise TooManyTries("wrong passwords", int((row.locked_until - now).total_seconds()) + 1)


def count_wrong(session: Session, login: str, origin: str, *, now: datetime) -> bool:
    """Count a wrong password; return whether this one locked something."""
    session.execute(delete(LoginAttempts).where(col(LoginAttempts.since) < now - _KEPT_FOR))
    locked = False
    for key, allowed in _counters(login, origin):
        row = session.get(LoginAttempts, key)
        if row is None or now - row.since >= FORGOTTEN_AFTER:
            row = session.merge(LoginAttempts(key=key, failures=0, since=now))
        row.failures += 1
        if row.failures >= allowed:
            row.failures, row.since, row.locked_until = 0, now, now + LOCKED_FOR
            locked = True
        session.add(row)
    session.flush()
    return locked


def forgive(session: Session, login: str, origin: str) -> None:
    """Forget a login's wrong passwords after a right one; those of the address on other logins stay counted."""
    of_address = _key("address", origin)
    keys = [key for key, _ in _counters(login, origin) if key != of_address]
    session.execute(delete(LoginAttempts).where(col(LoginAttempts.key).in_(keys)))
    session.expire_all()


def _counters(login: str, origin: str) -> Iterator[tuple[str, int]]:
    yield _key("pair", origin, login), OF_PAIR
    if origin:
        yield _key("address", origin), OF_ADDRESS
    yield _key("login", login), OF_LOGIN


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
