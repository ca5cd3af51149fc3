"""Verified visits out of the log, each with its weight, its reasons and whether it was referred."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import orjson
from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlmodel import Session, col

from ledger.attribution import DEFAULT_WINDOWS, Interval, Windows, is_referred, kish, wilson
from ledger.checks.examined import Examined
from ledger.checks.findings import NOTHING_NOTICED, Noticed, Reason, SeenVisit
from ledger.checks.people import REACH_MS
from ledger.checks.verdicts import SOUND, Verdict, verdicts
from ledger.events import Attester, Grade
from ledger.tables import BETTER_ATTESTED, StoredPayload
from ledger.withdrawals import FEW_LISTINGS, payloads_of, withdrawn_inputs

#: Grades of a verified visit, as stored.
VERIFIED = tuple(grade.value for grade in Grade if grade.is_verified)
#: A payment belongs to a visit when it was made at most so long before or after it.
PAID_WITHIN_MS = 24 * 3_600_000
#: How a body that holds a scan can be told in SQL, so that the others need not be read.
_HAS_SCAN = '%"scan":{%'
#: How it is told here whether a visit stands for an earlier one of the day; in a text the quotes would be escaped.
_INSTEAD_OF = '"instead_of":"'
_GRADES = {grade.value: grade for grade in Grade}
#: So many visitors are named to the database at a time.
_AT_A_TIME = 500


class _Row(NamedTuple):
    """A visit as it is read; in the order of time, and of the log within a moment."""

    at_ms: int
    entry_index: int
    listing: str
    visitor: str
    grade: str
    made_up: bool
    id: str
    referred: int
    body: str | None


class _Elsewhere(NamedTuple):
    """A visit to another listing as it is read."""

    entry_index: int
    at_ms: int
    listing: str
    visitor: str
    id: str
    body: str | None


#: Either of them.
_Any = TypeVar("_Any", _Row, _Elsewhere)


@dataclass(frozen=True, slots=True)
class WeighedVisit:
    """A verified visit. `index` is its place in the log; `grade` is A when an issuer's payment lifted it."""

    index: int
    at_ms: int
    listing: str
    visitor: str
    grade: Grade
    made_up: bool
    referred: bool
    verdict: Verdict

    @property
    def weight(self) -> float:
        """What it counts, in [0, 1]."""
        return self.verdict.weight

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is doubtful."""
        return self.verdict.reasons


@dataclass(frozen=True, slots=True)
class WeighedVisitor:
    """A visitor of a period, with one weight: that of the soundest of their visits, which also say who is referred."""

    weight: float
    referred: bool


@dataclass(frozen=True, slots=True)
class Share:
    """The share of visitors referred: as counted (`referred` of `visitors`), and weighted with its interval.

    `effective` is Kish's effective number of visitors; `share` is None when no visitor has any weight.
    """

    visitors: int
    referred: int
    share: float | None
    effective: float
    interval: Interval | None


class Weigh(Protocol):
    """What gives weighed visits: `weighing.weighed_visits`, or one that keeps them."""

    def __call__(
        self,
        session: Session,
        listings: Collection[str] | None,
        start_ms: int,
        end_ms: int,
        windows: Windows = DEFAULT_WINDOWS,
    ) -> list[WeighedVisit]:
        """Return the verified visits of a time, in its order."""
        ...


def weighed_visits(
    session: Session,
    listings: Collection[str] | None,
    start_ms: int,
    end_ms: int,
    windows: Windows = DEFAULT_WINDOWS,
) -> list[WeighedVisit]:
    """Return the verified visits from `start_ms` up to, but not including, `end_ms`, in the order of time.

    Args:
        session: One for reading.
        listings: Whose; None for all.
        start_ms: Milliseconds since 1970 UTC.
        end_ms: The same.
        windows: How long an open or an impression refers.
    """
    rows = _rows(session, _visits(listings, start_ms, end_ms, windows))
    if not rows:
        return []
    seen = _all_seen(session, rows, listings, start_ms, end_ms)
    paid = _paid(session, rows, withdrawn_inputs(session, {row.listing for row in rows}))
    found = verdicts(seen, paid=paid, decisions=_decisions(session, {row.listing for row in rows}))
    return [_weighed(row, paid, found.get(row.entry_index, SOUND)) for row in rows if row.at_ms >= start_ms]


def examined_visits(
    session: Session,
    listings: Collection[str] | None,
    start_ms: int,
    end_ms: int,
    windows: Windows = DEFAULT_WINDOWS,
) -> tuple[list[WeighedVisit], Examined]:
    """Return what `weighed_visits` gives, and what `with_later_visits` needs to join later ones to them."""
    rows = _rows(session, _visits(listings, start_ms, end_ms, windows))
    names = {row.listing for row in rows}
    paid = _paid(session, rows, withdrawn_inputs(session, names))
    seen = _all_seen(session, rows, listings, start_ms, end_ms)
    examined = Examined.of(seen, paid=paid, decisions=_decisions(session, names))
    doubted = examined.doubted()
    visits = [
        _weighed(row, paid, examined.verdict(row.entry_index) if row.entry_index in doubted else SOUND)
        for row in rows
        if row.at_ms >= start_ms
    ]
    return visits, examined


def with_later_visits(
    session: Session,
    visits: Sequence[WeighedVisit],
    examined: Examined,
    later: Collection[int],
    listings: Collection[str] | None,
    start_ms: int,
    end_ms: int,
    windows: Windows = DEFAULT_WINDOWS,
) -> tuple[list[WeighedVisit], Examined] | None:
    """Return what `examined_visits` would give after visits were logged, reading little but these.

    Args:
        session: One for reading.
        visits: What `examined_visits` gave for the same listings, time and windows, or this function did.
        examined: The same.
        later: The places in the log of all visits since, to these listings and of their visitors elsewhere. Nothing
            else that bears on the visits may have been logged since.
        listings: Whose; None for all.
        start_ms: Milliseconds since 1970 UTC.
        end_ms: The same.
        windows: How long an open or an impression refers.

    Returns:
        None where one of them stands instead of an earlier one: then all have to be examined again.
    """
    before = examined.columns.index
    known = set(before[np.isin(before, list(later))].tolist())
    named = sorted(set(later) - known)
    visit = StoredPayload
    wanted = _visits(listings, start_ms, end_ms, windows).where(col(visit.entry_index).in_(named))
    rows = sorted(_Row._make(row) for row in session.connection().execute(wanted))
    new = [_seen(row.entry_index, row.at_ms, row.listing, row.visitor, row.body) for row in rows]
    if listings is not None:
        own = {row.entry_index for row in rows}
        elsewhere = _seen_at(session, [index for index in named if index not in own])
        visited = [one for one in _elsewhere(session, new, listings, start_ms, end_ms) if one.index not in known]
        new = list({one.index: one for one in (*new, *elsewhere, *visited)}.values())
        new = [one for one in new if not np.isin(one.index, before)]
    if _stand_for_others(session, [one.index for one in new]):
        return None
    paid = _paid(session, rows, withdrawn_inputs(session, {row.listing for row in rows}))
    joined, changed = examined.joined(new, paid=paid, read=lambda indices: _seen_at(session, indices))
    kept = (replace(one, verdict=joined.verdict(one.index)) if one.index in changed else one for one in visits)
    added = [_weighed(row, paid, joined.verdict(row.entry_index)) for row in rows if row.at_ms >= start_ms]
    return sorted((*kept, *added), key=lambda one: (one.at_ms, one.index)), joined


def visitors_of(visits: Iterable[WeighedVisit]) -> dict[str, WeighedVisitor]:
    """Return the visitors of these visits; one is referred when a visit of their own weight is."""
    found: dict[str, WeighedVisitor] = {}
    for visit in visits:
        best = found.get(visit.visitor)
        if best is None or visit.weight > best.weight:
            found[visit.visitor] = WeighedVisitor(visit.weight, visit.referred)
        elif visit.weight == best.weight and visit.referred:
            found[visit.visitor] = WeighedVisitor(best.weight, referred=True)
    return found


def share_of(visitors: Mapping[str, WeighedVisitor]) -> Share:
    """Return the share of these visitors who were referred."""
    counted, referred = len(visitors), sum(visitor.referred for visitor in visitors.values())
    weights = [visitor.weight for visitor in visitors.values()]
    total = sum(weights)
    if not total:
        return Share(counted, referred, None, 0.0, None)
    share = sum(visitor.weight for visitor in visitors.values() if visitor.referred) / total
    effective = kish(weights)
    return Share(counted, referred, share, effective, wilson(share * effective, effective))


def _rows(session: Session, wanted: Select[Any]) -> list[_Row]:
    """Return the visits that count, in the order of time."""
    found = session.connection().execute(wanted).partitions(_AT_A_TIME)
    # Sorted here: asked for them in the order of time, SQLite reads the visits to everybody and sorts out ours.
    return _counting(sorted(map(_Row._make, chain.from_iterable(found))))


def _weighed(row: _Row, paid: Collection[int], verdict: Verdict) -> WeighedVisit:
    return WeighedVisit(
        row.entry_index,
        row.at_ms,
        row.listing,
        row.visitor,
        Grade.PAID if row.entry_index in paid else _GRADES[row.grade],
        row.made_up,
        bool(row.referred),
        verdict,
    )


def _all_seen(
    session: Session, rows: Sequence[_Row], listings: Collection[str] | None, start_ms: int, end_ms: int
) -> list[SeenVisit]:
    """Return these visits as the checks see them, and what their visitors did elsewhere."""
    seen = [_seen(row.entry_index, row.at_ms, row.listing, row.visitor, row.body) for row in rows]
    if listings is not None and any(visit.scan is not NOTHING_NOTICED for visit in seen):
        seen += _elsewhere(session, seen, listings, start_ms, end_ms)
    return seen


def _seen_at(session: Session, indices: Sequence[int]) -> list[SeenVisit]:
    """Return the verified visits at these places in the log."""
    visit = StoredPayload
    found: list[SeenVisit] = []
    for start in range(0, len(indices), _AT_A_TIME):
        rows = session.connection().execute(
            select(
                col(visit.entry_index), col(visit.at_ms), col(visit.listing), col(visit.visitor), _scan_body(visit)
            ).where(col(visit.entry_index).in_(indices[start : start + _AT_A_TIME]), col(visit.grade).in_(VERIFIED))
        )
        found += [_seen(*row) for row in rows]
    return found


def _stand_for_others(session: Session, indices: Sequence[int]) -> bool:
    """Say whether one of these visits stands for an earlier one of the same day."""
    visit = StoredPayload
    wanted = select(col(visit.entry_index)).where(
        col(visit.entry_index).in_(indices), col(visit.body).like(BETTER_ATTESTED)
    )
    return session.connection().execute(wanted.limit(1)).first() is not None


def _visits(listings: Collection[str] | None, start_ms: int, end_ms: int, windows: Windows) -> Select[Any]:
    visit = StoredPayload
    return (
        select(
            col(visit.at_ms),
            col(visit.entry_index),
            col(visit.listing),
            col(visit.visitor),
            col(visit.grade),
            col(visit.made_up),
            col(visit.id),
            # A condition over an absent ticket is unknown rather than false. Of visits before nobody asks.
            case((col(visit.at_ms) < start_ms, 0), (is_referred(visit, windows), 1), else_=0).label("referred"),
            _scan_body(visit),
        )
        # Those of the 30 days before are needed to know how often somebody came.
        .where(_verified(visit, listings, start_ms - REACH_MS, end_ms))
    )


def _verified(visit: Any, listings: Collection[str] | None, start_ms: int, end_ms: int) -> ColumnElement[bool]:
    wanted = and_(visit.kind == "visit", visit.at_ms >= start_ms, visit.at_ms < end_ms, visit.grade.in_(VERIFIED))
    return wanted if listings is None else and_(wanted, visit.listing.in_(listings))


def _scan_body(visit: Any) -> Any:
    return case((or_(visit.body.like(_HAS_SCAN), visit.body.like(BETTER_ATTESTED)), visit.body), else_=None).label(
        "body"
    )


def _counting(rows: list[_Any]) -> list[_Any]:
    """Return the visits without those for which a better attested one of the same day stands."""
    bodies = (row.body for row in rows if row.body is not None and _INSTEAD_OF in row.body)
    replaced = {orjson.loads(body)["payload"].get("instead_of") for body in bodies}
    return [row for row in rows if row.id not in replaced] if replaced else rows


def _seen(index: int, at_ms: int, listing: str, visitor: str, body: str | None) -> SeenVisit:
    return SeenVisit(index, at_ms, listing, visitor, NOTHING_NOTICED if body is None else _noticed(body))


def _noticed(body: str) -> Noticed:
    scan = orjson.loads(body)["payload"].get("scan")
    if scan is None:
        return NOTHING_NOTICED
    # By place, which takes half as long: a canonical text has the names in their order.
    return Noticed(*scan.values()) if tuple(scan) == Noticed._fields else Noticed(**scan)


def _elsewhere(
    session: Session, seen: Sequence[SeenVisit], listings: Collection[str], start_ms: int, end_ms: int
) -> list[SeenVisit]:
    """Return what the visitors of these visits in the period did at others, which tells journeys that nobody makes."""
    known = {visit.index for visit in seen}
    visitors = sorted({visit.visitor for visit in seen if visit.at_ms >= start_ms})
    other = StoredPayload
    who = (col(other.listing), col(other.visitor), col(other.id))
    columns = (col(other.entry_index), col(other.at_ms), *who, _scan_body(other))
    # Sums and joined texts, so that only visitors can be looked up: of visits by time there are far more.
    wanted = select(*columns).where(
        (col(other.kind) + "") == "visit",
        (col(other.at_ms) + 0).between(start_ms, end_ms - 1),
        (col(other.grade) + "").in_(VERIFIED),
    )
    if len(listings) <= FEW_LISTINGS:
        wanted = wanted.where((col(other.listing) + "").not_in(listings))
    found: list[SeenVisit] = []
    for start in range(0, len(visitors), _AT_A_TIME):
        some = wanted.where(col(other.visitor).in_(visitors[start : start + _AT_A_TIME]))
        rows = _counting([_Elsewhere._make(row) for row in session.connection().execute(some)])
        found += [
            _seen(row.entry_index, row.at_ms, row.listing, row.visitor, row.body)
            for row in rows
            if row.entry_index not in known
        ]
    return found


def _paid(session: Session, rows: Sequence[Any], withdrawn: Collection[int]) -> set[int]:
    """Return the scanned visits that a payment names which its issuer attests, and which is not withdrawn."""
    scanned = {row.id: row for row in rows if row.grade == Grade.SCANNED}
    paid: set[int] = set()
    if not scanned:
        return paid
    times = [row.at_ms for row in scanned.values()]
    # A till's feed goes on for years: only what can belong to these visits is read.
    near = (min(times) - PAID_WITHIN_MS, max(times) + PAID_WITHIN_MS)
    payments = payloads_of(session, "payment", {row.listing for row in scanned.values()}, near)
    for index, at_ms, listing, payload in payments:
        row = scanned.get(payload.get("visit"))
        attested = payload["attested_by"] == Attester.ISSUER.value and index not in withdrawn
        if row is not None and attested and row.listing == listing and abs(row.at_ms - at_ms) <= PAID_WITHIN_MS:
            paid.add(row.entry_index)
    return paid


def _decisions(session: Session, listings: Collection[str]) -> dict[int, bool]:
    """Return what a person decided last on each disputed visit."""
    found = payloads_of(session, "decision", listings)
    return {payload["visit_index"]: bool(payload["counts"]) for _, _, _, payload in found}
