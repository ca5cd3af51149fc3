"""An event as it is stored: its canonical text, and the columns of `payloads` that are read out of it.

Both are written by short ways, because they are most of what an append costs; `tests/ledger/test_storing.py` holds them
against the long ones.
"""

from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from ledger.events import Consent, Event, Payload, Visit
from ledger.periods import milliseconds
from ledger.proof import CanonicalError, canonical_json

#: Looked up, because an enumeration's `value` takes longer than the rest of a row.
_CONSENTS = {consent: consent.value for consent in Consent}
#: The columns of `payloads` that are read out of an event, in their order there.
COLUMNS = ("id", "kind", "at_ms", "listing", "visitor", "consent", "made_up", "grade", "ticket_ms")
#: Id, kind, time, listing, visitor, consent, made up, grade, time of the ticket.
Columns: TypeAlias = tuple[str, str, int, str | None, str | None, str, bool, str | None, int | None]


def event_json(event: Event) -> str:
    """Return `canonical_json(event.model_dump(mode="json"))`, which takes four times as long.

    Raises:
        CanonicalError: A string of the event is not Unicode, or a number of it not exact.
    """
    visitor = "null" if event.visitor is None else f'"{event.visitor}"'
    return (
        f'{{"at":"{_written(event.at)}","consent":"{_CONSENTS[event.consent]}","id":"{event.id}",'
        f'"listing":{_quoted(event.listing)},"made_up":{"true" if event.made_up else "false"},'
        f'"payload":{_payload_json(event.payload)},"visitor":{visitor}}}'
    )


def columns_of(event: Event) -> Columns:
    """Return the values of `COLUMNS`."""
    payload = event.payload
    grade = ticket_ms = None
    if isinstance(payload, Visit):
        grade = payload.grade.value
        ticket_ms = milliseconds(payload.ticket.opened_at) if payload.ticket is not None else None
    return (
        event.id,
        payload.kind,
        _milliseconds(event.at),
        event.listing,
        event.visitor,
        _CONSENTS[event.consent],
        event.made_up,
        grade,
        ticket_ms,
    )


def _payload_json(payload: Payload) -> str:
    try:
        # But for a visit's, a payload's fields are what it dumps.
        return canonical_json(payload.model_dump() if isinstance(payload, Visit) else vars(payload))
    except CanonicalError:  # a date or a time within, which JSON has not
        return canonical_json(payload.model_dump(mode="json"))


#: The ten impressions of a search, and what a device reports of a moment, have one time.
@lru_cache(maxsize=4_096)
def _written(at: datetime) -> str:
    return f"{at.isoformat()[: -len('+00:00')]}Z"


_milliseconds = lru_cache(maxsize=4_096)(milliseconds)


@lru_cache(maxsize=4_096)
def _quoted(listing: str | None) -> str:
    return canonical_json(listing)
