"""Superlatives: what the answer is sorted by ("最便宜的", "the nearest", "best rated")."""

import re

from recommender.query import Limit, LimitKind
from recommender.sentence import Sentence

#: "价格最高不超过500" is a bound.
_UNBOUND = r"(?![不别是在为到可能]|\s?\d|[一二两三四五六七八九])"
_SORTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("price", re.compile(
        rf"最便宜|最实惠|(?:价[格钱位]?|票价?|房价|消费|花费)最[低少]{_UNBOUND}|最低价格?的|最省钱|最划算|最平价|最经济|花钱最少"
        r"|cheapest|lowest[- ]pric|least expensive|most affordable|most economical"
        r"|\bcosts?(?: you| me| us)? the least|lowest (?:fee|fare|rate|cost)s?\b"
    )),
    ("-price", re.compile(
        rf"最贵|(?:价[格钱位]?|票价?|房价|消费)最高{_UNBOUND}|最高档|最奢华|most expensive|priciest|\bdearest"
        r"|most luxurious|\bcosts?(?: you| me| us)? the most|most costly|costliest|highest[- ]pric"
        r"|highest (?:fee|fare|rate)s?\b"
    )),
    ("-rating", re.compile(
        rf"(?:评分|评价|口碑|分数|打分|得分|好评|评级)最[高好佳棒多]{_UNBOUND}|最受欢迎|最好吃|最好玩|最棒|最推荐|最火|人气最[高旺]"
        r"|best[- ]rated|highest[- ]rated|top[- ]rated|highest[- ](?:rating|score|scoring|reviewed)|best[- ]reviewed"
        r"|best (?:rating|score|review)s?\b|top[- ]?(?:scoring|reviewed)|\bthe best\b|most popular"
        r"|\bbest (?=restaurant|hotel|place|attraction|museum|food)"
    )),
    ("distance", re.compile(r"离.{0,12}最近|最近的(?!天|日子|一次)|距离最近|nearest|closest")),
    ("-stars", re.compile(r"星级最高|most stars|highest star")),
)  # fmt: skip


def read_sort(sentence: Sentence) -> list[Limit]:
    """Return what to sort by, the first superlative of the sentence."""
    found = [
        Limit(LimitKind.SORT, values=(name,), hard=False, start=match.start(), end=match.end())
        for name, pattern in _SORTS
        if (match := pattern.search(sentence.text))
    ]
    return sorted(found, key=lambda limit: limit.start)[:1]
