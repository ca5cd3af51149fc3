"""A merchant's consent that one recipient reads their credit report, by a link: for some days, withdrawn at once.

A key of the merchant's reads it over HTTP only after the owner allowed that key, until they forbid it: whoever runs the
service can make keys. Nobody but the owner reads anything of it otherwise. The link's token is kept by its hash only;
giving, reading and withdrawing stand in the owner's audit list.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, Session, SQLModel, col, select

from api import accounts
from api.accounts import ApiKey, Holder
from api.accounts.tables import UtcDateTime
from api.accounts.tokens import new_id, new_token, token_hash
from index.errors import NotFound, UsageError

#: How many days a consent may last.
DAYS = (7, 30)
#: Consents in force at a time.
MOST = 20
_LONGEST_NAME = 100


class CreditConsent(SQLModel, table=True):
    """One recipient's permission to read a merchant's report until it ends or is withdrawn."""

    __tablename__ = "credit_consent"

    id: str = Field(primary_key=True, max_length=40)
    merchant_id: str = Field(sa_column=Column(String(40), ForeignKey("merchant.id"), nullable=False, index=True))
    recipient: str = Field(max_length=_LONGEST_NAME)
    token_hash: str = Field(sa_column=Column(String(64), nullable=False, unique=True, index=True))
    made_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime(), nullable=True))


def consent(session: Session, owner: Holder, recipient: str, days: int, *, now: datetime) -> str:
    """Let a recipient read the owner's report for some days; return the token of the link, which is told only here.

    Raises:
        UsageError: The recipient has no name, it is for other than 7 or 30 days, or there are too many already.
    """
    name = " ".join(recipient.split())[:_LONGEST_NAME]
    if not name or days not in DAYS:
        raise UsageError("say who may read it, and for 7 or 30 days")
    merchant = owner.merchant or ""
    if len(consents_of(session, merchant, now=now)) >= MOST:
        raise UsageError(f"{MOST} recipients may read it already; withdraw one first")
    token = new_token()
    session.add(
        CreditConsent(
            id=new_id("cc"),
            merchant_id=merchant,
            recipient=name,
            token_hash=token_hash(token),
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    accounts.note(session, merchant, accounts.Action.DISCLOSURE, by=owner, subject=f"credit → {name}", now=now)
    return token


def consents_of(session: Session, merchant: str, *, now: datetime) -> Sequence[CreditConsent]:
    """Return a merchant's consents that are in force, newest first."""
    query = select(CreditConsent).where(
        CreditConsent.merchant_id == merchant,
        col(CreditConsent.withdrawn_at).is_(None),
        CreditConsent.expires_at > now,
    )
    return session.exec(query.order_by(col(CreditConsent.made_at).desc(), col(CreditConsent.id))).all()


def withdraw(session: Session, owner: Holder, consent_id: str, *, now: datetime) -> None:
    """Withdraw a consent: its link reads nothing from now on.

    Raises:
        NotFound: The owner has given none of this id, or it is not in force.
    """
    given = session.get(CreditConsent, consent_id)
    if given is None or given.merchant_id != owner.merchant or given.withdrawn_at is not None:
        raise NotFound("consent", consent_id)
    given.withdrawn_at = now
    session.add(given)
    subject = f"credit ✕ {given.recipient}"
    accounts.note(session, given.merchant_id, accounts.Action.DISCLOSURE, by=owner, subject=subject, now=now)


def opened(session: Session, token: str, *, now: datetime) -> CreditConsent:
    """Return the consent that a link stands for, and note that it was read.

    Raises:
        NotFound: It is unknown, over or withdrawn: which, is not told.
    """
    query = select(CreditConsent).where(CreditConsent.token_hash == token_hash(token))
    given = session.exec(query).one_or_none()
    if given is None or given.withdrawn_at is not None or given.expires_at <= now:
        raise NotFound("credit report", "…")
    by = f"{given.recipient} (link)"
    accounts.note(session, given.merchant_id, accounts.Action.DISCLOSURE, by=by, subject="credit ← read", now=now)
    return given


def keys_of(session: Session, merchant: str) -> Sequence[ApiKey]:
    """Return a merchant's keys that are in force, newest first; `credit_since` says which of them read credit."""
    query = select(ApiKey).where(ApiKey.merchant_id == merchant, col(ApiKey.revoked_at).is_(None))
    return session.exec(query.order_by(col(ApiKey.made_at).desc(), col(ApiKey.prefix))).all()


def let_key(session: Session, owner: Holder, prefix: str, *, read: bool, now: datetime) -> None:
    """Let one of the owner's keys read credit, or let it read nothing of it from now on; twice changes nothing.

    Raises:
        NotFound: The owner has no such key, or it is revoked.
    """
    key = session.get(ApiKey, prefix)
    if key is None or owner.merchant is None or key.merchant_id != owner.merchant or key.revoked_at is not None:
        raise NotFound("key", prefix)
    if read is (key.credit_since is not None):
        return
    key.credit_since = now if read else None
    session.add(key)
    subject = f"credit {'→' if read else '✕'} {accounts.KEY}{prefix}"
    accounts.note(session, owner.merchant, accounts.Action.DISCLOSURE, by=owner, subject=subject, now=now)


def may_read(session: Session, holder: Holder) -> bool:
    """Whether the owner, or a program with a key that the owner allowed it, asks."""
    if not holder.by_key:
        return True
    key = session.get(ApiKey, holder.credential)
    return key is not None and key.credit_since is not None
