"""Superlatives: what the answer is sorted by ("最便宜的", "the nearest", "best rated")."""

import re

from recommender.query import Limit, LimitKind
from recommender.sentence import Sentence

_SORTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("price", re.compile(
        r"最便宜|最实惠|价格最低|价位最低|最省钱|最划算|票价最低|cheapest|lowest price"
        r"|least expensive|most affordable"
    )),
    ("-price", re.compile(r"最贵|价格最高|最高档|most expensive|priciest|\bdearest|most luxurious")),
    (
        "-rating",
        re.compile(
            r"评分最高|评价最高|评价最好|口碑最好|最受欢迎|最好吃|最好玩|最棒|分数最高|最推荐"
            r"|best[- ]rated|highest[- ]rated|top[- ]rated"
            r"|highest rating|best rating|best reviewed|\bthe best\b|most popular|\bbest (?=restaurant"
            r"|hotel|place|attraction|museum|food)"
        ),
    ),
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
