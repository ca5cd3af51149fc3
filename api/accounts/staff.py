"""An owner's staff: who is invited, who has joined, and how they are let go.

Staff see the figures and the counter's code; an owner edits, invites, exports and discloses besides.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.accounts.audit import Action, note
from api.accounts.roles import Holder, Role
from api.accounts.sessions import end_sessions, holder_of
from api.accounts.tables import Invitation, Login, PasswordReset
from index.errors import Conflict, NotFound

#: Staff and open invitations of one merchant together.
STAFF_LIMIT = 50


def logins_of(session: Session, merchant: str) -> Sequence[Login]:
    """Return the logins of a merchant, owners first."""
    query = select(Login).where(Login.merchant_id == merchant)
    return session.exec(query.order_by(col(Login.role), col(Login.made_at), col(Login.name))).all()


def open_invitations(session: Session, merchant: str, *, now: datetime) -> Sequence[Invitation]:
    """Return the invitations of a merchant that can still be accepted, newest first."""
    query = select(Invitation).where(
        Invitation.merchant_id == merchant,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.withdrawn_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    return session.exec(query.order_by(col(Invitation.made_at).desc(), col(Invitation.token_hash))).all()


def ensure_room(session: Session, merchant: str, *, now: datetime) -> None:
    """Refuse more staff than a merchant can have.

    Raises:
        Conflict: There are too many.
    """
    if len(logins_of(session, merchant)) + len(open_invitations(session, merchant, now=now)) >= STAFF_LIMIT:
        raise Conflict(f"a merchant has at most {STAFF_LIMIT} logins and open invitations; withdraw or remove some")


def withdraw_invitation(session: Session, owner: Holder, invitation: str, *, now: datetime) -> None:
    """Make an invitation useless; it is named by its stored hash, which opens nothing.

    Raises:
        NotFound: The owner has no such open invitation; another's is not told from none.
    """
    found = session.get(Invitation, invitation)
    if found is None or found.merchant_id != owner.merchant or found.accepted_at or found.withdrawn_at:
        raise NotFound("open invitation", invitation[:8] + "…")
    found.withdrawn_at = now
    session.add(found)
    note(session, found.merchant_id, Action.WITHDRAWN, by=owner, subject=found.label, now=now)


def remove_staff(session: Session, owner: Holder, login: str, *, now: datetime) -> None:
    """Take a member of staff's login away; their sessions and reset links end at once.

    Raises:
        NotFound: The owner has no such member of staff; another's, and an owner, are not told from none.
    """
    found = session.get(Login, login)
    if found is None or found.merchant_id != owner.merchant or found.role != Role.STAFF:
        raise NotFound("member of staff", login)
    end_sessions(session, holder_of(found))
    session.execute(delete(PasswordReset).where(col(PasswordReset.login) == found.name))
    session.delete(found)
    session.flush()
    note(session, found.merchant_id, Action.REMOVED, by=owner, subject=found.name, now=now)
