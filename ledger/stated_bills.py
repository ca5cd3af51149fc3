"""Bills that a merchant states by word: shown as stated, and worth nothing in any sum."""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ledger.append import Receipt, Status, append, take_turn
from ledger.bills import bill_event
from ledger.disputes import disputes_of
from ledger.events import Bill


def state_bill(session: Session, listing: str, bill: Bill, *, now: datetime, tz: ZoneInfo) -> Receipt:
    """Record a bill that the merchant states; the same one again is a duplicate, unless it was taken back meanwhile.

    Args:
        session: One of `index.database.writing`, which also commits.
        listing: Of the merchant's own.
        bill: Attested by the merchant.
        now: The service's clock.
        tz: Of the local day on which it was paid.
    """
    take_turn(session)
    gone = {index for index, said in disputes_of(session, [listing]).items() if said.withdrawn}
    for number in count():
        named = f"{listing}\n\n{bill.service}\n{bill.due}\n{bill.paid}\n{bill.band}\n{number}"
        [receipt] = append(session, [bill_event(named, listing, bill, tz)], now=now, trusted=True)
        if receipt.status is not Status.DUPLICATE or receipt.index not in gone:
            return receipt
    raise AssertionError("there are numbers enough")
