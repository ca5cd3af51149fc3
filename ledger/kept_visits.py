"""Weighed visits that were computed before, kept until something is logged that could make them others.

A merchant with many guests opens several pages over the same visits. What was logged since is read by its place in the
log, which is little; when nothing of it bears on a list, the list is what `weighed_visits` would give again, and a few
visits are joined to it (`ledger.checks.examined`). Only for sessions that read: what a transaction takes back must not
be kept.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, TypeAlias

from sqlalchemy import or_, select
from sqlmodel import Session, col

from ledger.append import next_index
from ledger.attribution import DEFAULT_WINDOWS, Windows
from ledger.checks.examined import Examined
from ledger.checks.people import REACH_MS
from ledger.tables import StoredPayload
from ledger.weighing import PAID_WITHIN_MS, WeighedVisit, examined_visits, with_later_visits
from ledger.withdrawals import FEW_LISTINGS

#: Lists that are kept: both periods of a handful of merchants, and the county's.
_MOST = 16
#: Visits in all of them together, but for the last list: a few hundred bytes each.
_MOST_VISITS = 500_000
#: After so many new entries it is as quick to compute again.
_MANY = 50_000
#: So many visits are joined to a list at a time.
_FEW = 500
_TOUCHES = frozenset({"open", "impression"})
_KINDS = ("visit", "erasure", "decision", "withdrawal", "payment", *sorted(_TOUCHES))

_Asked: TypeAlias = tuple[frozenset[str] | None, int, int, Windows]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A list as it stood with so many entries; `last` is when each of its visitors was there for the last time."""

    size: int
    visits: tuple[WeighedVisit, ...]
    last: Mapping[str, int]
    examined: Examined


class KeptVisits:
    """`weighed_visits` of one database, each list computed once for as long as it holds; threads may share it.

    Visits that are logged later are joined to it, so that they alone are read, and those they have something in common
    with.
    """

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
        brought_up = None
        if kept is not None and 0 <= size - kept.size <= _MANY:
            brought_up = _brought_up(session, asked, kept, size)
        if brought_up is None:
            brought_up = _kept(size, *examined_visits(session, listings, start_ms, end_ms, windows))
        kept = brought_up
        self._keep(asked, kept)
        return list(kept.visits)

    def _keep(self, asked: _Asked, kept: _Kept) -> None:
        with self._lock:
            self._kept[asked] = kept
            self._kept.move_to_end(asked)
            while len(self._kept) > _MOST or (len(self._kept) > 1 and self._count() > _MOST_VISITS):
                self._kept.popitem(last=False)

    def _count(self) -> int:
        return sum(len(kept.visits) for kept in self._kept.values())


def _kept(size: int, visits: Sequence[WeighedVisit], examined: Examined) -> _Kept:
    # In the order of time: the last one of a visitor's stays.
    return _Kept(size, tuple(visits), {visit.visitor: visit.at_ms for visit in visits}, examined)


def _brought_up(session: Session, asked: _Asked, kept: _Kept, size: int) -> _Kept | None:
    """Return the list with what was logged since, None where something else than a few visits bears on it."""
    logged = [] if size == kept.size else _logged_since(session, asked, kept, size)
    bearing = [row for row in logged if _bears(row, asked, kept)]
    if not bearing:
        return replace(kept, size=size)
    if len(bearing) > _FEW or any(row.kind != "visit" for row in bearing):
        return None
    later = [row.entry_index for row in bearing]
    found = with_later_visits(session, kept.visits, kept.examined, later, *asked)
    return None if found is None else _kept(size, *found)


def _logged_since(session: Session, asked: _Asked, kept: _Kept, size: int) -> list[Any]:
    listings, stored = asked[0], StoredPayload
    # A joined text, so that the entries are looked up by their place in the log: by kind there are far more.
    kind = col(stored.kind) + ""
    columns = (col(stored.entry_index), col(stored.kind), col(stored.listing), col(stored.visitor), col(stored.at_ms))
    wanted = select(*columns).where(
        col(stored.entry_index) >= kept.size, col(stored.entry_index) < size, kind.in_(_KINDS)
    )
    if listings is not None and len(listings) <= FEW_LISTINGS:
        wanted = wanted.where(or_(kind.in_(("visit", "erasure")), (col(stored.listing) + "").in_(listings)))
    return list(session.connection().execute(wanted))


def _bears(row: Any, asked: _Asked, kept: _Kept) -> bool:
    """Say whether what was logged could make a list another; what only comes after a visit refers none."""
    listings, start_ms, end_ms, _ = asked
    is_own = listings is None or row.listing in listings
    if row.kind in _TOUCHES:
        return bool(row.at_ms <= kept.last.get(row.visitor, -1))
    if row.kind == "payment":
        return is_own and bool(start_ms - REACH_MS - PAID_WITHIN_MS <= row.at_ms < end_ms + PAID_WITHIN_MS)
    if row.kind == "visit":
        # One elsewhere may tell a journey that nobody makes; one here, how often somebody came.
        first_ms = start_ms - REACH_MS if is_own else start_ms
        return (is_own or row.visitor in kept.last) and bool(first_ms <= row.at_ms < end_ms)
    return is_own or row.kind == "erasure"
