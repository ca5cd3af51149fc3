"""How often a quiet county is alarmed for nothing, and how often a true spike or fall is seen.

Counts are drawn for merchants whose days differ by weekday and by chance only: Poisson, and negative binomial with a
variance of twice and of four times the mean. Every day is judged by the eight weeks before it, as `ledger.alerts`
does. Then a day is multiplied by 3, or by 0.2, to see what is noticed.

Run: python -m bench.alerts [--merchants 400] [--days 365] [--seed 1]
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ledger.alerts import WEEKS, AlertKind, judged

#: Mean visits a day; weekends have twice those of other days.
MEANS = (0.5, 3.0, 10.0, 40.0)
DISPERSIONS = (1.0, 2.0, 4.0)
FACTORS = {AlertKind.SPIKE: 3.0, AlertKind.FALL: 0.2}
RESULTS = Path(__file__).with_name("results") / "alerts.json"


def drawn(rng: np.random.Generator, means: NDArray[np.float64], dispersion: float) -> NDArray[np.int64]:
    """Return counts of these means, whose variance is `dispersion` times the mean."""
    if dispersion == 1:
        return rng.poisson(means)
    return rng.negative_binomial(means / (dispersion - 1), 1 / dispersion)


def measured(mean: float, dispersion: float, merchants: int, days: int, seed: int) -> dict[str, float]:
    """Return false alarms for 1,000 merchant-days, and the share of true spikes and falls that is noticed."""
    rng = np.random.default_rng(seed)
    weekly = np.array([1, 1, 1, 1, 1, 2, 2]) * mean * 7 / 9
    means = np.tile(weekly, WEEKS + days // 7 + 1)[: 7 * WEEKS + days]
    false = judgements = 0
    seen = dict.fromkeys(FACTORS, 0)
    for _ in range(merchants):
        counts = drawn(rng, means, dispersion).tolist()
        for day in range(7 * WEEKS, len(counts)):
            false += judged(counts[day], _weeks(counts, day)).kind is not None
            judgements += 1
        before = _weeks(counts, len(counts) - 1)
        for kind, factor in FACTORS.items():
            day_of_it = int(drawn(rng, means[-1:] * factor, dispersion)[0])
            seen[kind] += judged(day_of_it, before).kind is kind
    return {
        "mean": mean,
        "dispersion": dispersion,
        "merchant_days": judgements,
        "false_per_1000": 1_000 * false / judgements,
        **{f"{kind}_seen": number / merchants for kind, number in seen.items()},
    }


def _weeks(counts: list[int], day: int) -> list[list[int]]:
    """Return the counts of each week before a day, that day's weekday first."""
    return [counts[day - 7 * back : day - 7 * back + 7] for back in range(1, WEEKS + 1)]


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=400)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rows = [
        measured(mean, dispersion, asked.merchants, asked.days, asked.seed)
        for mean in MEANS
        for dispersion in DISPERSIONS
    ]
    days = sum(row["merchant_days"] for row in rows)
    false = sum(row["false_per_1000"] * row["merchant_days"] for row in rows) / days
    print(f"{'mean':>6}{'dispersion':>12}{'false/1000':>12}{'spike seen':>12}{'fall seen':>11}")
    for row in rows:
        print(f"{row['mean']:>6}{row['dispersion']:>12}{row['false_per_1000']:>12.3f}", end="")
        print(f"{row['spike_seen']:>12.1%}{row['fall_seen']:>11.1%}")
    print(f"all: {false:.3f} false alarms for 1,000 merchant-days ({days:,.0f})")
    RESULTS.write_text(
        json.dumps([{"false_per_1000": false, "merchant_days": days}, *rows], indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
