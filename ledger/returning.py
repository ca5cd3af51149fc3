"""Who came back: only visitors who asked to be remembered can be known again, and only they are counted."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from ledger.events import Consent
from ledger.periods import Period, moment
from ledger.tables import StoredPayload
from ledger.weighing import VERIFIED


@dataclass(frozen=True, slots=True)
class Returning:
    """Visitors of a period who asked to be remembered, and those of them who had been there on an earlier day."""

    remembered: int
    returned: int


def returning(session: Session, listings: Collection[str], period: Period) -> Returning:
    """Count who came back to these listings in a period; doubtful visits are counted like others."""
    visit = StoredPayload
    made = and_(
        col(visit.kind) == "visit",
        col(visit.listing).in_(listings),
        col(visit.grade).in_(VERIFIED),
        col(visit.consent) == Consent.REMEMBERED.value,
        col(visit.at_ms) < period.end_ms,
    )
    rows = session.connection().execute(
        select(func.min(col(visit.at_ms)), func.max(col(visit.at_ms)))
        .where(made)
        .group_by(col(visit.visitor))
        .having(func.max(col(visit.at_ms)) >= period.start_ms)
    )
    days = [(moment(first, period.tz).date(), moment(last, period.tz).date()) for first, last in rows]
    return Returning(len(days), sum(first < last for first, last in days))
