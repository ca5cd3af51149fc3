"""Limits on how long a visit takes, in hours."""

import re
from collections.abc import Sequence
from dataclasses import replace

from recommender.limits.facts import Facts
from recommender.limits.spans import settled
from recommender.quantities import Quantity, Unit
from recommender.query import Limit, LimitKind, Range
from recommender.sentence import Sentence

_ELSEWHERE_AFTER = re.compile(
    r"\s*(?:的?(?:车程|路程|步行|营业|热水|服务|开放|前台)|(?:by|on|of)? ?(?:car|foot|drive|driving|walk|bus)"
    r"|away|from|early|ago|later|front|reception|service|store|shop)"
)
_ELSEWHERE_BEFORE = re.compile(
    r"(?:车程|步行|开车|走路|驾车|提前|(?<![度超])过|住|入住|营业|open"
    r"|stay(?:ing)? (?:for)?|walk|drive|in)\s*(?:大约|约)?\s*$"
)
#: "玩一个下午", "for an afternoon": half a day, by the words for its halves. When it is to be is another matter.
_HALF = r"(?:一整?个?|整个?|个)(?:上午|下午)"
_HALF_DAY = re.compile(
    rf"(?:玩|逛|游|待|呆|耍|打发|消磨|度过|花|走|看)(?:上|掉|完)?(?P<zh>{_HALF})(?!茶)"
    rf"|(?P<zh2>{_HALF})(?:的?时间)?(?:就|便|能够?|可以|够|正好|刚好)*(?:玩|逛|游|走|看)"
    r"|\b(?:spend|for|kill|fill|pass|takes?|needs?|in(?!\s+the))\s+"
    r"(?P<en>(?:an?|one|the|half)\s+(?:whole |full |entire |single )?(?:morning|afternoon))\b"
    r"(?=\s*(?:$|[^\w\s])|\s+(?:in|at|with|near|out(?! of)|on|or|and|by|around|somewhere|outdoors|indoors|visit|trip"
    r"|outing|only|long)\b)"
)
#: "Something to see in two hours" is about how long it takes; "in two hours" alone is about when.
_DONE_IN = re.compile(r"\b(?:see|seen|do|done|visit|visited|explore|explored|tour|toured)\s+in\s*(?:about|under)?\s*$")
_VISIT = re.compile(r"玩|游|逛|时长|时间|待|visit|spend|takes?|tour|duration|activit|trip|outing|last|see")
#: Half a day is a morning or an afternoon.
_HALF_DAY_H = 4.0
_HALF_OF_ONE = 0.5


def read_duration(sentence: Sentence, quantities: Sequence[Quantity], facts: Facts) -> list[Limit]:
    """Return the length of visit that is asked for.

    A single length comes as a range of no width: the listing's own range must contain it. Two lengths, or "at most",
    must contain the listing's range.
    """
    if not facts.duration:
        return []
    spans = [(quantity.start, quantity.end, _hours(quantity, facts)) for quantity in quantities if _is_visit(quantity)]
    halves = _HALF_DAY.finditer(sentence.rest)
    spans += [(*half.span(half.lastgroup or 0), Range(_HALF_DAY_H, _HALF_DAY_H)) for half in halves]
    days = {quantity.start for quantity in quantities if quantity.unit is Unit.DAYS and quantity.low != _HALF_OF_ONE}
    return [replace(limit, whole_day=limit.start in days) for limit in settled(LimitKind.DURATION, spans)]


def _is_visit(quantity: Quantity) -> bool:
    if quantity.unit not in (Unit.HOURS, Unit.MINUTES, Unit.DAYS):
        return False
    if _ELSEWHERE_AFTER.match(quantity.after):
        return False
    if _ELSEWHERE_BEFORE.search(quantity.before) and not _DONE_IN.search(quantity.before):
        return False
    if quantity.unit is Unit.HOURS or quantity.low == _HALF_OF_ONE:
        return True
    return bool(_VISIT.search(quantity.before) or _VISIT.search(quantity.after))


def _hours(quantity: Quantity, facts: Facts) -> Range:
    if quantity.unit is Unit.DAYS and quantity.low == quantity.high == _HALF_OF_ONE:
        return Range(_HALF_DAY_H, _HALF_DAY_H)
    scale = {Unit.DAYS: facts.day_hours, Unit.MINUTES: 1 / 60}.get(quantity.unit or Unit.HOURS, 1.0)
    asked = quantity.within()
    return Range(
        None if asked.low is None else round(asked.low * scale, 4),
        None if asked.high is None else round(asked.high * scale, 4),
    )
