"""What an owner typed of a listing and did not publish: kept as typed, faults and all, until it is or is dropped."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel

from api.accounts.tables import UtcDateTime

#: Characters in all fields together; what is longer was not typed.
LONGEST = 50_000


class ListingDraft(SQLModel, table=True):
    """The fields of the form by name, and the content hash of the listing that the owner saw when they wrote."""

    __tablename__ = "listing_draft"

    listing_id: str = Field(primary_key=True, max_length=401)
    login: str = Field(primary_key=True, max_length=100)
    seen: str = Field(max_length=64)
    typed: dict[str, str] = Field(sa_type=JSON)
    at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))


def keep_draft(
    session: Session, login: str, listing: str, typed: Mapping[str, str], *, seen: str, now: datetime
) -> None:
    """Keep what was typed in place of what was kept before; too much of it is not kept."""
    if sum(map(len, typed.values())) <= LONGEST:
        session.merge(ListingDraft(listing_id=listing, login=login, seen=seen[:64], typed=dict(typed), at=now))


def draft_of(session: Session, login: str, listing: str) -> ListingDraft | None:
    """Return what this login typed; None when that was published or dropped."""
    return session.get(ListingDraft, (listing, login))


def drop_draft(session: Session, login: str, listing: str) -> None:
    """Drop what was typed; doing it twice changes nothing."""
    draft = session.get(ListingDraft, (listing, login))
    if draft is not None:
        session.delete(draft)
