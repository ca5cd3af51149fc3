"""What was understood of the searches in which listings were shown: chip ids, never words, each from five visitors.

A chip that fewer visitors asked for is left out. At most the newest `MOST_READ` impressions are looked at, so that a
busy listing's page is as quick as a quiet one's; `Asked.since_ms` says from when on everything was read.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from ledger.disclosure import FEWEST_VISITORS
from ledger.periods import Period
from ledger.tables import StoredPayload

#: Impressions that are read of a period, newest first.
MOST_READ = 5_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A limit by its id (`facility:@parking`), and how many visitors asked for it; five at least."""

    id: str
    visitors: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Chips, the most asked for first. `since_ms` is where reading stopped short; None when the whole period was read.

    `impressions` were read, of `visitors` with an id; None when those are fewer than five.
    """

    chips: tuple[Chip, ...]
    impressions: int
    visitors: int | None
    since_ms: int | None


def asked(
    session: Session,
    listings: Collection[str],
    period: Period,
    *,
    opened: bool = False,
    counted_as: Callable[[str], str] = str,
) -> Asked:
    """Return what visitors asked for when they were shown any of these listings.

    `opened` keeps those visitors who opened one of the listings in the period: whoever found it. `counted_as` gives the
    id that a chip is counted as, where several mean the same to who reads it.
    """
    shown = StoredPayload
    rows = (
        session.connection()
        .execute(
            select(col(shown.visitor), col(shown.at_ms), col(shown.body))
            .where(*_within(listings, period, "impression"), col(shown.visitor).is_not(None))
            .order_by(col(shown.at_ms).desc(), col(shown.entry_index).desc())
            .limit(MOST_READ)
        )
        .all()
    )
    openers = _openers(session, listings, period) if opened else None
    asking: dict[str, set[str]] = defaultdict(set)
    everybody = set()
    for visitor, _, body in rows:
        if openers is None or visitor in openers:
            everybody.add(str(visitor))
            for chip in json.loads(body)["payload"].get("understood", ()):
                asking[counted_as(chip)].add(str(visitor))
    enough = [Chip(chip, len(visitors)) for chip, visitors in asking.items() if len(visitors) >= FEWEST_VISITORS]
    return Asked(
        chips=tuple(sorted(enough, key=lambda chip: (-chip.visitors, chip.id))),
        impressions=len(rows),
        visitors=len(everybody) if len(everybody) >= FEWEST_VISITORS else None,
        since_ms=int(rows[-1].at_ms) if len(rows) == MOST_READ else None,
    )


def _openers(session: Session, listings: Collection[str], period: Period) -> set[str]:
    wanted = select(col(StoredPayload.visitor)).where(*_within(listings, period, "open")).distinct()
    return {str(visitor) for visitor in session.connection().execute(wanted).scalars()}


def _within(listings: Collection[str], period: Period, kind: str) -> tuple[ColumnElement[bool], ...]:
    stored = StoredPayload
    return (
        col(stored.kind) == kind,
        col(stored.listing).in_(listings),
        col(stored.at_ms) >= period.start_ms,
        col(stored.at_ms) < period.end_ms,
    )
