"""Claims: a merchant says that a listing is theirs, a person decides, an approval ends in an invitation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from api.accounts.merchants import add_listing, invite, make_merchant
from api.accounts.tables import Claim, MerchantListing
from api.accounts.tokens import new_id
from index.errors import Conflict, NotFound
from index.listing import Listing

#: A listing takes so many undecided claims, so that a form cannot be used to fill the table.
PENDING_LIMIT = 20


class ClaimStatus(StrEnum):
    """Where a claim stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval made: the merchant and, for one who has no login yet, the token of `/invite/<token>`."""

    merchant: str
    invitation: str | None


def claim_listing(
    session: Session,
    listing: str,
    *,
    name: str,
    contact: str,
    note: str = "",
    merchant: str | None = None,
    now: datetime,
) -> Claim:
    """Put a claim on a listing; `merchant` is set when an existing one asks for another listing.

    Raises:
        NotFound: There is no such listing.
        Conflict: The listing has a merchant already, or too many undecided claims.
    """
    if session.get(Listing, listing) is None:
        raise NotFound("listing", listing)
    if session.get(MerchantListing, listing) is not None:
        raise Conflict("this listing has a merchant already; ask the operator if that is wrong")
    waiting = session.exec(select(Claim.id).where(Claim.listing_id == listing, Claim.status == ClaimStatus.PENDING))
    if len(waiting.all()) >= PENDING_LIMIT:
        raise Conflict("this listing has too many undecided claims; wait until they are decided")
    claim = Claim(
        id=new_id("c"),
        listing_id=listing,
        name=name,
        contact=contact,
        note=note,
        merchant_id=merchant,
        status=ClaimStatus.PENDING,
        made_at=now,
        decided_by=None,
        reason="",
    )
    session.add(claim)
    session.flush()
    return claim


def pending_claims(session: Session) -> list[Claim]:
    """Return the undecided claims, oldest first."""
    query = select(Claim).where(Claim.status == ClaimStatus.PENDING).order_by(col(Claim.made_at), col(Claim.id))
    return list(session.exec(query))


def decide_claim(
    session: Session, claim_id: str, *, approve: bool, by: str, reason: str = "", now: datetime
) -> Approval | None:
    """Approve or reject; returns what an approval made, None for a rejection.

    By an approval the listing becomes the merchant's, who is made and invited when they are new.

    Raises:
        NotFound: There is no such claim.
        Conflict: It was decided before, or the listing has a merchant by now.
    """
    claim = _undecided(session, claim_id)
    if approve:
        return _approve(session, claim, by=by, now=now)
    claim.reason = reason[:1000]
    _decide(session, claim, ClaimStatus.REJECTED, by, now)
    return None


def _approve(session: Session, claim: Claim, *, by: str, now: datetime) -> Approval:
    if claim.merchant_id is not None:
        add_listing(session, claim.merchant_id, claim.listing_id, now=now)
        approval = Approval(claim.merchant_id, None)
    else:
        listing = session.get(Listing, claim.listing_id)
        merchant = make_merchant(
            session, listing.name if listing is not None else claim.name, listings=[claim.listing_id], now=now
        )
        approval = Approval(merchant.id, invite(session, merchant.id, now=now))
    claim.merchant_id = approval.merchant
    _decide(session, claim, ClaimStatus.APPROVED, by, now)
    return approval


def _undecided(session: Session, claim_id: str) -> Claim:
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("claim", claim_id)
    if claim.status != ClaimStatus.PENDING:
        raise Conflict(f"claim {claim_id} was {claim.status} before")
    return claim


def _decide(session: Session, claim: Claim, status: ClaimStatus, by: str, now: datetime) -> None:
    claim.status = status
    claim.decided_at = now
    claim.decided_by = by[:100]
    session.add(claim)
    session.flush()
