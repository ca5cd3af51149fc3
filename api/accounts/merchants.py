"""Merchants, the listings that are theirs, and the invitations by which owners and their staff get a login."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from api.accounts.audit import OPERATOR, Action, note
from api.accounts.passwords import email_address, ensure_password
from api.accounts.roles import Holder, Role
from api.accounts.sessions import holder_of
from api.accounts.tables import Invitation, Login, Merchant, MerchantListing
from api.accounts.tokens import new_id, new_token, password_hash, token_hash
from index.errors import Conflict, NotFound, UsageError
from index.listing import Listing

INVITATION_LASTS = timedelta(days=7)
_LOGIN_NAME = re.compile(r"[\w.@+-]{3,100}")


def make_merchant(session: Session, name: str, *, listings: Sequence[str] = (), now: datetime) -> Merchant:
    """Make a merchant who owns the listings named.

    Raises:
        NotFound: A listing does not exist.
        Conflict: A listing is another merchant's.
    """
    merchant = Merchant(id=new_id("m"), name=name.strip()[:300] or "?", made_at=now)
    session.add(merchant)
    session.flush()
    for listing in listings:
        add_listing(session, merchant.id, listing, now=now)
    return merchant


def add_listing(session: Session, merchant: str, listing: str, *, now: datetime) -> None:
    """Give a listing to a merchant; giving it twice changes nothing.

    Raises:
        NotFound: The listing or the merchant does not exist.
        Conflict: The listing is another merchant's.
    """
    if session.get(Listing, listing) is None:
        raise NotFound("listing", listing)
    if session.get(Merchant, merchant) is None:
        raise NotFound("merchant", merchant)
    held = session.get(MerchantListing, listing)
    if held is not None and held.merchant_id != merchant:
        raise Conflict(f"listing {listing!r} belongs to another merchant; settle that first")
    if held is None:
        session.add(MerchantListing(listing_id=listing, merchant_id=merchant, since=now))
        session.flush()


def listings_of(session: Session, merchant: str) -> list[Listing]:
    """Return a merchant's listings, closed ones too, in a stable order."""
    query = (
        select(Listing)
        .join(MerchantListing, col(MerchantListing.listing_id) == col(Listing.id))
        .where(MerchantListing.merchant_id == merchant)
        .order_by(col(MerchantListing.since), col(Listing.id))
    )
    return list(session.exec(query))


def counter_listings(session: Session) -> list[str]:
    """Return the ids of all listings that have a counter: those that belong to a merchant."""
    return list(session.exec(select(MerchantListing.listing_id).order_by(col(MerchantListing.listing_id))))


def list_merchants(session: Session) -> list[tuple[Merchant, list[str]]]:
    """Return all merchants by name, each with the ids of its listings."""
    held: dict[str, list[str]] = {}
    for row in session.exec(select(MerchantListing).order_by(col(MerchantListing.listing_id))):
        held.setdefault(row.merchant_id, []).append(row.listing_id)
    merchants = session.exec(select(Merchant).order_by(col(Merchant.name), col(Merchant.id)))
    return [(merchant, held.get(merchant.id, [])) for merchant in merchants]


def invite(
    session: Session,
    merchant: str,
    *,
    role: Role = Role.MERCHANT,
    label: str = "",
    by: Holder | None = None,
    now: datetime,
) -> str:
    """Make an invitation and return its token, for the link `/invite/<token>`; good once, for seven days.

    Args:
        session: Of the database.
        merchant: For whose figures it is.
        role: `merchant` for an owner, `staff` for whom an owner invites.
        label: What the owner calls them.
        by: The owner who invites; None is the operator.
        now: The service's clock.

    Raises:
        NotFound: There is no such merchant.
        UsageError: The role is neither.
    """
    if role not in {Role.MERCHANT, Role.STAFF}:
        raise UsageError("an invitation is for an owner (merchant) or for staff")
    if session.get(Merchant, merchant) is None:
        raise NotFound("merchant", merchant)
    token = new_token()
    session.add(
        Invitation(
            token_hash=token_hash(token),
            merchant_id=merchant,
            role=role,
            label=label.strip()[:100],
            made_at=now,
            expires_at=now + INVITATION_LASTS,
        )
    )
    note(session, merchant, Action.INVITED, by=by or OPERATOR, subject=label.strip() or str(role), now=now)
    return token


def open_invitation(session: Session, token: str, *, now: datetime) -> Invitation | None:
    """Return an invitation that can be accepted, or None when it is unknown, used, withdrawn or too old."""
    invitation = session.get(Invitation, token_hash(token))
    if invitation is None or invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        return None
    return invitation if invitation.expires_at > now else None


def invitation_merchant(session: Session, token: str, *, now: datetime) -> Merchant | None:
    """Return whom an invitation is for, or None when it is unknown, used, withdrawn or too old."""
    invitation = open_invitation(session, token, now=now)
    return session.get(Merchant, invitation.merchant_id) if invitation is not None else None


def accept_invitation(
    session: Session, token: str, login: str, password: str, *, email: str = "", now: datetime
) -> Merchant:
    """Use up an invitation: make the login that it is for.

    Raises:
        NotFound: The invitation is unknown, used, withdrawn or too old.
        UsageError: The login, the password or the address is not of the asked form.
        Conflict: The login is taken.
    """
    invitation = open_invitation(session, token, now=now)
    merchant = session.get(Merchant, invitation.merchant_id) if invitation is not None else None
    if invitation is None or merchant is None:
        raise NotFound("open invitation", token[:8] + "…")
    name, address = login_name(login), email_address(email)
    ensure_password(password)
    if session.get(Login, name) is not None:
        raise Conflict("this login is taken; choose another")
    # One statement decides, so that of two who use the link at once only one gets in.
    used = session.execute(
        update(Invitation)
        .where(
            col(Invitation.token_hash) == token_hash(token),
            col(Invitation.accepted_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
        )
        .values(accepted_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("open invitation", token[:8] + "…")
    made = Login(
        name=name,
        merchant_id=merchant.id,
        role=invitation.role,
        label=invitation.label,
        email=address,
        password_hash=password_hash(password),
        made_at=now,
    )
    session.add(made)
    session.flush()
    note(session, merchant.id, Action.JOINED, by=holder_of(made), now=now)
    return merchant


def login_name(raw: str) -> str:
    """Return a login name in its stored form: trimmed, lower case.

    Raises:
        UsageError: It has other characters than letters, digits and `. @ + - _`, or not 3 to 100 of them.
    """
    name = raw.strip().lower()
    if not _LOGIN_NAME.fullmatch(name):
        raise UsageError("a login has 3 to 100 letters, digits or . @ + - _")
    return name
