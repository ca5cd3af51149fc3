"""The hold-out read out of the log: who was eligible, which arm they got, whether they came; and what that caused.

A unit is a visitor x listing x window of days. It is assigned once, at its first eligibility in the window: an
impression with a propensity below 1 is the shown arm, a `withheld` event the other. What counts is whether the visitor
made credible visits to that listing from then to the end of the window, however often they were shown it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlmodel import Session, col

from ledger.attribution import DEFAULT_WINDOWS
from ledger.checks.verdicts import CREDIBLE
from ledger.experiment import Array, arms_of, caused, design_effect
from ledger.periods import Period, moment
from ledger.tables import StoredPayload
from ledger.weighing import Weigh, WeighedVisit, weighed_visits

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Caused:
    """What being shown caused for one listing: visits per eligible unit with a 95% interval, and both arms' units.

    `visits` is the estimate for all units that were shown the listing.
    """

    per_unit: float
    low: float
    high: float
    shown: int
    withheld: int

    @property
    def visits(self) -> float:
        """Return the visits caused among those who were shown the listing."""
        return self.per_unit * self.shown


@dataclass(frozen=True, slots=True)
class Displacement:
    """What being shown one listing did to visits to others like it, per eligible unit; below zero it took some away."""

    per_unit: float
    low: float
    high: float
    units: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """The effect for each listing that took part, and displacement over all of them, apart."""

    by_listing: Mapping[str, Caused]
    displacement: Displacement | None


@dataclass(slots=True)
class _Unit:
    visitor: str
    listing: str
    withheld: bool
    propensity: float
    from_ms: int
    window: int
    index: int
    visits: int = 0
    elsewhere: int = 0


def run_experiment(
    session: Session,
    period: Period,
    alike: Mapping[str, str],
    *,
    window_days: int = 7,
    weigh: Weigh = weighed_visits,
) -> Experiment:
    """Estimate what being shown caused in a period.

    Args:
        session: One for reading.
        period: Whole local days; units and visits outside it do not count.
        alike: Listing to a name that like ones share, such as their category; others take no part.
        window_days: How long a draw holds, as the hold-out was made with.
        weigh: What gives the visits of all.
    """
    units = _units(session, period, alike, window_days)
    if not units:
        return Experiment({}, None)
    weighed = weigh(session, None, period.start_ms, period.end_ms, DEFAULT_WINDOWS)
    _count_visits(weighed, period, alike, window_days, units)
    listings = sorted({unit.listing for unit in units})
    place = {listing: number for number, listing in enumerate(listings)}
    merchant = np.asarray([place[unit.listing] for unit in units])
    withheld = np.asarray([unit.withheld for unit in units])
    propensity = np.asarray([unit.propensity for unit in units])
    visits = np.asarray([unit.visits for unit in units], dtype=np.float64)
    arms = arms_of(merchant, withheld, propensity, visits, len(listings))
    names = {name: number for number, name in enumerate(sorted({unit.visitor for unit in units}))}
    visitor = np.asarray([names[unit.visitor] for unit in units])
    rates = np.where(
        withheld,
        (arms.withheld_visits / np.maximum(arms.withheld_units, 1))[merchant],
        (arms.shown_visits / np.maximum(arms.shown_units, 1))[merchant],
    )
    kinds = {kind: number for number, kind in enumerate(sorted({alike[listing] for listing in listings}))}
    groups = np.asarray([kinds[alike[listing]] for listing in listings])
    effects = caused(arms, groups, deff=design_effect(visitor, rates, visits))
    counts = np.bincount(merchant * 2 + withheld, minlength=2 * len(listings)).reshape(-1, 2)
    by_listing = {
        listing: Caused(
            float(effects.mean[row]),
            float(effects.low[row]),
            float(effects.high[row]),
            shown=int(counts[row, 0]),
            withheld=int(counts[row, 1]),
        )
        for listing, row in place.items()
    }
    elsewhere = np.asarray([unit.elsewhere for unit in units], dtype=np.float64)
    return Experiment(by_listing, _displacement(visitor, withheld, propensity, elsewhere))


def unit_entries(
    session: Session, period: Period, alike: Mapping[str, str], listing: str, *, window_days: int = 7
) -> dict[int, bool]:
    """Return the entry that made each unit of a listing, by its place in the log, and whether it was withheld.

    The arguments are those of `run_experiment`.
    """
    units = _units(session, period, {listing: alike[listing]} if listing in alike else {}, window_days)
    return {unit.index: unit.withheld for unit in units}


def _units(session: Session, period: Period, alike: Mapping[str, str], window_days: int) -> list[_Unit]:
    """Return the units in the order of their first eligibility."""
    stored = StoredPayload
    rows = session.connection().execute(
        select(
            col(stored.kind),
            col(stored.at_ms),
            col(stored.listing),
            col(stored.visitor),
            col(stored.body),
            col(stored.entry_index),
        )
        .where(
            col(stored.kind).in_(("impression", "withheld")),
            col(stored.at_ms) >= period.start_ms,
            col(stored.at_ms) < period.end_ms,
            col(stored.visitor).is_not(None),
        )
        .order_by(col(stored.at_ms), col(stored.entry_index)),
        execution_options={"yield_per": 1_000},
    )
    units: dict[tuple[str, str, int], _Unit] = {}
    for kind, at_ms, listing, visitor, body, index in rows:
        window = _window(at_ms, period.tz, window_days)
        key = (str(visitor), str(listing), window)
        if key in units or listing not in alike:
            continue
        propensity = _propensity(body)
        if propensity < 1:
            units[key] = _Unit(key[0], key[1], kind == "withheld", propensity, at_ms, window, index)
    return list(units.values())


def _propensity(body: str) -> float:
    return float(json.loads(body)["payload"].get("propensity", 1.0))


def _window(at_ms: int, tz: ZoneInfo, days: int) -> int:
    return moment(at_ms, tz).date().toordinal() // days


def _count_visits(
    weighed: Sequence[WeighedVisit], period: Period, alike: Mapping[str, str], window_days: int, units: list[_Unit]
) -> None:
    """Count, for each unit, the visits that followed it within its window, here and at others like it."""
    visits: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    for visit in weighed:
        if visit.weight >= CREDIBLE and visit.listing in alike:
            visits[visit.visitor, _window(visit.at_ms, period.tz, window_days)].append((visit.at_ms, visit.listing))
    for unit in units:
        for at_ms, listing in visits.get((unit.visitor, unit.window), ()):
            if at_ms >= unit.from_ms:
                unit.visits += listing == unit.listing
                unit.elsewhere += listing != unit.listing and alike[listing] == alike[unit.listing]


def _displacement(
    visitor: np.ndarray[tuple[int], np.dtype[np.int64]],
    withheld: np.ndarray[tuple[int], np.dtype[np.bool_]],
    propensity: Array,
    elsewhere: Array,
) -> Displacement | None:
    """Return the difference of inversely weighted means with the cluster-robust interval of their linearisation.

    Clusters are visitors (K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13-22); no small-sample correction.
    """
    if withheld.all() or not withheld.any():
        return None
    weight = 1 / propensity
    means, scores = [], np.zeros(len(visitor))
    for arm, sign in ((~withheld, 1.0), (withheld, -1.0)):
        total = weight[arm].sum()
        mean = float((weight[arm] * elsewhere[arm]).sum() / total)
        scores[arm] = sign * weight[arm] * (elsewhere[arm] - mean) / total
        means.append(mean)
    half = _Z95 * sqrt(float((np.bincount(visitor, scores) ** 2).sum()))
    difference = means[0] - means[1]
    return Displacement(difference, difference - half, difference + half, len(visitor))
