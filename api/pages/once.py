"""The id that a page gives its form, so that a double tap, or the form sent again, is one event."""

import re

from ledger.events import ID_PATTERN

_EVENT_ID = re.compile(ID_PATTERN)


def event_id_of(sent: str) -> str | None:
    """Return the id that came with a form; None for anything that is none."""
    return sent if _EVENT_ID.fullmatch(sent) else None
