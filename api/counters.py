"""What a merchant's counter shows just now: a QR code's address and six digits, new every thirty seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api import accounts
from api.container import Container
from index.database import reading
from index.errors import NotFound
from index.listing import Listing
from ledger.codes import qr_token, seconds_left, six_digits


@dataclass(frozen=True, slots=True)
class CounterCode:
    """The present code of a listing. `path` is what the QR code leads to, below the service's own address."""

    listing: Listing
    token: str
    path: str
    digits: str
    expires_at: datetime


def counter_code(container: Container, merchant: str, listing: str | None = None) -> CounterCode:
    """Return the code of one of a merchant's listings, of the first when none is named.

    Raises:
        NotFound: The merchant has no listing, or not this one.
    """
    with reading(container.engine) as session:
        owned = [one for one in accounts.listings_of(session, merchant) if not one.closed]
    chosen = next((one for one in owned if listing in {None, one.id}), None)
    if chosen is None:
        raise NotFound("open listing of this merchant", listing or "")
    now = container.clock()
    token = qr_token(container.secret, chosen.id, now)
    expires_at = now + timedelta(seconds=seconds_left(now))
    return CounterCode(chosen, token, f"/s/{token}", six_digits(container.secret, chosen.id, now), expires_at)
