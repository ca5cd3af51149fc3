"""Full counties through the real path give the estimates that their arrays give: events, ledger, figures, and back.

Each county is simulated, appended to a fresh database and read back by `ledger.experiments` (what being shown caused)
and `ledger.merchant_statistics` (the share referred, with Wilson's bounds); beside it, units and visitors are counted
straight from the simulated events, and the same formulas computed over the arrays. The two may differ only where a
check weighs an honest visit down, and by the design effect, which the arrays leave out. The exit code is 1 when one is
apart by more than `MOST_APART` of the interval's half width at one merchant, or `MOST_MEDIAN` in the median.

    python -m bench.full_counties [--counties 50] [--seed 1]
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from api.migrate import upgrade
from api.simulating.simulation import COUNTY_TZ, Simulated, simulate
from bench.fraud import store
from index.database import make_engine, reading
from index.settings import Settings
from ledger.attribution import wilson
from ledger.events import Event, Impression, Open, Visit, Withheld
from ledger.experiment import Array, arms_of, caused
from ledger.experiments import Experiment, run_experiment
from ledger.merchant_statistics import Totals, merchant_summary
from ledger.periods import Period

MERCHANTS, DAYS, WINDOW_DAYS = 12, 14, 7
#: How far before a visit an open refers, and an impression.
OPENED_WITHIN, SHOWN_WITHIN = timedelta(days=7), timedelta(days=1)
#: How far the two may be apart in parts of the interval's half width: at one merchant, and in the median.
MOST_APART, MOST_MEDIAN = 0.5, 0.05


@dataclass(frozen=True, slots=True)
class Apart:
    """Of each merchant, how far two estimates are apart, and the half width of the ledger's interval."""

    apart: Array
    half: Array


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the service reads of a county from its log: the effects, and each merchant's figures."""

    experiment: Experiment
    totals: dict[str, Totals]


def through_the_ledger(simulated: Simulated, folder: Path) -> Estimates:
    """Return the estimates as the service would read them from its log."""
    county = simulated.county
    engine = make_engine(Settings(data=folder))
    try:
        upgrade(engine)
        store(engine, simulated)
        with reading(engine) as session:
            alike = {merchant.id: merchant.kind for merchant in county.merchants}
            period = Period(county.days[0], len(county.days), COUNTY_TZ)
            experiment = run_experiment(session, period, alike, window_days=WINDOW_DAYS)
            return Estimates(experiment, {name: merchant_summary(session, [name], period) for name in alike})
    finally:
        engine.dispose()


def from_the_events(simulated: Simulated, names: list[str]) -> tuple[Array, int]:
    """Return the effect for each of these merchants from the events alone, and the number of units."""
    county = simulated.county
    end = county.at(county.days[-1], 24)
    windows = {event.id: event.at.astimezone(COUNTY_TZ).date().toordinal() // WINDOW_DAYS for event in simulated.events}
    units: dict[tuple[object, object, int], list[float]] = {}
    for event in simulated.events:
        if isinstance(event.payload, Impression | Withheld) and event.at < end:
            arm = float(isinstance(event.payload, Withheld))
            key = (event.visitor, event.listing, windows[event.id])
            units.setdefault(key, [arm, event.payload.propensity, 0.0, event.at.timestamp()])
    for event in simulated.events:
        unit = units.get((event.visitor, event.listing, windows[event.id]))
        if unit is not None and isinstance(event.payload, Visit) and event.at < end:
            unit[2] += event.at.timestamp() >= unit[3]
    rows = np.asarray([[names.index(str(key[1])), *unit[:3]] for key, unit in units.items()])
    arms = arms_of(rows[:, 0].astype(np.int64), rows[:, 1] == 1, rows[:, 2], rows[:, 3], len(names))
    kind = {merchant.id: merchant.kind for merchant in county.merchants}
    kinds = sorted(set(kind.values()))
    return caused(arms, np.asarray([kinds.index(kind[name]) for name in names])).mean, len(units)


def shares_from_the_events(simulated: Simulated) -> dict[str, tuple[float, float, float]]:
    """Return, for each merchant who had visitors, the share referred and its bounds from the events alone.

    Here a visitor is referred when one of their visits is, and every visit is whole.
    """
    end = simulated.county.at(simulated.county.days[-1], 24)
    opened: dict[tuple[object, object], list[datetime]] = {}
    shown: dict[tuple[object, object], list[datetime]] = {}
    for event in simulated.events:
        touched = (
            opened if isinstance(event.payload, Open) else shown if isinstance(event.payload, Impression) else None
        )
        if touched is not None:
            touched.setdefault((event.visitor, event.listing), []).append(event.at)
    visitors: dict[str, dict[object, bool]] = {}
    for event in simulated.events:
        if isinstance(event.payload, Visit) and event.at < end:
            key = (event.visitor, event.listing)
            referred = _touched(event, opened.get(key, []), OPENED_WITHIN)
            referred |= _touched(event, shown.get(key, []), SHOWN_WITHIN)
            own = visitors.setdefault(str(event.listing), {})
            own[event.visitor] = own.get(event.visitor, False) or referred
    return {listing: _share(list(own.values())) for listing, own in visitors.items()}


def _touched(visit: Event, touches: list[datetime], within: timedelta) -> bool:
    return any(timedelta(0) <= visit.at - at <= within for at in touches)


def _share(referred: list[bool]) -> tuple[float, float, float]:
    interval = wilson(sum(referred), len(referred))
    assert interval is not None
    return sum(referred) / len(referred), interval.low, interval.high


def differences(seed: int) -> dict[str, Apart]:
    """Return by how much the estimates of one county differ: the effect, the share referred, and its two bounds."""
    simulated = simulate(seed, merchants=MERCHANTS, days=DAYS, attacks=())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        estimates = through_the_ledger(simulated, Path(folder))
    found = estimates.experiment.by_listing
    names = sorted(found)
    by_hand, _ = from_the_events(simulated, names)
    estimated = np.asarray([found[name].per_unit for name in names])
    effect = Apart(
        np.abs(estimated - by_hand), np.asarray([(found[name].high - found[name].low) / 2 for name in names])
    )
    return {"effect per unit": effect, **_shares_apart(estimates, shares_from_the_events(simulated))}


def _shares_apart(estimates: Estimates, by_hand: dict[str, tuple[float, float, float]]) -> dict[str, Apart]:
    rows = []
    for name, totals in estimates.totals.items():
        if totals.share is not None and totals.interval is not None:
            rows.append((*by_hand[name], totals.share, totals.interval.low, totals.interval.high))
    columns = np.asarray(rows).T
    half = (columns[5] - columns[4]) / 2
    titles = ("share referred", "its lower bound", "its upper bound")
    return {title: Apart(np.abs(columns[row] - columns[row + 3]), half) for row, title in enumerate(titles)}


def main() -> int:
    """Print how far the estimates are apart; 1 when further than stated."""
    parser = argparse.ArgumentParser(description="Full counties beside their arrays.")
    parser.add_argument("--counties", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    counties = [differences(asked.seed + number) for number in range(asked.counties)]
    took = time.perf_counter() - started
    print(f"{asked.counties} full counties of {MERCHANTS} merchants and {DAYS} days, {took:.0f} s")
    print(f"{'ledger and arrays apart':<26}{'merchants':>10}{'median':>10}{'largest':>10}", end="")
    print(f"{'in half widths: median':>24}{'largest':>10}")
    missed = False
    for title in counties[0]:
        apart, half = (np.concatenate([getattr(each[title], name) for each in counties]) for name in ("apart", "half"))
        parts = apart / half
        print(f"{title:<26}{len(apart):>10}{np.median(apart):>10.5f}{apart.max():>10.5f}", end="")
        print(f"{np.median(parts):>24.3f}{parts.max():>10.3f}")
        missed |= bool(parts.max() > MOST_APART or np.median(parts) > MOST_MEDIAN)
    said = "further apart than" if missed else "within"
    print(f"{said} the tolerance: {MOST_APART} half widths at one merchant, {MOST_MEDIAN} in the median")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
