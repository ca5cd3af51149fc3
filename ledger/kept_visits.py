"""Weighed visits that were computed before, kept until something is logged that could make them others.

A merchant with many guests opens several pages over the same visits. What was logged since is read by its place in the
log, which is little; when nothing of it bears on a list, the list is what `weighed_visits` would give again. Only for
sessions that read: what a transaction takes back must not be kept.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, TypeAlias

from sqlalchemy import or_, select
from sqlmodel import Session, col

from ledger.append import next_index
from ledger.attribution import DEFAULT_WINDOWS, Windows
from ledger.checks.people import REACH_MS
from ledger.tables import StoredPayload
from ledger.weighing import FEW_LISTINGS, PAID_WITHIN_MS, WeighedVisit, weighed_visits

#: Lists that are kept: both periods of a handful of merchants, and the county's.
_MOST = 16
#: Visits in all of them together, but for the last list: a few hundred bytes each.
_MOST_VISITS = 500_000
#: After so many new entries it is as quick to compute again.
_MANY = 50_000
_TOUCHES = frozenset({"open", "impression"})
_KINDS = ("visit", "erasure", "decision", "withdrawal", "payment", *sorted(_TOUCHES))

_Asked: TypeAlias = tuple[frozenset[str] | None, int, int, Windows]


@dataclass(frozen=True, slots=True)
class _Kept:
    size: int
    visits: tuple[WeighedVisit, ...]
    visitors: frozenset[str]


class KeptVisits:
    """`weighed_visits` of one database, each list computed once for as long as it holds; threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Asked, _Kept] = OrderedDict()
        self._lock = Lock()

    def __call__(
        self,
        session: Session,
        listings: Collection[str] | None,
        start_ms: int,
        end_ms: int,
        windows: Windows = DEFAULT_WINDOWS,
    ) -> list[WeighedVisit]:
        """Return what `weighed_visits` gives, in a session of `index.database.reading`."""
        asked = (None if listings is None else frozenset(listings), start_ms, end_ms, windows)
        size = next_index(session.connection())
        with self._lock:
            kept = self._kept.get(asked)
        if kept is not None and 0 <= size - kept.size <= _MANY and not _is_changed(session, asked, kept, size):
            self._keep(asked, replace(kept, size=size))
            return list(kept.visits)
        visits = weighed_visits(session, listings, start_ms, end_ms, windows)
        self._keep(asked, _Kept(size, tuple(visits), frozenset(visit.visitor for visit in visits)))
        return visits

    def _keep(self, asked: _Asked, kept: _Kept) -> None:
        with self._lock:
            self._kept[asked] = kept
            self._kept.move_to_end(asked)
            while len(self._kept) > _MOST or (len(self._kept) > 1 and self._count() > _MOST_VISITS):
                self._kept.popitem(last=False)

    def _count(self) -> int:
        return sum(len(kept.visits) for kept in self._kept.values())


def _is_changed(session: Session, asked: _Asked, kept: _Kept, size: int) -> bool:
    """Say whether something logged since could change what was kept."""
    if size == kept.size:
        return False
    listings, stored = asked[0], StoredPayload
    # A joined text, so that the entries are looked up by their place in the log: by kind there are far more.
    kind = col(stored.kind) + ""
    wanted = select(col(stored.kind), col(stored.listing), col(stored.visitor), col(stored.at_ms)).where(
        col(stored.entry_index) >= kept.size, col(stored.entry_index) < size, kind.in_(_KINDS)
    )
    if listings is not None and len(listings) <= FEW_LISTINGS:
        wanted = wanted.where(or_(kind.in_(("visit", "erasure")), (col(stored.listing) + "").in_(listings)))
    return any(_bears(row, asked, kept) for row in session.connection().execute(wanted))


def _bears(row: Any, asked: _Asked, kept: _Kept) -> bool:
    listings, start_ms, end_ms, _ = asked
    is_own = listings is None or row.listing in listings
    if row.kind in _TOUCHES:
        return row.visitor in kept.visitors
    if row.kind == "payment":
        return is_own and bool(start_ms - REACH_MS - PAID_WITHIN_MS <= row.at_ms < end_ms + PAID_WITHIN_MS)
    if row.kind == "visit":
        # One elsewhere may tell a journey that nobody makes; one here, how often somebody came.
        first_ms = start_ms - REACH_MS if is_own else start_ms
        return (is_own or row.visitor in kept.visitors) and bool(first_ms <= row.at_ms < end_ms)
    return is_own or row.kind == "erasure"
