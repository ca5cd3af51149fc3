"""The additive score: a sum of named terms, each of which can be printed as a reason.

score = Σ weightₜ · featureₜ, features in [0, 1] unless said otherwise, plus one term `limits` ≤ 0 for the hard limits
that a listing does not satisfy. Terms are rounded before they are added, so that the sum holds in replies too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from recommender.query import Limit, LimitKind, Query

Floats = NDArray[np.float64]
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts. The first nine add up to less than one relaxed limit costs."""

    #: Cosine of the wish with the listing's passage, by the encoder.
    meaning: float = 1.0
    #: BM25 over all the listing's words, as a share of the best.
    words: float = 0.6
    #: Share of the listing's name that was said, by rarity.
    name: float = 1.2
    #: Share of the things asked for that the listing says in just these words.
    exact: float = 0.3
    #: Share of the soft limits that hold (party, level of price, what was asked about a named place).
    soft: float = 2.0
    #: Nearness to the place asked about: 1 there, 1/e at `distance_scale_m`.
    distance: float = 2.0
    #: Open at the time asked about; half where hours are not known, so that those known to be open come first.
    open: float = 3.0
    #: How close a number comes to a limit that it misses.
    closeness: float = 1.5
    #: Guests' rating over 5; the category's mean where there is none.
    rating: float = 0.15
    #: Place in the order that a superlative asks for; more than everything above, less than a limit.
    sort: float = 4.0
    #: What a relaxed limit costs, times `RELAXING_COSTS`: more than all of the above can outweigh.
    limits: float = 20.0
    #: When nothing is asked: a step down for each better one of the same category.
    mix: float = 1.0
    distance_scale_m: float = 4000.0

    @property
    def ceiling(self) -> float:
        """The most that all terms of a search but `limits` can add up to."""
        apart = ("limits", "mix", "distance_scale_m")
        return float(sum(getattr(self, field.name) for field in fields(self) if field.name not in apart))


#: In which order limits give way when too little satisfies them all: the cheapest first, sums compared.
RELAXING_COSTS: Mapping[LimitKind, float] = {
    LimitKind.OPEN: 1.0,
    LimitKind.RATING: 1.2,
    LimitKind.PARTY: 1.2,
    #: How long a visit takes is an estimate by nature.
    LimitKind.DURATION: 1.25,
    LimitKind.TAG: 1.3,
    LimitKind.PRICE: 1.5,
    LimitKind.PRICE_LEVEL: 1.5,
    LimitKind.FACILITY: 1.7,
    LimitKind.STARS: 2.0,
    LimitKind.NEAR: 2.2,
    LimitKind.AREA: 2.5,
    LimitKind.DISH: 3.0,
    LimitKind.SUBTYPE: 3.2,
    LimitKind.NOT: 5.0,
    LimitKind.CATEGORY: 6.0,
    LimitKind.NAME: 12.0,
}


@dataclass(frozen=True, slots=True)
class Scores:
    """The terms of some rows, rounded, by name; all-zero terms are left out."""

    terms: Mapping[str, Floats]
    total: Floats

    def of(self, position: int) -> dict[str, float]:
        """Return the terms of one row, without those that are zero."""
        found = {name: float(values[position]) for name, values in self.terms.items() if values[position] != 0}
        return found or dict.fromkeys(list(self.terms)[:1], 0.0) or {"rating": 0.0}


def summed(features: Mapping[str, Floats], weights: Weights) -> Scores:
    """Weigh, round and add features; `limits` and `mix` are costs and negative, every other feature is not."""
    terms = {
        name: np.round(getattr(weights, name) * np.asarray(values, dtype=np.float64), DECIMALS)
        for name, values in features.items()
    }
    total = np.round(np.sum(list(terms.values()), axis=0), DECIMALS)
    return Scores(
        {name: values for name, values in terms.items() if values.any()} or dict(list(terms.items())[:1]), total
    )


def nearness(distances: Floats, weights: Weights) -> Floats:
    """Return e^(-d/scale), 0 where the distance is not known."""
    known = np.isfinite(distances)
    return np.where(known, np.exp(-np.where(known, distances, 0.0) / weights.distance_scale_m), 0.0)


def rating_feature(columns: Columns, rows: NDArray[np.int64]) -> Floats:
    """Return the rating over 5; where there is none, the mean of the category's known ones less a little."""
    rating = columns.rating[rows] / 5.0
    filled = np.full(len(rows), 0.7)
    for code in np.unique(columns.category):
        known = columns.rating[(columns.category == code) & np.isfinite(columns.rating)]
        if len(known):
            # A place nobody has rated yet stands a little below the average of its kind.
            filled[columns.category[rows] == code] = known.mean() / 5.0 - 0.05
    return np.where(np.isfinite(rating), rating, filled)


def cheapness(columns: Columns, rows: NDArray[np.int64]) -> Floats:
    """Return how cheap each row is within its category: 1 the cheapest, 0 the dearest, 0.5 where unknown.

    Where there is no price its level tells.
    """
    found = np.full(len(rows), 0.5)
    for values in (columns.price_level, columns.price):
        for code in np.unique(columns.category[rows]):
            known = np.sort(values[(columns.category == code) & np.isfinite(values)])
            mine = (columns.category[rows] == code) & np.isfinite(values[rows])
            if len(known):
                found[mine] = 1.0 - np.searchsorted(known, values[rows][mine], side="left") / len(known)
    return found


def closeness(query: Query, columns: Columns, rows: NDArray[np.int64]) -> Floats:
    """Return how close numbers come to the limits on them: 1 inside, towards 0 the further outside."""
    values = {LimitKind.PRICE: columns.price, LimitKind.RATING: columns.rating, LimitKind.STARS: columns.stars}
    found = [
        _closeness(limit, values[limit.kind][rows])
        for limit in query.limits
        if limit.kind in values and limit.range is not None
    ]
    return np.mean(found, axis=0) if found else np.zeros(len(rows))


def _closeness(limit: Limit, values: Floats) -> Floats:
    asked = limit.range
    if asked is None:
        return np.zeros(len(values))
    low = -np.inf if asked.low is None else asked.low
    high = np.inf if asked.high is None else asked.high
    known = np.isfinite(values)
    gap = np.maximum(np.maximum(low - values, values - high), 0.0)
    scale = max([1.0, *(abs(bound) for bound in (low, high) if np.isfinite(bound))])
    # A long tail: of places at five and at ten times the price that was asked for, the first is still the closer one.
    return np.where(known, 1.0 / (1.0 + 2.0 * np.where(known, gap, 0.0) / scale), 0.0)


def sort_feature(name: str, columns: Columns, rows: NDArray[np.int64], distances: Floats | None) -> Floats:
    """Return each row's place in the order that a superlative asks for: 1 the first, 0 where unknown."""
    key = name.removeprefix("-")
    values = distances if key == "distance" else getattr(columns, key)[rows]
    if values is None:
        return np.zeros(len(rows))
    if key == "price" and not np.isfinite(values).any():
        values = columns.price_level[rows]
    known = np.isfinite(values)
    ordered = np.sort(values[known])
    if not len(ordered):
        return np.zeros(len(rows))
    place = np.searchsorted(ordered, np.where(known, values, 0.0), side="left") / len(ordered)
    return np.where(known, place if name.startswith("-") else 1.0 - place, 0.0)


def sort_steps(feature: Floats, satisfied: NDArray[np.bool_], step: float) -> Floats:
    """Return what is added for the order that a superlative asks for, so that no other term outweighs it.

    Among the rows that satisfy every limit, each different value stands a whole step above the next one.
    """
    steps = np.zeros(len(feature))
    values, places = np.unique(feature[satisfied], return_inverse=True)
    if len(values):
        steps[satisfied] = step * places
    return steps


def slack_of(query: Query, weights: Weights) -> float | None:
    """Return the most that all other terms of a query can make up for, in what relaxing limits costs.

    None where it asks for an order: that depends on which rows are ordered.
    """
    if next(query.of(LimitKind.SORT), None) is not None:
        return None
    asked = {
        "exact": any(limit.values for limit in query.limits),
        "soft": any(not limit.hard for limit in query.limits),
        "distance": query.near is not None,
        "open": query.opening is not None,
        "closeness": any(limit.range is not None for limit in query.limits),
    }
    terms = ["meaning", "words", "name", "rating", *(name for name, is_asked in asked.items() if is_asked)]
    # Terms are rounded before they are added.
    return float(sum(getattr(weights, name) for name in terms) + 10.0**-DECIMALS * len(terms)) / weights.limits


def costs_of(limits: Sequence[Limit]) -> Floats:
    """Return what relaxing each limit costs."""
    return np.asarray([RELAXING_COSTS.get(limit.kind, 1.0) for limit in limits], dtype=np.float64)
