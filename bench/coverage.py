"""Do the 95% intervals hold the truth? A thousand light counties, whose truth is known, arrays only.

Each county has 50 merchants of three kinds and 30 days. Eligible visitors arrive by day; most have a day's id, some are
remembered and are eligible in several windows, with a liking of their own that makes their visits dependent; the
operator changes the share that is withheld in the middle of the month. Walk-ins come without us. Some visits are
doubtful and weigh less. Two intervals are held against the truth: that of the share referred (Wilson's, with Kish's
effective number) and that of the visits caused per eligible visitor (`ledger.experiment`). The exit code is 1 when one
of them holds it less than 93% or more than 97% of the time, unless `--alike` asks for merchants other than assumed.

    python -m bench.coverage [--counties 1000] [--seed 1] [--alike 6]
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ledger.attribution import kish, wilson
from ledger.experiment import Array, arms_of, caused, design_effect

RESULTS = Path(__file__).parent / "results"
MERCHANTS, DAYS, KINDS = 50, 30, 3
#: How often a 95% interval may hold the truth.
TARGET = (0.93, 0.97)
#: Merchants with so many recorded visitors are small; those with more are larger.
SMALL = (10, 30)
#: Share withheld before and after the operator changes it.
WITHHELD = (0.05, 0.08)
#: Of the visitors, those who are remembered; the variance of their liking; their further windows.
REMEMBERED, LIKING_VARIANCE, MORE_WINDOWS = 0.2, 0.5, 1.5
#: How alike merchants of a kind are: the sum of the two parameters of the Beta distribution of the share caused. The
#: standard deviation of that share is 0.19 at the first and 0.09 at the second.
ALIKE = (6, 30)
#: Weights of doubtful visitors, and how many visitors are doubtful.
DOUBTFUL_WEIGHTS, DOUBTFUL = (0.1, 0.3, 0.6), 0.1


@dataclass(frozen=True, slots=True)
class Truth:
    """What a county's merchants are really like: rates of visits per eligible window, and walk-ins in the month."""

    kind: NDArray[np.int64]
    eligible: Array
    shown_rate: Array
    withheld_rate: Array
    walk_ins: Array


@dataclass(frozen=True, slots=True)
class Held:
    """Of each merchant: the recorded visitors, and whether each interval held the truth; widths of the second."""

    visitors: Array
    share: NDArray[np.bool_]
    effect: NDArray[np.bool_]
    width: Array


def draw_truth(draw: np.random.Generator, alike: float | None = None) -> Truth:
    """Draw the merchants of a county; `alike` fixes how alike those of a kind are, else each county draws it."""
    kind = draw.integers(0, KINDS, MERCHANTS)
    caused_share = draw.uniform(0.2, 0.6, KINDS)[kind]
    # A Beta distribution, unlike what the estimator assumes.
    tightness = draw.uniform(*ALIKE) if alike is None else alike
    ratio = 1 - draw.beta(caused_share * tightness, (1 - caused_share) * tightness)
    shown_rate = np.clip(draw.lognormal(np.log(0.06), 0.5, MERCHANTS), 0.01, 0.3)
    eligible = np.round(draw.lognormal(np.log(350), 0.8, MERCHANTS))
    walk_ins = eligible * shown_rate * draw.lognormal(np.log(1.2), 0.5, MERCHANTS)
    return Truth(kind, eligible, shown_rate, shown_rate * ratio, walk_ins)


def simulate(truth: Truth, draw: np.random.Generator) -> Held:
    """Draw one month of a county, and hold both intervals against the truth."""
    place = np.repeat(np.arange(MERCHANTS), truth.eligible.astype(np.int64))
    remembered = draw.random(len(place)) < REMEMBERED
    windows = np.where(remembered, 1 + draw.poisson(MORE_WINDOWS, len(place)), 1)
    liking = np.where(remembered, draw.gamma(1 / LIKING_VARIANCE, LIKING_VARIANCE, len(place)), 1.0)
    visitor = np.repeat(np.arange(len(place)), windows)
    unit_place = place[visitor]
    share = np.where(draw.integers(0, DAYS, len(visitor)) < DAYS // 2, *WITHHELD)
    withheld = draw.random(len(visitor)) < share
    rate = np.where(withheld, truth.withheld_rate[unit_place], truth.shown_rate[unit_place])
    visits = draw.poisson(rate * liking[visitor]).astype(np.float64)

    propensity = np.where(withheld, share, 1 - share)
    arms = arms_of(unit_place, withheld, propensity, visits, MERCHANTS)
    units = np.where(withheld, arms.withheld_units[unit_place], arms.shown_units[unit_place])
    came = np.where(withheld, arms.withheld_visits[unit_place], arms.shown_visits[unit_place])
    effects = caused(arms, truth.kind, deff=design_effect(visitor, came / np.maximum(units, 1), visits))
    tau = truth.shown_rate - truth.withheld_rate

    by_ad = np.bincount(visitor, visits * ~withheld, len(place)) > 0
    anyhow = (np.bincount(visitor, visits * withheld, len(place)) > 0) & ~by_ad
    referred = np.bincount(place[by_ad], minlength=MERCHANTS)
    others = np.bincount(place[anyhow], minlength=MERCHANTS) + draw.poisson(truth.walk_ins)
    expected = _expected(truth, place, windows[:, None] * np.asarray(WITHHELD).mean(), windows, remembered)
    in_share = np.asarray([_holds(*row, draw) for row in zip(referred, others, expected, strict=True)])
    in_effect = (effects.low <= tau) & (tau <= effects.high)
    return Held((referred + others).astype(np.float64), in_share, in_effect, effects.high - effects.low)


def _expected(
    truth: Truth, place: NDArray[np.int64], withheld: Array, windows: NDArray[np.int64], remembered: NDArray[np.bool_]
) -> Array:
    """Return the share referred that a merchant has on average, from the chance that each visitor comes at all."""
    shown_mean = (windows - withheld[:, 0]) * truth.shown_rate[place]
    withheld_mean = withheld[:, 0] * truth.withheld_rate[place]
    variance = np.where(remembered, LIKING_VARIANCE, 1e-9)
    by_ad = 1 - (1 + variance * shown_mean) ** (-1 / variance)
    at_all = 1 - (1 + variance * (shown_mean + withheld_mean)) ** (-1 / variance)
    referred = np.bincount(place, by_ad, MERCHANTS)
    return referred / (np.bincount(place, at_all, MERCHANTS) + truth.walk_ins)


def _holds(referred: int, others: int, expected: float, draw: np.random.Generator) -> bool:
    number = referred + others
    doubtful = draw.random(number) < DOUBTFUL
    weights = np.where(doubtful, draw.choice(DOUBTFUL_WEIGHTS, number), 1.0)
    effective = kish(weights.tolist())
    if not effective:
        return False
    interval = wilson(float(weights[:referred].sum() / weights.sum()) * effective, effective)
    assert interval is not None
    return interval.low <= expected <= interval.high


def run(counties: int, seed: int, alike: float | None = None) -> Iterator[Held]:
    """Yield what each county gave; the same seed gives the same counties."""
    for number in range(counties):
        draw = np.random.default_rng((seed, number))
        yield simulate(draw_truth(draw, alike), draw)


def report(held: list[Held]) -> dict[str, dict[str, float]]:
    """Return the share of intervals that held the truth, for small merchants and for larger ones."""
    visitors = np.concatenate([one.visitors for one in held])
    sizes = {
        f"{SMALL[0]}-{SMALL[1]} visitors": (visitors >= SMALL[0]) & (visitors <= SMALL[1]),
        f"more than {SMALL[1]} visitors": visitors > SMALL[1],
    }
    return {
        name: {
            "merchants": int(inside.sum()),
            "share_referred": round(float(np.concatenate([one.share for one in held])[inside].mean()), 4),
            "visits_caused": round(float(np.concatenate([one.effect for one in held])[inside].mean()), 4),
            "median_width": round(float(np.median(np.concatenate([one.width for one in held])[inside])), 4),
        }
        for name, inside in sizes.items()
    }


def missed(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return in words which intervals hold the truth too rarely or too often."""
    return [
        f"merchants with {size}: {interval} held the truth {row[interval]:.1%}, not {TARGET[0]:.0%} to {TARGET[1]:.0%}"
        for size, row in found.items()
        for interval in ("share_referred", "visits_caused")
        if not TARGET[0] <= row[interval] <= TARGET[1]
    ]


def main() -> int:
    """Print the coverage of both intervals and write it to `bench/results/coverage.json`; 1 when it is off target."""
    parser = argparse.ArgumentParser(description="Coverage of the 95% intervals over light counties.")
    parser.add_argument("--counties", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alike", type=float, help="fix how alike merchants of a kind are (small: they differ much)")
    asked = parser.parse_args()
    started = time.perf_counter()
    found = report(list(run(asked.counties, asked.seed, asked.alike)))
    seconds = time.perf_counter() - started
    print(f"{asked.counties} counties of {MERCHANTS} merchants and {DAYS} days, seed {asked.seed}, {seconds:.0f} s")
    print(f"{'merchants with':<24}{'merchants':>10}{'share referred':>16}{'visits caused':>15}{'median width':>14}")
    for name, row in found.items():
        print(f"{name:<24}{row['merchants']:>10}", end="")
        print(f"{row['share_referred']:>16.1%}{row['visits_caused']:>15.1%}{row['median_width']:>14.3f}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "coverage.json").write_text(json.dumps({"counties": asked.counties, "seed": asked.seed, **found}))
    said = missed(found)
    print("\n".join(said) or "every interval is on target")
    return int(bool(said) and asked.alike is None)


if __name__ == "__main__":
    sys.exit(main())
