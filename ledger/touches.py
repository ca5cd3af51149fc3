"""What led a referred visitor here: having been shown the listing, or having opened it; by three rules, never mixed.

The first touch before a visit, the last one, or all of them in equal parts. Each referred visitor has one credit of
their own weight, so that the sums of the three rules are the same, and only the parts differ.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from math import fsum

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from ledger.attribution import Windows
from ledger.tables import StoredPayload
from ledger.weighing import WeighedVisit

#: A ticket is precise to the second: an open within it is the same.
_SECOND_MS = 1_000
_AT_A_TIME = 500


class TouchKind(StrEnum):
    """How a listing came before a visitor's eyes."""

    SHOWN = "shown"
    OPENED = "opened"


@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """One time that a visitor met the listing here, milliseconds since 1970 UTC."""

    at_ms: int
    kind: TouchKind


@dataclass(frozen=True, slots=True)
class ReferralCredit:
    """How much of the referred visitors each kind of touch is credited with: by the first, the last, and all touches.

    A kind that is absent has none. The values of each rule add up to the weighted number of referred visitors.
    """

    first: Mapping[TouchKind, float] = field(default_factory=dict)
    last: Mapping[TouchKind, float] = field(default_factory=dict)
    shared: Mapping[TouchKind, float] = field(default_factory=dict)


def divide(touches: Mapping[str, Collection[Touch]], weights: Mapping[str, float]) -> ReferralCredit:
    """Divide the credit of each visitor, by their touches and weights; who has no touch has no credit."""
    parts: tuple[dict[TouchKind, list[float]], ...] = ({}, {}, {})
    for visitor, met in touches.items():
        ordered = sorted(set(met))
        if not ordered:
            continue
        weight = weights[visitor]
        parts[0].setdefault(ordered[0].kind, []).append(weight)
        parts[1].setdefault(ordered[-1].kind, []).append(weight)
        for touch in ordered:
            parts[2].setdefault(touch.kind, []).append(weight / len(ordered))
    # Rounded once: databases give the rows in orders of their own, and the last digit must not tell which one it was.
    return ReferralCredit(*({kind: fsum(each) for kind, each in rule.items()} for rule in parts))


def referral_credit(session: Session, visits: Sequence[WeighedVisit], windows: Windows) -> ReferralCredit:
    """Return what the referred visitors of these visits are credited to."""
    weights: dict[str, float] = {}
    for visit in visits:
        weights[visit.visitor] = max(visit.weight, weights.get(visit.visitor, 0.0))
    # A visitor is credited by the visits that have their own weight, as `weighing.visitors_of` counts them.
    referred = {visit.index: visit for visit in visits if visit.referred and visit.weight == weights[visit.visitor]}
    touches: dict[str, set[Touch]] = defaultdict(set)
    indices = sorted(referred)
    for start in range(0, len(indices), _AT_A_TIME):
        for index, touch in _touches(session, indices[start : start + _AT_A_TIME], windows):
            touches[referred[index].visitor].add(touch)
    return divide(touches, weights)


def _touches(session: Session, indices: Sequence[int], windows: Windows) -> list[tuple[int, Touch]]:
    visit, touch = aliased(StoredPayload), aliased(StoredPayload)
    before_ms = col(visit.at_ms) - col(touch.at_ms)
    met = or_(
        and_(col(touch.kind) == "open", before_ms.between(0, _ms(windows.opens))),
        and_(col(touch.kind) == "impression", before_ms.between(0, _ms(windows.impressions))),
    )
    rows = session.connection().execute(
        select(col(visit.entry_index), col(visit.at_ms), col(visit.ticket_ms), col(touch.kind), col(touch.at_ms))
        .join(
            touch,
            and_(col(touch.visitor) == col(visit.visitor), col(touch.listing) == col(visit.listing), met),
            isouter=True,
        )
        .where(col(visit.entry_index).in_(indices))
    )
    found: dict[int, set[Touch]] = defaultdict(set)
    tickets: dict[int, int] = {}
    for index, at_ms, ticket_ms, kind, touched_ms in rows:
        if touched_ms is not None:
            found[index].add(Touch(touched_ms, TouchKind.OPENED if kind == "open" else TouchKind.SHOWN))
        if ticket_ms is not None and 0 <= at_ms - ticket_ms <= _ms(windows.opens):
            tickets[index] = ticket_ms
    for index, ticket_ms in tickets.items():
        opened = (touch.at_ms for touch in found[index] if touch.kind is TouchKind.OPENED)
        if not any(abs(at_ms - ticket_ms) <= _SECOND_MS for at_ms in opened):
            found[index].add(Touch(ticket_ms, TouchKind.OPENED))
    return [(index, touch) for index, touches in found.items() for touch in touches]


def _ms(window: timedelta) -> int:
    return window // timedelta(milliseconds=1)
