"""Rows that the tests of accounts need beforehand."""

from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api import accounts
from api.accounts import Holder, Role
from index.database import writing
from index.listing import Category, Listing, ListingRecord

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def add_place(session: Session, listing_id: str = "tea-house") -> str:
    """Store a listing and return its id."""
    record = ListingRecord.model_validate(
        {"id": listing_id, "source": "tests", "category": Category.RESTAURANT, "name": "溪边茶馆"}
    )
    fields = record.model_dump(exclude={"id"})
    session.add(Listing(**fields, id=listing_id, source_id=listing_id, content_hash="0" * 64, imported_at=NOW))
    session.flush()
    return listing_id


PASSWORD = "bamboo in the rain"


def add_login(
    engine: Engine, name: str = "laoban", *, role: Role = Role.MERCHANT, merchant: str | None = None
) -> Holder:
    """Make a login by an invitation, of a new merchant unless one is named; return who has it."""
    with writing(engine) as session:
        merchant = merchant or accounts.make_merchant(session, "茶馆", now=NOW).id
        token = accounts.invite(session, merchant, role=role, label="小王" if role is Role.STAFF else "", now=NOW)
        accounts.accept_invitation(session, token, name, PASSWORD, email=f"{name}@example.org", now=NOW)
    return Holder(role, merchant, name)
