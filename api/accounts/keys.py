"""Keys of the API: `bch_<prefix>_<secret>`, shown once, stored as a hash, found by their prefix."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.accounts.audit import OPERATOR, Action, note
from api.accounts.roles import Holder, Role
from api.accounts.tables import ApiKey, Merchant, WebSessionRow
from api.accounts.tokens import new_token, token_hash
from index.errors import Conflict, NotFound, UsageError

_FORM = re.compile(r"bch_([0-9a-f]{12})_[A-Za-z0-9_-]{20,100}")
#: `last_used_at` is written at most this often, so that reading does not cost a write each time.
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `plain` is shown to its owner now and never again."""

    plain: str
    prefix: str
    role: Role
    merchant: str | None


def make_key(session: Session, role: Role, *, merchant: str | None = None, label: str = "", now: datetime) -> NewKey:
    """Make a key for a role; a merchant's key names its merchant, whose list of who saw what tells of it.

    Raises:
        UsageError: The role takes no key, or role and merchant do not fit together.
        NotFound: There is no such merchant.
    """
    if role is Role.NOBODY:
        raise UsageError("a tourist needs no key; choose merchant, board or admin")
    if (role is Role.MERCHANT) != (merchant is not None):
        raise UsageError("name a merchant for a merchant's key, and none for another role's")
    if merchant is not None and session.get(Merchant, merchant) is None:
        raise NotFound("merchant", merchant)
    prefix = secrets.token_hex(6)
    plain = f"bch_{prefix}_{new_token()}"
    session.add(
        ApiKey(
            prefix=prefix, key_hash=token_hash(plain), role=role, merchant_id=merchant, label=label[:200], made_at=now
        )
    )
    session.flush()
    _note(session, Action.KEY_MADE, merchant, prefix, label, now)
    return NewKey(plain, prefix, role, merchant)


def list_keys(session: Session) -> list[ApiKey]:
    """Return all keys, revoked ones too, newest first."""
    return list(session.exec(select(ApiKey).order_by(col(ApiKey.made_at).desc(), col(ApiKey.prefix))))


def revoke_key(session: Session, prefix: str, *, now: datetime) -> ApiKey:
    """Make a key useless from now on, and end the web sessions that were opened with it; twice changes nothing.

    Raises:
        NotFound: There is no such key.
    """
    key = session.get(ApiKey, prefix)
    if key is None:
        raise NotFound("key", prefix)
    if key.revoked_at is None:
        key.revoked_at = now
        session.add(key)
        session.execute(delete(WebSessionRow).where(col(WebSessionRow.credential) == prefix))
        session.flush()
        _note(session, Action.KEY_REVOKED, key.merchant_id, prefix, key.label, now)
    return key


def rotate_key(session: Session, prefix: str, *, now: datetime) -> NewKey:
    """Revoke a key and make another with the same role, merchant and label; the owner's leave is not handed on.

    Raises:
        NotFound: There is no such key.
        Conflict: It was revoked before.
    """
    key = session.get(ApiKey, prefix)
    if key is not None and key.revoked_at is not None:
        raise Conflict(f"key {prefix} is revoked; make a new one")
    old = revoke_key(session, prefix, now=now)
    return make_key(session, Role(old.role), merchant=old.merchant_id, label=old.label, now=now)


def key_holder(session: Session, plain: str, *, now: datetime) -> Holder | None:
    """Return who a key belongs to, or None when it is unknown, malformed or revoked."""
    match = _FORM.fullmatch(plain)
    key = session.get(ApiKey, match[1]) if match else None
    if key is None or not hmac.compare_digest(key.key_hash, token_hash(plain)):
        return None
    if key.revoked_at is not None and key.revoked_at <= now:
        return None
    return Holder(Role(key.role), key.merchant_id, key.prefix, by_key=True)


def needs_touch(session: Session, prefix: str, *, now: datetime) -> bool:
    """Whether the time of last use is due to be written."""
    key = session.get(ApiKey, prefix)
    return key is not None and (key.last_used_at is None or now - key.last_used_at >= TOUCH_EVERY)


def touch_key(session: Session, prefix: str, *, now: datetime) -> None:
    """Write down that a key was used."""
    key = session.get(ApiKey, prefix)
    if key is not None:
        key.last_used_at = now
        session.add(key)
        session.flush()


def _note(session: Session, action: Action, merchant: str | None, prefix: str, label: str, now: datetime) -> None:
    if merchant is not None:
        note(session, merchant, action, by=OPERATOR, subject=f"{prefix} {label}".strip(), now=now)
