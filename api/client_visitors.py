"""Visitors of clients that keep no cookies: they name a pseudonym of their own, which is a secret of the device.

Unless its user asked to be remembered, what is logged is not the pseudonym but a keyed hash of it and of the event's
local day, so that it changes daily whatever the client sends; an event sent again has the same day and the same hash.
Who knows the pseudonym may have it forgotten, so that it should be made of 128 random bits.
"""

import base64
import hmac
from collections.abc import Collection
from datetime import date, timedelta

from sqlmodel import Session, col, select

from api.container import Container
from api.forgetting import note_forgotten
from index.database import writing
from ledger.append import salted_hashes
from ledger.erasure import forget
from ledger.events import Consent, Event
from ledger.tables import Forgotten, StoredPayload

#: How many days back the ids of a pseudonym are looked for when it is forgotten: ten years.
FORGOTTEN_DAYS = 3_660
#: Ids in one look-up.
_IDS_A_LOOKUP = 900
_ID_BYTES = 16


def day_id(secret: bytes, pseudonym: str, day: date) -> str:
    """Return under what a client's pseudonym is logged on a local day."""
    key = hmac.digest(secret, f"client visitor {day}".encode(), "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, pseudonym.encode(), "sha256")[:_ID_BYTES]).decode().rstrip("=")


def rotated(container: Container, event: Event) -> Event:
    """Return a client's event as it is logged: under the day's id, unless its visitor asked to be remembered."""
    if event.visitor is None or event.consent is Consent.REMEMBERED:
        return event
    day = event.at.astimezone(container.settings.tz).date()
    return event.model_copy(update={"visitor": day_id(container.secret, event.visitor, day)})


def forgotten_among(session: Session, pseudonyms: Collection[str]) -> frozenset[str]:
    """Return those of some pseudonyms whose holder asked to be forgotten; nothing more is taken of any day."""
    names = salted_hashes(session.connection(), pseudonyms)
    found: set[str] = set()
    hashes = list(names)
    for start in range(0, len(hashes), _IDS_A_LOOKUP):
        some = hashes[start : start + _IDS_A_LOOKUP]
        rows = session.exec(select(Forgotten.visitor_hash).where(col(Forgotten.visitor_hash).in_(some)))
        found |= {names[bytes(row)] for row in rows}
    return frozenset(found)


def forget_pseudonym(container: Container, pseudonym: str) -> tuple[int, int | None]:
    """Erase what is logged of a client's pseudonym, remembered or of the days of ten years.

    Returns:
        How many events, and where the ledger says that the last of them were erased.

    Raises:
        StorageError: The list of the forgotten cannot be written; then nothing is erased.
    """
    now = container.clock()
    erased, index = 0, None
    with writing(container.engine) as session:
        for visitor in [*_logged_days(session, container, pseudonym), pseudonym]:
            receipt = forget(session, visitor, now=now)
            if receipt.visitor_hash is not None:
                note_forgotten(container.settings.data, receipt.visitor_hash)
            erased += receipt.erased
            index = receipt.index if receipt.index is not None else index
    return erased, index


def _logged_days(session: Session, container: Container, pseudonym: str) -> list[str]:
    # A device's clock may be ahead over midnight.
    last = container.clock().astimezone(container.settings.tz).date() + timedelta(days=1)
    ids = [day_id(container.secret, pseudonym, last - timedelta(days=back)) for back in range(FORGOTTEN_DAYS)]
    found: list[str] = []
    for start in range(0, len(ids), _IDS_A_LOOKUP):
        some = ids[start : start + _IDS_A_LOOKUP]
        wanted = select(StoredPayload.visitor).where(col(StoredPayload.visitor).in_(some)).distinct()
        found += [name for name in session.exec(wanted) if name is not None]
    return found
