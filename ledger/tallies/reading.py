"""What the tallies say of listings in a period, by local day or local hour, or for each listing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from ledger.periods import QUARTER_MS, Period, milliseconds
from ledger.tables import Tally

#: Listings named in one statement; SQLite takes 32,766 parameters.
_AT_A_TIME = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_QUARTER = timedelta(milliseconds=QUARTER_MS)


class Step(IntEnum):
    """How finely a period is divided, in quarter-hours."""

    HOUR = 4
    DAY = 96


@dataclass(frozen=True, slots=True)
class Counted:
    """So many events of a kind in one step, which begins at the local time `since`.

    `part` is a visit's grade, or who attests a payment and in which currency (`issuer CNY`), else empty; `amount` is
    what was paid, in the currency's minor unit.
    """

    kind: str
    part: str
    since: datetime
    count: int
    amount: int
    made_up: bool


@dataclass(frozen=True, slots=True)
class Total:
    """So many events of a kind at one listing in a period; `part` and `amount` as in `Counted`."""

    listing: str
    kind: str
    part: str
    count: int
    amount: int


def counts(session: Session, listings: Collection[str], period: Period, step: Step = Step.DAY) -> list[Counted]:
    """Return what happened at these listings together in a period; steps in which nothing did are left out.

    Two hours of one name, where a clock is set back, are one step.
    """
    tally = Tally
    found = []
    for first, end, shift in _stretches(period):
        since = ((col(tally.quarter) + shift) // int(step)).label("since")
        for some in _chunks(listings):
            rows = session.connection().execute(
                select(
                    col(tally.kind),
                    col(tally.part),
                    col(tally.made_up),
                    since,
                    func.sum(col(tally.count)),
                    func.sum(col(tally.amount)),
                )
                .where(col(tally.listing).in_(some), col(tally.quarter) >= first, col(tally.quarter) < end)
                .group_by(col(tally.kind), col(tally.part), col(tally.made_up), since)
            )
            found += [
                Counted(kind, part, _EPOCH + at * int(step) * _QUARTER, int(count), int(amount), bool(made_up))
                for kind, part, made_up, at, count, amount in rows
            ]
    return found


def totals(session: Session, listings: Collection[str], period: Period) -> list[Total]:
    """Return what happened at each of these listings in a period; kinds of which there were none are left out."""
    tally = Tally
    first, end = period.start_ms // QUARTER_MS, period.end_ms // QUARTER_MS
    found = []
    for some in _chunks(listings):
        rows = session.connection().execute(
            select(
                col(tally.listing),
                col(tally.kind),
                col(tally.part),
                func.sum(col(tally.count)),
                func.sum(col(tally.amount)),
            )
            .where(col(tally.listing).in_(some), col(tally.quarter) >= first, col(tally.quarter) < end)
            .group_by(col(tally.listing), col(tally.kind), col(tally.part))
        )
        found += [Total(listing, kind, part, int(count), int(amount)) for listing, kind, part, count, amount in rows]
    return found


def _stretches(period: Period) -> Iterator[tuple[int, int, int]]:
    """Yield the quarter-hours of a period, from and up to, in stretches of one offset, with it in quarter-hours."""
    start_ms, end_ms, offset = period.start_ms, period.end_ms, _offset_ms(period.start_ms, period)
    at_ms = start_ms
    while at_ms < end_ms:
        next_ms = min(at_ms + 24 * 4 * QUARTER_MS, end_ms)
        later = _offset_ms(next_ms - 1, period)
        if later != offset:
            change_ms = _change_ms(at_ms, next_ms, offset, period)
            yield start_ms // QUARTER_MS, change_ms // QUARTER_MS, offset // QUARTER_MS
            start_ms, offset = change_ms, later
        at_ms = next_ms
    yield start_ms // QUARTER_MS, end_ms // QUARTER_MS, offset // QUARTER_MS


def _change_ms(from_ms: int, end_ms: int, offset: int, period: Period) -> int:
    """Return the quarter-hour in a day at which the offset changes."""
    return next(at for at in range(from_ms, end_ms, QUARTER_MS) if _offset_ms(at, period) != offset)


def _offset_ms(at_ms: int, period: Period) -> int:
    local = datetime.fromtimestamp(at_ms / 1_000, period.tz).replace(tzinfo=UTC)
    return milliseconds(local) // QUARTER_MS * QUARTER_MS - at_ms // QUARTER_MS * QUARTER_MS


def _chunks(listings: Collection[str]) -> Iterator[list[str]]:
    named = sorted(set(listings))
    return (named[start : start + _AT_A_TIME] for start in range(0, len(named), _AT_A_TIME))
