"""Who saw what of a merchant's: one entry a local day in the owner's list, of each login or key and kind of page.

Written once the page or the reply is made and before it is sent: what was refused was not seen, and what cannot be
noted is not shown.
"""

from collections.abc import Iterator
from enum import StrEnum

from fastapi import Depends
from fastapi.params import Depends as Dependency

from api import accounts
from api.accounts import Action, Holder
from api.auth import Caller, ContainerDep
from api.container import Container
from index.database import reading, writing
from ledger.periods import Period, moment


class Seen(StrEnum):
    """The kinds of pages, and of replies that tell the same."""

    FIGURES = "figures"
    VISITS = "visits"
    PROOF = "proof"
    ALERTS = "alerts"
    EFFECT = "effect"
    CREDIT = "credit"
    SIGNALS = "signals"
    COUNTER = "counter"
    LISTING = "listing"
    PAYMENTS = "payments"
    STAFF = "staff"
    DEVICES = "devices"
    WEEKLY = "weekly"
    ACTIVITY = "activity"


#: Of which kind each page is that a merchant or their staff open.
PAGES = {
    "/merchant": Seen.FIGURES,
    "/merchant/visits": Seen.VISITS,
    "/merchant/proof": Seen.PROOF,
    "/merchant/alerts": Seen.ALERTS,
    "/merchant/credit": Seen.CREDIT,
    "/merchant/signals": Seen.SIGNALS,
    "/merchant/counter": Seen.COUNTER,
    "/merchant/counter/code": Seen.COUNTER,
    "/merchant/counter/printed": Seen.COUNTER,
    "/merchant/listing": Seen.LISTING,
    "/merchant/listing/history": Seen.LISTING,
    "/merchant/payments": Seen.PAYMENTS,
    "/merchant/staff": Seen.STAFF,
    "/merchant/devices": Seen.DEVICES,
    "/merchant/weekly": Seen.WEEKLY,
    "/merchant/activity": Seen.ACTIVITY,
}


def note_seen(container: Container, holder: Holder, what: Seen) -> None:
    """Note that a merchant's owner, staff or program saw something of that merchant's today, unless that is noted."""
    merchant, now = holder.merchant, container.clock()
    if merchant is None:
        return
    today = Period.day_of(now, container.settings.tz)
    since = moment(today.start_ms, today.tz)
    with reading(container.engine) as session:
        if accounts.is_noted(session, merchant, Action.SEEN, by=holder, subject=what, since=since):
            return
    with writing(container.engine) as session:
        accounts.note(session, merchant, Action.SEEN, by=holder, subject=what, now=now)


def noted(what: Seen) -> Dependency:
    """Return the dependency of a route that tells something of a merchant's; it comes after the one that lets in."""

    def note(holder: Caller, container: ContainerDep) -> Iterator[None]:
        yield
        note_seen(container, holder, what)

    found: Dependency = Depends(note, scope="function")
    return found
