"""Limits on guests' rating (out of 5) and on a hotel's stars."""

import re
from collections.abc import Sequence

from recommender.limits.facts import Facts
from recommender.quantities import Bound, Quantity, Unit
from recommender.query import Limit, LimitKind, Range

_TOPIC = re.compile(r"评分|评价|口碑|得分|分数|好评|rating|rated|score|review")
_BEST, _BEST_OF_TEN = 5, 10


def is_rating(quantity: Quantity) -> bool:
    """Whether a quantity is a guests' rating."""
    if quantity.high > _BEST_OF_TEN:
        return False
    if quantity.unit is Unit.POINTS:
        return True
    return quantity.unit is None and bool(_TOPIC.search(quantity.before[-10:]) or _TOPIC.search(quantity.after[:8]))


def read_rating(quantities: Sequence[Quantity], facts: Facts) -> list[Limit]:
    """Return the rating that is asked for: a bare "4.5分" means at least that."""
    stars_are_ratings = not facts.stars and facts.rating
    return [
        Limit(LimitKind.RATING, range=_at_least(quantity), start=quantity.start, end=quantity.end)
        for quantity in quantities
        if is_rating(quantity) or (quantity.unit is Unit.STARS and stars_are_ratings and quantity.high <= _BEST)
    ][-1:]


def read_stars(quantities: Sequence[Quantity], facts: Facts) -> list[Limit]:
    """Return the stars that are asked for: "four stars" means just that, "four stars or more" at least that."""
    if not facts.stars:
        return []
    return [
        Limit(LimitKind.STARS, range=quantity.within(), start=quantity.start, end=quantity.end)
        for quantity in quantities
        if quantity.unit is Unit.STARS
    ][-1:]


def _at_least(quantity: Quantity) -> Range:
    scale = 0.5 if quantity.high > _BEST else 1.0
    if quantity.bound is Bound.AT_MOST:
        return Range(None, quantity.high * scale)
    if quantity.is_range:
        return Range(quantity.low * scale, quantity.high * scale)
    return Range(quantity.low * scale, None)
