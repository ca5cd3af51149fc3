"""Rows that the tests of accounts need beforehand."""

from datetime import UTC, datetime

from sqlmodel import Session

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
