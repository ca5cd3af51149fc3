"""Which merchants are like one: of the same category, nearby, and as real as they are."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from api.accounts import MerchantListing
from index.geodesy import distances_m
from index.listing import Listing

#: How far nearby is, metres, and the most merchants that are compared with, the nearest first.
NEARBY_M = 20_000
MOST_MERCHANTS = 30
#: A degree of latitude is never shorter, metres: what is farther off by latitude alone is not measured.
_DEGREE_M = 110_000


def like_merchants(session: Session, own: Sequence[Listing]) -> list[tuple[str, ...]]:
    """Return the listings of each merchant like the owner of these, nearest first.

    Like the first of the owner's open places, that is; none where it is not known where that lies.
    """
    place = next((listing for listing in own if not listing.closed and listing.lat is not None), None)
    if place is None or place.lat is None or place.lon is None:
        return []
    reach = NEARBY_M / _DEGREE_M
    rows = session.execute(
        select(col(MerchantListing.merchant_id), col(Listing.id), col(Listing.lat), col(Listing.lon))
        .join(MerchantListing, col(MerchantListing.listing_id) == col(Listing.id))
        .where(
            col(Listing.category) == place.category,
            col(Listing.closed).is_(False),
            col(Listing.made_up).is_(place.made_up),
            col(Listing.lat).between(place.lat - reach, place.lat + reach),
            col(Listing.lon).is_not(None),
            col(Listing.id).not_in([listing.id for listing in own]),
        )
        .order_by(col(Listing.id))
    ).all()
    if not rows:
        return []
    away = distances_m(place.lat, place.lon, [row.lat for row in rows], [row.lon for row in rows])
    near = sorted((float(metres), row.id, row.merchant_id) for metres, row in zip(away, rows, strict=True))
    found: dict[str, list[str]] = {}
    for metres, listing, merchant in near:
        if metres <= NEARBY_M:
            found.setdefault(merchant, []).append(listing)
    return [tuple(listings) for listings in list(found.values())[:MOST_MERCHANTS]]
