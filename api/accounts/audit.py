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
    actor, role = (by, "") if isinstance(by, str) else (by.credential or str(by.role), str(by.role))
    session.add(
        AuditEntry(
            merchant_id=merchant,
            at=now,
            actor=actor[:100],
            role=role,
            action=action,
            subject=subject[:_LONGEST_SUBJECT],
        )
    )
    session.flush()


def audit_page(session: Session, merchant: str, *, before: int | None = None, limit: int = PAGE) -> AuditPage:
    """Return a merchant's entries, newest first, below the entry that `before` names."""
    query = select(AuditEntry).where(AuditEntry.merchant_id == merchant)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    found = session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit + 1)).all()
    return AuditPage(found[:limit], found[limit - 1].id if len(found) > limit else None)
