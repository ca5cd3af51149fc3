"""What the referral caused: the hold-out's two arms to an effect with an honest interval, merchant by merchant.

A unit is a visitor x listing x window that was eligible to be shown the listing. Most units are shown it, a few are
withheld at random with a probability that is logged. The estimand is the intention-to-treat difference in this
listing's own visits per eligible unit: tau = p1 - p0. With thirty visits and 5% withheld, the withheld arm has one or
none, so that a normal interval would be nonsense. Therefore:

- given the visits of both arms together, those of the withheld arm are binomial, and their distribution depends on the
  ratio rho = p0 / p1 alone (the conditional test of two Poisson rates: J. Przyborowski and H. Wilenski, Biometrika 31
  (1940) 313-323);
- the ratios of like merchants are pooled partially: rho ~ Normal(mean, spread), cut off below zero, with mean and
  spread integrated over a grid (A. Gelman et al., "Bayesian Data Analysis", 3rd ed., section 5.4), so that not knowing
  them widens the interval;
- given the ratio, p1 has the Gamma distribution that the visits of both arms leave (Jeffreys' prior);
- visits of one visitor are not independent: counts are divided by the design effect of clusters of a visitor's units
  (Kish 1965, section 5.4), and differing propensities enter by inverse weights and Kish's effective number.

Arrays only, so that a thousand counties can be computed in minutes (`make bench-coverage`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Ratios of withheld to shown that are considered: from "all of it was caused" to "showing drives visitors away".
_RATIOS: Array = np.linspace(0.0, 2.5, 251)
_MEANS: Array = np.linspace(0.05, 1.5, 30)
_SPREADS: Array = np.asarray([0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2, 0.24, 0.28, 0.33, 0.4, 0.5])
#: How much like merchants' ratios are thought to differ before anything is seen: half-normal with this scale. The month
#: of a county says little about it, so that the interval leans on this assumption (`docs/attribution.md`).
_SPREAD_SCALE = 0.15
#: Normal quantiles at which a Gamma distribution is represented: 15 of equal probability.
_STEPS = 15
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Arms:
    """The two arms of each merchant: eligible units and the visits that followed them, effective numbers."""

    shown_units: Array
    shown_visits: Array
    withheld_units: Array
    withheld_visits: Array

    @property
    def visits(self) -> Array:
        """Visits of both arms."""
        return self.shown_visits + self.withheld_visits


@dataclass(frozen=True, slots=True)
class Effects:
    """For each merchant the visits caused per eligible unit, with the ends of a 95% interval."""

    mean: Array
    low: Array
    high: Array


def arms_of(
    merchant: NDArray[np.int64], withheld: NDArray[np.bool_], propensity: Array, visits: Array, merchants: int
) -> Arms:
    """Sum units into the arms of `merchants` merchants.

    Args:
        merchant: Of each unit, from 0.
        withheld: Whether the unit was withheld.
        propensity: The probability with which it got the arm that it got.
        visits: That followed it.
        merchants: How many there are.
    """
    weight = 1 / propensity
    sums = [_arm(merchant[arm], weight[arm], visits[arm], merchants) for arm in (~withheld, withheld)]
    return Arms(*sums[0], *sums[1])


def _arm(merchant: NDArray[np.int64], weight: Array, visits: Array, merchants: int) -> tuple[Array, Array]:
    """Return the effective number of units and the visits that belong to it; plain counts when all weights agree."""
    total = np.bincount(merchant, weight, merchants)
    squares = np.bincount(merchant, weight * weight, merchants)
    units = np.divide(total**2, squares, out=np.zeros(merchants), where=squares > 0)
    rate = np.divide(np.bincount(merchant, weight * visits, merchants), total, out=np.zeros(merchants), where=total > 0)
    return units, rate * units


def design_effect(cluster: NDArray[np.int64], expected: Array, visits: Array) -> float:
    """Return by how much visits vary more between visitors than independent ones would; at least 1.

    Args:
        cluster: The visitor of each unit, from 0.
        expected: The rate of the unit's merchant and arm.
        visits: That followed the unit.
    """
    residuals = np.bincount(cluster, visits - expected)
    scale = float(expected.sum())
    return max(1.0, float((residuals**2).sum()) / scale) if scale else 1.0


def caused(arms: Arms, alike: NDArray[np.int64], *, deff: float = 1.0) -> Effects:
    """Return what being shown caused, for each merchant.

    Args:
        arms: Of each merchant.
        alike: A number for each merchant; those with the same one are alike, and are pooled partially.
        deff: The design effect of visits by the same visitors.
    """
    shown, withheld = arms.shown_visits / deff, arms.withheld_visits / deff
    exposure = np.asarray((arms.shown_units / deff, arms.withheld_units / deff))
    likelihood = _likelihood(shown, withheld, *exposure)
    mean, low, high = np.zeros_like(shown), np.zeros_like(shown), np.zeros_like(shown)
    for group in np.unique(alike):
        inside = alike == group
        ratios = _posterior(likelihood[:, inside])
        values, weights = _effects(ratios, (shown + withheld)[inside], exposure[:, inside])
        mean[inside] = (values * weights).sum(axis=1)
        low[inside], high[inside] = _quantiles(values, weights)
    return Effects(mean, low, high)


def _likelihood(shown: Array, withheld: Array, shown_units: Array, withheld_units: Array) -> Array:
    """Return the likelihood of each ratio (rows) for each merchant (columns), largest 1."""
    odds = _RATIOS[:, None] * withheld_units
    total = np.where(odds + shown_units > 0, odds + shown_units, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(withheld > 0, withheld * np.log(odds / total), 0.0)
        log += np.where(shown > 0, shown * np.log(shown_units / total), 0.0)
    best: Array = np.where(np.isfinite(log.max(axis=0)), log.max(axis=0), 0.0)
    return np.where(np.isfinite(log), np.exp(log - best), 0.0)


def _posterior(likelihood: Array) -> Array:
    """Return the probability of each ratio (rows) for each merchant of a group (columns)."""
    priors = _priors()
    evidence = priors @ likelihood
    evidence = np.maximum(evidence, np.finfo(np.float64).tiny)
    # Steps of the grid are uneven, hence their widths.
    prior = -0.5 * (_SPREADS / _SPREAD_SCALE) ** 2 + np.log(np.gradient(_SPREADS))
    log = np.log(evidence).sum(axis=1) + np.tile(prior, len(_MEANS))
    plausible = np.exp(log - log.max())
    plausible /= plausible.sum()
    mixed: Array = likelihood * (priors.T @ (plausible[:, None] / evidence))
    return np.asarray(mixed / mixed.sum(axis=0))


def _priors() -> Array:
    """Return the distribution over the ratios (columns) for each mean and spread (rows)."""
    mean, spread = (grid.ravel()[:, None] for grid in np.meshgrid(_MEANS, _SPREADS, indexing="ij"))
    density: Array = np.exp(-0.5 * ((_RATIOS - mean) / spread) ** 2)
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def _effects(ratios: Array, visits: Array, exposure: Array) -> tuple[Array, Array]:
    """Return values of tau and their probabilities, one row a merchant."""
    shape = visits + 0.5
    # Wilson and Hilferty, PNAS 17 (1931) 684-688: the cube root of a Gamma variable is nearly normal.
    root = 1 - 1 / (9 * shape)[:, None] + _normal_quantiles() / (3 * np.sqrt(shape))[:, None]
    gamma = shape[:, None] * np.maximum(root, 0.0) ** 3
    units = exposure[0] + _RATIOS[:, None] * exposure[1]
    scale = np.divide(1 - _RATIOS[:, None], units, out=np.zeros_like(units), where=units > 0)
    values = scale.T[:, :, None] * gamma[:, None, :]
    weights = np.repeat(ratios.T[:, :, None], _STEPS, axis=2) / _STEPS
    return values.reshape(len(visits), -1), weights.reshape(len(visits), -1)


def _quantiles(values: Array, weights: Array) -> tuple[Array, Array]:
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    # The middle of each step, so that both tails are cut alike.
    below = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    below -= np.take_along_axis(weights, order, axis=1) / 2
    found = [
        [float(np.interp(tail, reached, row)) for tail in (_TAIL, 1 - _TAIL)]
        for reached, row in zip(below, ordered, strict=True)
    ]
    low, high = np.asarray(found).T
    return low, high


def _normal_quantiles() -> Any:
    from statistics import NormalDist

    normal = NormalDist()
    return np.asarray([normal.inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS)])
