"""Builders of events with a default for everything that a test does not speak of."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from index.database import writing
from ledger.append import Receipt, append
from ledger.events import Event, Grade, Open, Ticket, Visit

#: A Tuesday noon in the county.
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TZ = ZoneInfo("Asia/Shanghai")
SECRET = b"a secret of the tests, 32 bytes."
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

_numbers = count()


def an_id(stem: str = "event") -> str:
    return f"{stem}-{next(_numbers):08d}"


def an_event(payload: Any = None, **fields: Any) -> Event:
    defaults: dict[str, Any] = {"id": an_id(), "at": NOW, "listing": "tea-house", "visitor": "visitor-1"}
    return Event(payload=payload or Open(), **(defaults | fields))


def a_visit(*, grade: Grade = Grade.SCANNED, ticket: datetime | None = None, **fields: Any) -> Event:
    return an_event(Visit(grade=grade, ticket=Ticket(opened_at=ticket) if ticket else None), **fields)


def stored(engine: Engine, *events: Event) -> list[Receipt]:
    """Append as the service itself does, and commit."""
    with writing(engine) as session:
        return append(session, events, now=NOW, trusted=True)
