"""An event as it is stored: its canonical text, and the columns of `payloads` that are read out of it.

Both are written by short ways, because they are most of what an append costs; `tests/ledger/test_storing.py` holds them
against the long ones.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from ledger.events import Consent, Event, Impression, Payload, Visit, Withheld
from ledger.periods import milliseconds
from ledger.proof import CanonicalError, canonical_json

#: Looked up, because an enumeration's `value` takes longer than the rest of a row.
_CONSENTS = {consent: consent.value for consent in Consent}
#: What orjson may write is what JSON has: sorted names, integers that every reader takes, no dates.
_ORJSON = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_DATETIME
#: Below this a double that is whole is exact as an integer.
_MAX_EXACT = 2.0**53
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
    """Return orjson's text where it is the canonical one, which it nearly always is, else the canonical one."""
    if not isinstance(payload, Visit):
        try:
            text = orjson.dumps(_fields(payload), option=_ORJSON).decode()
        except orjson.JSONEncodeError:
            return _long_way(payload)
        # Beyond ASCII the order of names differs: orjson's is that of UTF-8, RFC 8785's that of UTF-16.
        if text.isascii() and not _is_otherwise(text):
            return text
    return _long_way(payload)


def _is_otherwise(text: str) -> bool:
    """Say whether orjson wrote a number with an exponent, or a whole one as a double; words can be false alarms."""
    return "e-" in text or "e+" in text or ".0," in text or ".0}" in text or ".0]" in text


def _fields(payload: Payload) -> dict[str, Any]:
    """Return what a payload dumps, with whole numbers as integers where it has doubles, which are finite."""
    if isinstance(payload, Impression):
        return {**vars(payload), "propensity": _number(payload.propensity), "terms": _numbers(payload.terms)}
    if isinstance(payload, Withheld):
        return {**vars(payload), "propensity": _number(payload.propensity)}
    return vars(payload)


def _numbers(terms: Mapping[str, float]) -> dict[str, float]:
    return {name: _number(value) if value.is_integer() else value for name, value in terms.items()}


def _number(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < _MAX_EXACT else value


def _long_way(payload: Payload) -> str:
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
