"""What a merchant says of their own listing, kept apart from what its source says.

The table `listing` holds what guests read: the source's record with the merchant's words laid over it. The overlay
keeps the merchant's words and the source's record side by side, so that an import renews the one and leaves the other
alone (ADR 7).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime
from sqlmodel import Field, Session, SQLModel, col, select

from index.errors import NotFound
from index.listing import Listing, ListingRecord
from index.records import canonical, content_hash

#: What a merchant may say of their listing.
EDITABLE = (
    "hours",
    "price",
    "phone",
    "website",
    "dishes",
    "dishes_en",
    "facilities",
    "facilities_en",
    "photos",
)


class ListingOverlay(SQLModel, table=True):
    """A merchant's words for one listing, and the source's record below them."""

    __tablename__ = "listing_overlay"

    listing_id: str = Field(primary_key=True, max_length=401)
    fields: dict[str, Any] = Field(sa_type=JSON, description="Key to the merchant's value; null takes a value away.")
    record: dict[str, Any] = Field(sa_type=JSON, description="The source's record as last imported.")
    record_hash: str = Field(max_length=64, description="Its content hash.")
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def overlay_of(session: Session, listing: str) -> Mapping[str, Any]:
    """Return what the merchant says of a listing, by key; empty when nothing."""
    overlay = session.get(ListingOverlay, listing)
    return overlay.fields if overlay is not None else {}


def lay_over(session: Session, listing: str, fields: Mapping[str, Any], *, now: datetime) -> None:
    """Make these, and only these, the merchant's words for a listing; without any, the source's record holds again.

    The listing is written through its record, so that the index sees by its content hash that it changed.

    Raises:
        NotFound: There is no such listing.
        ValueError: A value is not one that the record takes (pydantic's, or `index.records.RowError`).
    """
    stored = session.get(Listing, listing)
    if stored is None:
        raise NotFound("listing", listing)
    overlay = session.get(ListingOverlay, listing)
    if overlay is None:
        record = _record_of(stored)
        digest = stored.content_hash or content_hash(canonical(record))
        overlay = ListingOverlay(
            listing_id=listing, fields={}, record=record.model_dump(mode="json"), record_hash=digest, changed_at=now
        )
    source = ListingRecord.model_validate(overlay.record)
    merged = with_words(source, fields)
    values = merged.model_dump(exclude={"id", "source", "closed"})
    for key, value in values.items():
        setattr(stored, key, value)
    if stored.content_hash:  # without one the next import opens a listing again that its source had left out
        stored.content_hash = content_hash(canonical(merged))
    session.add(stored)
    if fields:
        overlay.fields, overlay.changed_at = dict(fields), now
        session.add(overlay)
    elif overlay in session:
        session.delete(overlay)
    session.flush()


def with_words(record: ListingRecord, fields: Mapping[str, Any]) -> ListingRecord:
    """Return a source's record with a merchant's words laid over it, validated.

    Raises:
        ValueError: A value is not one that the record takes.
    """
    if not fields:
        return record
    values = record.model_dump()
    for key, value in fields.items():
        values[key] = _empty(key) if value is None else value
    merged = ListingRecord.model_validate(values)
    canonical(merged)
    return merged


def overlays(session: Session, listings: Sequence[str]) -> dict[str, ListingOverlay]:
    """Return the overlays of those listings that have one."""
    if not listings:
        return {}
    query = select(ListingOverlay).where(col(ListingOverlay.listing_id).in_(listings))
    return {overlay.listing_id: overlay for overlay in session.exec(query)}


def _empty(key: str) -> Any:
    return [] if ListingRecord.model_fields[key].annotation == list[str] else None


def _record_of(stored: Listing) -> ListingRecord:
    names = set(ListingRecord.model_fields) - {"id"}
    return ListingRecord.model_validate({name: getattr(stored, name) for name in names} | {"id": stored.source_id})
