"""The operator's work: claims, corrections, merchants and keys."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api import accounts
from api.accounts import ApiKey, Role
from api.auth import AdminCaller, AdminOnly, ContainerDep, LimitWrites
from api.corrections import Decision, decide_correction, open_corrections, set_closed
from api.problems import responses
from index.database import reading, writing

router = APIRouter(prefix="/v1/admin", tags=["admin"], dependencies=[AdminOnly])


class ClaimReply(BaseModel):
    """A claim that waits for a decision."""

    id: str
    listing_id: str
    name: str
    contact: str
    note: str
    merchant_id: str | None
    made_at: datetime


class Claims(BaseModel):
    """The undecided claims, oldest first."""

    claims: list[ClaimReply]


class Approved(BaseModel):
    """What an approval made. The invitation is shown once; a merchant who has a login needs none."""

    merchant: str = Field(examples=["m_5d9f2c31ab7e0011"])
    invitation: str | None = Field(None, description="Path of the page where a login is set, good for seven days.")


class Rejection(BaseModel):
    """Why a claim is rejected."""

    reason: str = Field("", max_length=1_000)


class Decided(BaseModel):
    """A decision was written down."""

    id: str
    status: str


class CorrectionReply(BaseModel):
    """A visitor's report that something is wrong or closed."""

    id: str
    listing_id: str
    listing_name: str | None
    at: datetime
    what: str
    note: str


class Corrections(BaseModel):
    """The undecided reports, oldest first."""

    corrections: list[CorrectionReply]


class Closing(BaseModel):
    """Whether a listing is closed."""

    id: str
    closed: bool


class NewMerchant(BaseModel):
    """A merchant and the listings that are theirs."""

    name: str = Field(min_length=1, max_length=300, examples=["竹里人家"])
    listings: list[str] = Field(default_factory=list, max_length=100)


class MerchantReply(BaseModel):
    """A merchant, and the listings that are theirs."""

    id: str
    name: str
    listings: list[str]
    made_at: datetime


class Merchants(BaseModel):
    """All merchants, by name."""

    merchants: list[MerchantReply]


class NewKeyRequest(BaseModel):
    """A role, and the merchant for a merchant's key."""

    role: Literal["merchant", "board", "admin"]
    merchant: str | None = Field(None, max_length=40)
    label: str = Field("", max_length=200, examples=["town hall dashboard"])


class KeyMade(BaseModel):
    """A key that was just made. It is shown this once; only its hash is kept."""

    key: str = Field(examples=["bch_0123456789ab_…"])
    prefix: str
    role: str
    merchant: str | None


class KeyReply(BaseModel):
    """What is known of a key; not the key."""

    prefix: str
    role: str
    merchant: str | None
    label: str
    made_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Keys(BaseModel):
    """All keys, newest first."""

    keys: list[KeyReply]


_READ = responses(401, 403)
_WRITE = responses(401, 403, 404, 409, 422, 429)
Prefix = Annotated[str, Path(max_length=16)]
Id = Annotated[str, Path(max_length=64)]


@router.get("/claims", summary="Undecided claims", responses=_READ)
def list_claims(container: ContainerDep) -> Claims:
    """Return the claims that wait for a person."""
    with reading(container.engine) as session:
        found = accounts.pending_claims(session)
        return Claims(claims=[ClaimReply.model_validate(claim, from_attributes=True) for claim in found])


@router.post("/claims/{claim_id}/approve", summary="Approve a claim", dependencies=[LimitWrites], responses=_WRITE)
def approve_claim(claim_id: Id, holder: AdminCaller, container: ContainerDep) -> Approved:
    """Give the listing to who claims it; a new merchant gets an invitation."""
    with writing(container.engine) as session:
        made = accounts.decide_claim(
            session, claim_id, approve=True, by=holder.credential or "admin", now=container.clock()
        )
        assert made is not None  # noqa: S101 - an approval makes one
    return Approved(merchant=made.merchant, invitation=f"/invite/{made.invitation}" if made.invitation else None)


@router.post("/claims/{claim_id}/reject", summary="Reject a claim", dependencies=[LimitWrites], responses=_WRITE)
def reject_claim(claim_id: Id, holder: AdminCaller, container: ContainerDep, rejection: Rejection) -> Decided:
    """Refuse a claim, with a reason."""
    by = holder.credential or "admin"
    with writing(container.engine) as session:
        accounts.decide_claim(session, claim_id, approve=False, by=by, reason=rejection.reason, now=container.clock())
    return Decided(id=claim_id, status="rejected")


@router.get("/corrections", summary="Undecided reports of visitors", responses=_READ)
def list_corrections(container: ContainerDep) -> Corrections:
    """Return what visitors reported as wrong or closed."""
    with reading(container.engine) as session:
        found = open_corrections(session)
    return Corrections(corrections=[CorrectionReply.model_validate(one, from_attributes=True) for one in found])


@router.post(
    "/corrections/{correction_id}/{decision}",
    summary="Close the listing that a report is about, or dismiss the report",
    dependencies=[LimitWrites],
    responses=_WRITE,
)
def decide(
    correction_id: Id, decision: Literal["close", "dismiss"], holder: AdminCaller, container: ContainerDep
) -> Decided:
    """Decide on a report; a closed listing is gone from the next search on."""
    made = Decision.CLOSED if decision == "close" else Decision.DISMISSED
    with writing(container.engine) as session:
        decide_correction(session, correction_id, made, by=holder.credential or "admin", now=container.clock())
    return Decided(id=correction_id, status=made)


@router.post(
    "/listings/{listing_id:path}/close", summary="Close a listing", dependencies=[LimitWrites], responses=_WRITE
)
def close_listing(listing_id: str, container: ContainerDep) -> Closing:
    """Hide a listing from the next search on."""
    with writing(container.engine) as session:
        set_closed(session, listing_id, closed=True)
    return Closing(id=listing_id, closed=True)


@router.post(
    "/listings/{listing_id:path}/reopen", summary="Open a listing again", dependencies=[LimitWrites], responses=_WRITE
)
def reopen_listing(listing_id: str, container: ContainerDep) -> Closing:
    """Open a closed listing again; searches find it once the index is built anew, at once if it still has it."""
    with writing(container.engine) as session:
        set_closed(session, listing_id, closed=False)
    return Closing(id=listing_id, closed=False)


@router.get("/merchants", summary="All merchants", responses=_READ)
def list_merchants(container: ContainerDep) -> Merchants:
    """Return all merchants with their listings."""
    with reading(container.engine) as session:
        return Merchants(
            merchants=[
                MerchantReply(id=one.id, name=one.name, listings=listings, made_at=one.made_at)
                for one, listings in accounts.list_merchants(session)
            ]
        )


@router.post("/merchants", status_code=201, summary="Invite a merchant", dependencies=[LimitWrites], responses=_WRITE)
def invite_merchant(new: NewMerchant, container: ContainerDep) -> Approved:
    """Make a merchant who owns listings, and an invitation to set a login."""
    now = container.clock()
    with writing(container.engine) as session:
        merchant = accounts.make_merchant(session, new.name, listings=new.listings, now=now)
        token = accounts.invite(session, merchant.id, now=now)
    return Approved(merchant=merchant.id, invitation=f"/invite/{token}")


@router.get("/keys", summary="All keys", responses=_READ)
def list_keys(container: ContainerDep) -> Keys:
    """Return what is known of the keys, revoked ones too."""
    with reading(container.engine) as session:
        return Keys(keys=[_key(key) for key in accounts.list_keys(session)])


@router.post("/keys", status_code=201, summary="Make a key", dependencies=[LimitWrites], responses=_WRITE)
def make_key(new: NewKeyRequest, container: ContainerDep) -> KeyMade:
    """Make a key and show it this once."""
    with writing(container.engine) as session:
        made = accounts.make_key(session, Role(new.role), merchant=new.merchant, label=new.label, now=container.clock())
    return KeyMade(key=made.plain, prefix=made.prefix, role=made.role, merchant=made.merchant)


@router.post("/keys/{prefix}/rotate", summary="Replace a key", dependencies=[LimitWrites], responses=_WRITE)
def rotate_key(prefix: Prefix, container: ContainerDep) -> KeyMade:
    """Revoke a key and make another for the same purpose."""
    with writing(container.engine) as session:
        made = accounts.rotate_key(session, prefix, now=container.clock())
    return KeyMade(key=made.plain, prefix=made.prefix, role=made.role, merchant=made.merchant)


@router.delete("/keys/{prefix}", summary="Revoke a key", dependencies=[LimitWrites], responses=_WRITE)
def revoke_key(prefix: Prefix, container: ContainerDep) -> KeyReply:
    """Make a key useless from now on."""
    with writing(container.engine) as session:
        return _key(accounts.revoke_key(session, prefix, now=container.clock()))


def _key(key: ApiKey) -> KeyReply:
    return KeyReply(
        prefix=key.prefix,
        role=key.role,
        merchant=key.merchant_id,
        label=key.label,
        made_at=key.made_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
