"""Who saw and changed what of a merchant's: a list that the owner reads, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from api.accounts.roles import Holder
from api.accounts.tables import AuditEntry

#: Entries on a page.
PAGE = 50
_LONGEST_SUBJECT = 500
#: The actor where the operator's command line did it.
OPERATOR = "operator"
#: What an actor begins with that is a program with a key; the key's prefix follows.
KEY = "key "


class Action(StrEnum):
    """What was done."""

    LOGIN = "login"
    LOCKED = "locked"
    SESSION_ENDED = "session_ended"
    PASSWORD = "password"  # noqa: S105 - the name of an action
    RESET_SENT = "reset_sent"
    RESET = "reset"
    EMAIL = "email"
    INVITED = "invited"
    WITHDRAWN = "withdrawn"
    JOINED = "joined"
    REMOVED = "removed"
    EXPORT = "export"
    DISCLOSURE = "disclosure"
    EDIT = "edit"
    UNDO = "undo"
    PAYMENTS = "payments"
    BILLS = "bills"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of a merchant's list; `before` asks for the next, None on the last."""

    entries: Sequence[AuditEntry]
    before: int | None


def note(
    session: Session, merchant: str, action: Action, *, by: Holder | str, subject: str = "", now: datetime
) -> None:
    """Write down who did what; `subject` names what it was done to: a listing, a login, a file.

    A `by` that is a text is an actor without a session, such as `OPERATOR` or the login that was tried.
    """
    actor, role = _who(by)
    session.add(
        AuditEntry(
            merchant_id=merchant,
            at=now,
            actor=actor,
            role=role,
            action=action,
            subject=subject[:_LONGEST_SUBJECT],
        )
    )
    session.flush()


def is_noted(
    session: Session, merchant: str, action: Action, *, by: Holder | str, subject: str, since: datetime
) -> bool:
    """Whether that was noted from a time on, so that what is done many times a day is told once."""
    actor, role = _who(by)
    query = select(AuditEntry.id).where(
        AuditEntry.merchant_id == merchant,
        col(AuditEntry.at) >= since,
        AuditEntry.actor == actor,
        AuditEntry.role == role,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
    )
    return session.exec(query.limit(1)).first() is not None


def _who(by: Holder | str) -> tuple[str, str]:
    """Return actor and role; a key is told from a login by `KEY`, which no login can begin with."""
    if isinstance(by, str):
        return by[:100], ""
    name = by.credential or str(by.role)
    return f"{KEY}{name}"[:100] if by.by_key else name[:100], str(by.role)


def audit_page(session: Session, merchant: str, *, before: int | None = None, limit: int = PAGE) -> AuditPage:
    """Return a merchant's entries, newest first, below the entry that `before` names."""
    query = select(AuditEntry).where(AuditEntry.merchant_id == merchant)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    found = session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit + 1)).all()
    return AuditPage(found[:limit], found[limit - 1].id if len(found) > limit else None)
