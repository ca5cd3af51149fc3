"""The board's indicators, for the JSON route and the page alike: both show the same suppressed figures."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from sqlalchemy import select
from sqlmodel import Session, col

from api.accounts import MerchantListing
from api.container import Container
from index.database import reading
from index.listing import Listing
from index.settings import Settings
from ledger.attribution import Windows
from ledger.board import Indicator, ListingFacts, board_indicators
from ledger.periods import Period


def _number(raw: object) -> object:
    # What comes in a query string is text, and pydantic turns it into no literal.
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) < _LONG else raw


_LONG = 4
#: A fixed grid of periods, days: free ones could be subtracted from each other.
BoardDays = Annotated[Literal[7, 30, 90], BeforeValidator(_number)]


def windows_of(settings: Settings) -> Windows:
    """Return how long an open and an impression refer, as the operator has set it."""
    return Windows.of_days(settings.open_window_days, settings.impression_window_days)


def board(container: Container, days: BoardDays) -> tuple[Period, list[Indicator]]:
    """Return the indicators of the last so many local days, today included."""
    settings = container.settings
    period = Period.last_days(days, container.clock(), settings.tz)
    with reading(container.engine) as session:
        return period, board_indicators(session, period, listing_facts(session), windows=windows_of(settings))


def listing_facts(session: Session) -> Mapping[str, ListingFacts]:
    """Return what the indicators need to know of each listing, in the order of their ids on every database."""
    query = select(
        col(Listing.id),
        col(Listing.area),
        col(Listing.category),
        col(Listing.lat),
        col(Listing.lon),
        col(Listing.area_en),
        col(MerchantListing.merchant_id),
    ).join(MerchantListing, col(MerchantListing.listing_id) == col(Listing.id), isouter=True)
    return {
        name: ListingFacts(area, str(category), lat, lon, area_en, merchant)
        for name, area, category, lat, lon, area_en, merchant in sorted(session.execute(query).all(), key=_by_id)
    }


def _by_id(row: Any) -> str:
    return str(row.id)
