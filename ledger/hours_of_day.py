"""How many visitors did what in each local hour: what an hour's figure may be shown by."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from ledger.events import Grade
from ledger.merchant_statistics import FIELDS
from ledger.periods import QUARTER_MS, Period, moment
from ledger.tables import StoredPayload


def visitors_by_hour(session: Session, listings: Collection[str], period: Period) -> Mapping[tuple[str, datetime], int]:
    """Return the visitors by what is counted (a field of `Totals`) and local hour, which bears no zone.

    Events without a visitor's id count for nobody.
    """
    stored = StoredPayload
    quarter = (col(stored.at_ms) // QUARTER_MS).label("quarter")
    found: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    rows = session.connection().execute(
        select(col(stored.kind), col(stored.grade), quarter, col(stored.visitor))
        .where(
            col(stored.listing).in_(listings),
            col(stored.kind).in_(tuple(FIELDS)),
            col(stored.visitor).is_not(None),
            col(stored.at_ms) >= period.start_ms,
            col(stored.at_ms) < period.end_ms,
        )
        .distinct()
    )
    for kind, grade, at, visitor in rows:
        hour = moment(int(at) * QUARTER_MS, period.tz).replace(minute=0, tzinfo=None)
        found["stated_visits" if grade == Grade.STATED else FIELDS[kind], hour].add(str(visitor))
    return {key: len(visitors) for key, visitors in found.items()}
