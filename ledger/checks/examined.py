"""Visits that were examined before, to which later ones are joined by examining only what they have in common.

What a check finds of a visit depends on the visits that share something with it: a device, a code, a week. Of all that
were examined 64 bits are kept for each such thing, by which a later visit finds those it has to be set against; they
are read again, and all others stay as they were. `verdicts` says the same of all visits at once.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ledger.checks import codes, people, places
from ledger.checks.findings import Finding, Noticed, SeenVisit
from ledger.checks.verdicts import CHECKS, Check, Verdict, is_explained, verdict_of

Key: TypeAlias = Callable[[SeenVisit], Hashable | None]
Read: TypeAlias = Callable[[list[int]], Iterable[SeenVisit]]
_Findings: TypeAlias = dict[int, list[Finding]]


def _staff(visit: SeenVisit) -> Hashable | None:
    staff_of = visit.scan.staff_of
    return None if staff_of in (None, visit.listing) else (visit.listing, staff_of)


def _device(visit: SeenVisit) -> Hashable | None:
    scan = visit.scan
    return None if scan.device is None or scan.network is None else (visit.listing, scan.network, scan.device)


def _visitor(visit: SeenVisit) -> Hashable | None:
    return visit.listing, visit.visitor


def _exchange(visit: SeenVisit) -> Hashable | None:
    return None if visit.scan.exchange is None else (visit.listing, visit.scan.exchange)


def _step(visit: SeenVisit) -> Hashable | None:
    return None if visit.scan.step is None else (visit.listing, visit.scan.step)


def _network(visit: SeenVisit) -> Hashable | None:
    return None if visit.scan.network is None else (visit.listing, visit.scan.network)


def _traveller(visit: SeenVisit) -> Hashable | None:
    return None if visit.scan.place is None else visit.visitor


#: What visits have in common that a check sets against each other, and how many it takes for anything to be found.
#: A check that is not here looks at each visit alone.
COMMON: Mapping[Check, tuple[Key, int]] = {
    people.merchants_in_a_ring: (_staff, people.MAX_OF_MERCHANT + 1),
    people.one_device: (_device, people.MIN_AT_ONCE),
    people.capped_visitors: (_visitor, people.MAX_OF_VISITOR + 1),
    codes.replayed: (_exchange, codes.MIN_REPLAYS),
    codes.forwarded: (_step, codes.MIN_FORWARDED),
    codes.bursts: (_network, codes.MAX_AT_ONCE + 1),
    places.impossible_travel: (_traveller, 2),
}
#: What `places.unlocated` reads of a visit, by three bits: lacks a location, has one, was inside.
_LIGHT = tuple(
    Noticed(asked=bool(bits & 1), cell="there" if bits & 2 else None, own_network=bool(bits & 4)) for bits in range(8)
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Visits by their place in the log, and by what they have in common with others.

    `common` has for each check of `COMMON` the hash of what a visit has, 0 for nothing; `week` that of its listing and
    week.
    """

    index: NDArray[np.int64]
    common: Mapping[Check, NDArray[np.int64]]
    week: NDArray[np.int64]
    bits: NDArray[np.uint8]

    @classmethod
    def of(cls, visits: Sequence[SeenVisit]) -> Self:
        """Return those of visits, in their order."""

        def hashes(key: Key) -> NDArray[np.int64]:
            return np.fromiter((_hashed(key(visit)) for visit in visits), np.int64, len(visits))

        return cls(
            np.fromiter((visit.index for visit in visits), np.int64, len(visits)),
            {check: hashes(key) for check, (key, _) in COMMON.items()},
            hashes(_week),
            np.fromiter((_bits(visit) for visit in visits), np.uint8, len(visits)),
        )

    def several(self, check: Check, visits: Sequence[SeenVisit]) -> Sequence[SeenVisit]:
        """Return the visits of which a check can find anything: hardly any share anything with others."""
        if check not in COMMON:
            return visits
        _, which, counts = np.unique(self.common[check], return_inverse=True, return_counts=True)
        shared = np.flatnonzero((counts[which] >= COMMON[check][1]) & (self.common[check] != 0))
        return [visits[place] for place in shared.tolist()]

    def followed_by(self, others: "Columns") -> "Columns":
        """Return these and then others."""
        return Columns(
            np.concatenate([self.index, others.index]),
            {check: np.concatenate([each, others.common[check]]) for check, each in self.common.items()},
            np.concatenate([self.week, others.week]),
            np.concatenate([self.bits, others.bits]),
        )


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of visits, and by what those that come later find those they belong with."""

    columns: Columns
    paid: frozenset[int]
    decisions: Mapping[int, bool]
    found: Mapping[Check, _Findings]

    @classmethod
    def of(
        cls, visits: Sequence[SeenVisit], *, paid: Collection[int] = frozenset(), decisions: Mapping[int, bool]
    ) -> Self:
        """Examine visits; what is asked for is what `ledger.checks.verdicts.verdicts` takes."""
        columns = Columns.of(visits)
        found: dict[Check, _Findings] = {}
        for check in CHECKS:
            found[check] = _findings(check, columns.several(check, visits), paid)
        doubted = set[int]().union(*found.values())
        remaining = [visit for visit in visits if visit.index not in doubted]
        found[places.unlocated] = _findings(places.unlocated, remaining, paid)
        return cls(columns, frozenset(paid), decisions, found)

    def verdict(self, index: int) -> Verdict:
        """Return what a visit weighs, and why."""
        return verdict_of([one for each in self.found.values() for one in each.get(index, ())], self.decisions, index)

    def doubted(self) -> set[int]:
        """Return the visits of which a check or a person had something to say; all others are sound."""
        return set(self.decisions).union(*self.found.values())

    def joined(self, new: Sequence[SeenVisit], *, paid: Collection[int], read: Read) -> tuple[Self, set[int]]:
        """Return what holds with further visits, and those of which something else holds than before.

        Args:
            new: Visits that were not examined yet.
            paid: Those of them for which an issuer attests a payment.
            read: Gives visits that were examined, by their places in the log.
        """
        everybody = self.paid | frozenset(paid)
        known, changed = {visit.index: visit for visit in new}, {visit.index for visit in new}
        found: dict[Check, _Findings] = {}
        for check in CHECKS:
            group = self._belonging(check, new, known, read)
            found[check] = _replaced(self.found[check], _findings(check, group, everybody), group, changed)
        weeks = {_week(known[index]) for index in changed}
        group = [visit for listing, week in weeks for visit in self._of_week(listing, week, new)]
        doubted = {visit.index for visit in group if any(visit.index in each for each in found.values())}
        remaining = [visit for visit in group if visit.index not in doubted]
        relative = _findings(places.unlocated, remaining, everybody)
        found[places.unlocated] = _replaced(self.found[places.unlocated], relative, group, changed)
        columns = self.columns.followed_by(Columns.of(new))
        return type(self)(columns, everybody, self.decisions, found), changed

    def _belonging(
        self, check: Check, new: Sequence[SeenVisit], known: dict[int, SeenVisit], read: Read
    ) -> list[SeenVisit]:
        if check not in COMMON:
            return list(new)
        key, _ = COMMON[check]
        keys = {key(visit) for visit in new} - {None}
        if not keys:
            return []
        places_of = self.columns.index[np.isin(self.columns.common[check], [_hashed(each) for each in keys])].tolist()
        known |= {visit.index: visit for visit in read([index for index in places_of if index not in known])}
        # Two keys may have the same hash.
        return [visit for visit in (*(known[index] for index in places_of), *new) if key(visit) in keys]

    def _of_week(self, listing: str, week: int, new: Sequence[SeenVisit]) -> list[SeenVisit]:
        here = self.columns.week == _hashed((listing, week))
        light = zip(self.columns.index[here].tolist(), self.columns.bits[here].tolist(), strict=True)
        at_ms = week * places.WEEK_MS
        before = [SeenVisit(index, at_ms, listing, "", _LIGHT[bits]) for index, bits in light]
        return before + [visit for visit in new if _week(visit) == (listing, week)]


def _findings(check: Check, visits: Sequence[SeenVisit], paid: Collection[int]) -> _Findings:
    found: _Findings = defaultdict(list)
    for finding in check(visits):
        if not is_explained(finding, paid):
            found[finding.index].append(finding)
    return dict(found)


def _replaced(before: _Findings, now: _Findings, group: Sequence[SeenVisit], changed: set[int]) -> _Findings:
    """Return the findings with those of a group instead of the earlier ones; what differs is added to `changed`."""
    found = dict(before)
    for visit in group:
        if found.pop(visit.index, None) != now.get(visit.index):
            changed.add(visit.index)
    return found | now


def _week(visit: SeenVisit) -> tuple[str, int]:
    return visit.listing, visit.at_ms // places.WEEK_MS


def _bits(visit: SeenVisit) -> int:
    scan = visit.scan
    return visit.lacks_location + 2 * (scan.cell is not None) + 4 * scan.own_network


def _hashed(key: Hashable | None) -> int:
    return 0 if key is None else hash(key) or 1
