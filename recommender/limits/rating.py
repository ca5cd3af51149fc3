"""Limits on guests' rating (out of 5) and on a hotel's stars."""

import re
from collections.abc import Sequence

from recommender.limits.facts import Facts
from recommender.limits.spans import Span, settled
from recommender.quantities import Bound, Quantity, Unit
from recommender.query import Limit, LimitKind, Range
from recommender.sentence import Sentence

_TOPIC = re.compile(r"评分|打分|评价|口碑|得分|分数|好评|rating|rated|score|review")
_OTHER_TOPIC = re.compile(r"价|门票|人均|消费|预算|费|票|cost|price|budget|fee|ticket|时长|小时|hour")
_FULL = re.compile(r"满分|五分好评|\bperfect (?:rating|score)|\bfull marks")
_NUMBER = re.compile(r"\d|[两二三四五六七八九十百]")
_BEST, _BEST_OF_TEN = 5, 10
_FURTHER = re.compile(
    r"\s*[,，]?\s*(?:但是?|又|且|而且|不过|同时|and|but)?\s*(?:要|是|也)?\s*"
    r"(?:不到|低于|高于|不超过|不高于|不低于|小于|大于|under|below|over|above|less than|at most|no more than)?\s*"
)


def is_rating(quantity: Quantity) -> bool:
    """Whether a quantity is a guests' rating: it says points, or rating is the last thing spoken of before it."""
    if quantity.high > _BEST_OF_TEN:
        return False
    if quantity.unit is Unit.POINTS:
        return True
    if quantity.unit is not None:
        return False
    topic = spoken_of(_TOPIC, quantity.before)
    if topic >= 0:
        return topic > spoken_of(_OTHER_TOPIC, quantity.before)
    if _TOPIC.search(quantity.after[:8]):
        return True
    # "4.5以上的酒店": nothing else is counted so finely on such a scale.
    return quantity.bound is Bound.AT_LEAST and quantity.low <= _BEST and quantity.low % 1 != 0


def _goes_on(between: str) -> bool:
    """Whether what follows a rating is a further bound on it: "4以上但不到4.5"."""
    return _FURTHER.fullmatch(between) is not None


def _is_bound(quantity: Quantity) -> bool:
    return quantity.unit is None and quantity.high <= _BEST and quantity.bound in (Bound.AT_LEAST, Bound.AT_MOST)


def spoken_of(pattern: re.Pattern[str], before: str) -> int:
    """Return where a topic last stands before a number, -1 when it does not or has a number of its own."""
    last = max((match.end() for match in pattern.finditer(before)), default=-1)
    return -1 if last >= 0 and _NUMBER.search(before, last) else last


def read_rating(sentence: Sentence, quantities: Sequence[Quantity], facts: Facts) -> list[Limit]:
    """Return the rating that is asked for: a bare "4.5分" means at least that."""
    full = [
        Limit(LimitKind.RATING, range=Range(float(_BEST), None), start=match.start(), end=match.end())
        for match in _FULL.finditer(sentence.rest)
    ]
    if full:
        return full[:1]
    stars_are_ratings = not facts.stars and facts.rating
    spans: list[Span] = []
    for quantity in quantities:
        starred = quantity.unit is Unit.STARS and (stars_are_ratings or quantity.low % 1) and quantity.high <= _BEST
        further = bool(spans) and _goes_on(sentence.text[spans[-1][1] : quantity.start]) and _is_bound(quantity)
        if starred or further or is_rating(quantity):
            spans.append((quantity.start, quantity.end, _at_least(quantity)))
    return settled(LimitKind.RATING, spans)


def read_stars(quantities: Sequence[Quantity], facts: Facts) -> list[Limit]:
    """Return the stars that are asked for: "four stars" means just that, "four stars or more" at least that."""
    if not facts.stars:
        return []
    spans = [
        (quantity.start, quantity.end, quantity.within())
        for quantity in quantities
        if quantity.unit is Unit.STARS and not quantity.low % 1
    ]
    return settled(LimitKind.STARS, spans)


def _at_least(quantity: Quantity) -> Range:
    scale = 0.5 if quantity.high > _BEST else 1.0
    if quantity.bound is Bound.AT_MOST:
        return Range(None, quantity.high * scale)
    if quantity.is_range:
        return Range(quantity.low * scale, quantity.high * scale)
    return Range(quantity.low * scale, None)
