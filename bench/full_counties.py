"""Full counties through the real path give the estimates that their arrays give: events, ledger, experiment, and back.

Each county is simulated, appended to a fresh database and read back by `ledger.experiments`; beside it, the units are
counted straight from the simulated events, and the same formulas computed over the arrays. The two may differ only
where a check weighs an honest visit down, and by the design effect, which the arrays leave out.

    python -m bench.full_counties [--counties 50] [--seed 1]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from api.migrate import upgrade
from api.simulating.simulation import COUNTY_TZ, Simulated, simulate
from bench.fraud import store
from index.database import make_engine, reading
from index.settings import Settings
from ledger.events import Impression, Visit, Withheld
from ledger.experiment import Array, arms_of, caused
from ledger.experiments import Experiment, run_experiment
from ledger.periods import Period

MERCHANTS, DAYS, WINDOW_DAYS = 12, 14, 7


def through_the_ledger(simulated: Simulated, folder: Path) -> Experiment:
    """Return the experiment as the service would read it from its log."""
    county = simulated.county
    engine = make_engine(Settings(data=folder))
    try:
        upgrade(engine)
        store(engine, simulated)
        with reading(engine) as session:
            alike = {merchant.id: merchant.kind for merchant in county.merchants}
            period = Period(county.days[0], len(county.days), COUNTY_TZ)
            return run_experiment(session, period, alike, window_days=WINDOW_DAYS)
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


def differences(seed: int) -> tuple[Array, Array]:
    """Return, for the merchants of one county, by how much the two estimates differ, and the intervals' half widths."""
    simulated = simulate(seed, merchants=MERCHANTS, days=DAYS, attacks=())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = through_the_ledger(simulated, Path(folder)).by_listing
    names = sorted(found)
    by_hand, _ = from_the_events(simulated, names)
    estimated = np.asarray([found[name].per_unit for name in names])
    return np.abs(estimated - by_hand), np.asarray([(found[name].high - found[name].low) / 2 for name in names])


def main() -> None:
    """Print how far the two estimates are apart."""
    parser = argparse.ArgumentParser(description="Full counties beside their arrays.")
    parser.add_argument("--counties", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    both = [differences(asked.seed + number) for number in range(asked.counties)]
    apart, half = (np.concatenate(each) for each in zip(*both, strict=True))
    took = time.perf_counter() - started
    print(f"{asked.counties} full counties of {MERCHANTS} merchants and {DAYS} days, {took:.0f} s")
    print(f"effect per unit, ledger and arrays apart: median {np.median(apart):.5f}, largest {apart.max():.5f}")
    parts = apart / half
    print(f"in parts of the interval's half width: median {np.median(parts):.3f}, largest {parts.max():.3f}")


if __name__ == "__main__":
    main()
