"""What was written to listings since: a table that triggers of the database keep, whoever writes.

Each insert, update and delete of a listing gives it the next version. Writers take turns until they commit, so that
versions become visible in their order: who has seen version 7 will never meet a 6 that he did not know.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, func
from sqlmodel import Field, Session, SQLModel, col, select

from index.listing import Listing

#: SQLite takes at most 32,766 parameters in a statement.
_ASKED_AT_ONCE = 500


class ListingChange(SQLModel, table=True):
    """The version that a listing got when it was last written or deleted. Triggers write this table."""

    __tablename__ = "listing_change"

    listing_id: str = Field(primary_key=True, max_length=401)
    version: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))


def newest_version(session: Session) -> int:
    """Return the version of the last write to any listing, 0 where none is known: one look into an index."""
    return session.exec(select(func.max(ListingChange.version))).one() or 0


def closed_since(session: Session, version: int) -> frozenset[str]:
    """Return the listings that were closed or deleted since a version, and are so now."""
    is_open = select(Listing.id).where(col(Listing.id) == col(ListingChange.listing_id), col(Listing.closed).is_(False))
    since = select(ListingChange.listing_id).where(col(ListingChange.version) > version, ~is_open.exists())
    return frozenset(session.exec(since))


def changed_since(session: Session, version: int, most: int) -> Mapping[str, Listing | None] | None:
    """Return the listings written since a version as they are now, by id; None for one that is closed or deleted.

    Returns None where there are more than `most`.
    """
    asked = select(ListingChange.listing_id).where(col(ListingChange.version) > version).limit(most + 1)
    ids = list(session.exec(asked))
    if len(ids) > most:
        return None
    found: dict[str, Listing | None] = dict.fromkeys(ids)
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        part = ids[start : start + _ASKED_AT_ONCE]
        for listing in session.exec(select(Listing).where(col(Listing.id).in_(part))):
            found[listing.id] = None if listing.closed else listing
    return found
