"""Quantities in a sentence: one number or two, with a unit, a comparison, and what it is about.

"人均80以下", "4.5分以上", "2小时 - 4小时", "under 100 yuan", "between 2 and 3 hours", "at least 4 stars".
The readers of price, rating, stars, duration and distance share this, so that a comparison is understood the same
way everywhere.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from recommender.numbers import Number, numbers_in
from recommender.query import Range
from recommender.sentence import Sentence


class Unit(StrEnum):
    """What a number counts, when the words beside it say so."""

    MONEY = "money"
    POINTS = "points"
    STARS = "stars"
    HOURS = "hours"
    DAYS = "days"
    MINUTES = "minutes"
    NIGHTS = "nights"
    METRES = "metres"
    KILOMETRES = "kilometres"
    MILES = "miles"
    PEOPLE = "people"
    CLOCK = "clock"
    OTHER = "other"


_MONEY = (
    r"来?元|来?块(?:钱)?|圆|人民币|rmb\b|cny\b|yuan\b|kuai\b|pounds?\b|gbp\b|quid\b|£|euros?\b|eur\b|€|dollars?\b|usd\b"
    r"|bucks\b|hkd\b|港币|港元|日元|日币|日圆|円|¥|yen\b|jpy\b|韩元|韩币|won\b|krw\b|泰铢|baht\b|thb\b|美元|美金|欧元"
    r"|英?镑|欧(?![洲式美陆])|新台币|台币|ntd?\$?\b|twd\b|澳门元|patacas?\b|新币|sgd\b|ringgit\b|myr\b|rupees?\b|inr\b|rupiah\b|dong\b"
    r"|pesos?\b|lira\b|francs?\b|chf\b|kron(?:a|or|er)\b|zloty\b|dirhams?\b|rand\b|aud\b|cad\b|nzd\b"
)
#: What is counted but never limited: "一家", "2楼", "the 3rd".
_OTHER = (
    r"[家个间种道次层岁月号路楼站条栋套张份桌样款处座所顿遍下些方直定番]|th\b|st\b|nd\b|rd\b"
    r"|years?\b|%|rooms?\b|beds?\b"
)
_UNITS: tuple[tuple[Unit, str], ...] = (
    (Unit.MONEY, _MONEY),
    (Unit.CLOCK, r"点(?:钟|半|\d)?|[:：]\d\d|a\.?m\b|p\.?m\b|o'?clock\b"),
    (Unit.HOURS, r"个?(?:小时|钟头|钟)|h\b|hrs?\b|[-\s]?hours?\b"),
    (Unit.MINUTES, r"分钟|mins?\b|[-\s]?minutes?(?:'|’)?"),
    (Unit.POINTS, r"分(?!店|公司|之)|points?\b|/\s?5\b|out of (?:5|five)\b"),
    (Unit.STARS, r"颗?星(?:级)?|[-\s]?stars?\b|\*(?=\s)"),
    (Unit.NIGHTS, r"[晚夜宿]|[-\s]?nights?\b"),
    (Unit.DAYS, r"整?天|整?日(?!\w)|(?:\s(?:whole|full|entire))?[-\s]?days?\b"),
    (Unit.KILOMETRES, r"公里|千米|km\b|[-\s]?kilomet(?:er|re)s?\b"),
    (Unit.METRES, r"米|m\b|met(?:er|re)s?\b"),
    (Unit.MILES, r"英里|miles?\b"),
    (Unit.PEOPLE, r"个?人|位|大人|口人|people\b|persons?\b|adults?\b|guests?\b|of us\b|kids?\b|children\b"),
    (Unit.OTHER, _OTHER),
)
_UNIT = re.compile(
    r"\s*(?:" + "|".join(f"(?P<{unit.value}>{pattern})" for unit, pattern in _UNITS) + ")", re.IGNORECASE
)
_MONEY_BEFORE = re.compile(r"(?:[¥￥£€$]|rmb|cny|hk\$)\s*$")
_NOTE = re.compile(r"\b(?:fiver|tenner)\b")
_STARS_BEFORE = re.compile(r"\bstars?(?: rating)?(?: of)?\s*$|星级(?:是|为)?\s*$")
_JOIN = re.compile(r"\s*(?:-|~|～|—+|–|−|到|至|\bto\b|\band\b|和|跟|与)\s*(?:[¥￥£€$])?\s*")
_BUDGET = re.compile(r"(?:\bbudget|预算)\s*$")
_OR = re.compile(r"\s*(?:or|或者?)\s*")
_LISTED = re.compile(r"\s*(?:[、,，]|or|或者?)?\s*")
_ABOUT = r"(?:的?(?:评分|评价|口碑|得分|价格|价位|消费|人均)的?)?"
_EACH = r"(?:\s*(?:a head|per head|per person|a person|each|a night|per night|apiece))?"
_AT_LEAST_AFTER = re.compile(
    rf"{_EACH}\s*{_ABOUT}(?:及|或者?)?(?:以上|之上|往上|起(?!床|来)|打底|朝上)|\s*\+|\s*(?:and|or)\s+(?:up"
    r"|above|more|higher|better|over|longer)\b(?!\s*[¥￥£$]?\d)"
    rf"|{_EACH}\s*(?:at least|minimum|min)\b|\s*plus\b",
)
_AT_MOST_AFTER = re.compile(
    rf"{_EACH}\s*{_ABOUT}(?:及|或者?)?(?:以下|之下|以内|之内|内(?!环)|往下|封顶|为限)|\s*(?:and|or)\s+(?:under"
    r"|below|less|lower|cheaper|fewer|shorter)\b(?!\s*[¥￥£$]?\d)"
    rf"|{_EACH}\s*(?:at most|tops|max(?:imum)?)\b",
)
#: 一百多: more than that, less than the next hundred. "4+ star": the sign may stand before the unit.
_AND_MORE = re.compile(r"多(?![人少云谢种样家个次])")
_PLUS = re.compile(r"\s?\+(?=[\s-]?\w)")
_ROUGHLY_AFTER = re.compile(r"\s*(?:左右|上下|前后|出头|or so\b|-?ish\b|more or less\b)")
_AT_LEAST_BEFORE = re.compile(
    r"(?:至少|最少|起码|(?:不能?|别)(?:低|少|小|短|便宜)于|(?<![不别能])(?:高于|大于|多于|超过|超出|长于)"
    r"|(?:no|not) (?:less|fewer|lower|shorter|cheaper|smaller) than|not (?:under|below)"
    r"|at least|over|above|more than|greater than|higher than"
    r"|minimum(?: of)?|starting (?:at|from)"
    r"|from|upwards of|exceeding)\s*(?:a |an |is )?(?:rating |score )?(?:of |in )?[是为在到有达要玩]*\s*[¥￥£€$]?\s*$"
)
_AT_MOST_BEFORE = re.compile(
    r"(?:不超过|不高于|不多于|不大于|不贵于|不长于|最多|最高|至多|顶多|(?<![不别能])(?:低于|小于|少于|短于)"
    r"|(?:别|不要|不能|不可以?|莫|勿)(?:超过?|多于|高于|大于)|不超|不到|控制在"
    r"|预算(?:只有)?|budget(?: of| is)?|at most|no more than|not more than|not over"
    r"|no (?:longer|higher) than|not (?:longer|higher|above) than|(?<!not )(?:under|below)"
    r"|(?<!no )(?<!not )(?:less|lower|cheaper|shorter|fewer) than|up to|within|maximum(?: of)?"
    r"|max(?: of)?|inside)\s*(?:a |an |is )?[是为在到有达要玩]*\s*[¥￥£€$]?\s*$"
)
_ROUGHLY_BEFORE = re.compile(
    r"(?:大约|大概|约|差不多|around|about|roughly|approximately|circa|~)\s*[是为在]?\s*[¥￥£€$]?\s*$"
)
#: What is bound so is not wanted: "评分低于4分的就算了", "over 500 is out".
_DROPPED_AFTER = re.compile(
    r"(?:块钱?|元|分|星级?)?的?(?:酒店|餐馆|餐厅|景点|地方|店|那种)?(?:就|都|请|我|一律|统统)*(?:算了|不要|不考虑|不行|免谈|别推荐"
    r"|不用推荐|别给我|排除|不想[要去看])"
    r"|\s*(?:stars?|points?|yuan|pounds|dollars)?\s*(?:is|are) (?:out(?! of)|too (?:much|low|expensive|dear|long)"
    r"|no good)\b"
)
#: How much context on each side tells what a number is about.
_REACH = 24


class Bound(StrEnum):
    """How a number limits."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ROUGHLY = "roughly"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, or two that span a range, as stated. `before` and `after` are the words beside it in its clause."""

    low: float
    high: float
    unit: Unit | None
    bound: Bound
    start: int
    end: int
    before: str
    after: str

    @property
    def is_range(self) -> bool:
        """Whether two numbers were given."""
        return self.low != self.high

    def within(self, slack: float = 0.0) -> Range:
        """Return the range that is meant; a single number is widened by `slack` (a share of it) on both sides."""
        if self.is_range:
            return Range(self.low, self.high)
        if self.bound is Bound.AT_LEAST:
            return Range(self.low, None)
        if self.bound is Bound.AT_MOST:
            return Range(None, self.high)
        if not slack:
            return Range(self.low, self.high)
        return Range(round(self.low * (1 - slack), 2), round(self.high * (1 + slack), 2))


def quantities_in(sentence: Sentence) -> list[Quantity]:
    """Return the quantities in what has not been read yet, from left to right."""
    text = sentence.rest
    numbers = numbers_in(text)
    found = []
    index = 0
    while index < len(numbers):
        first = numbers[index]
        partner = numbers[index + 1] if index + 1 < len(numbers) else None
        quantity = _pair(sentence, first, partner) if partner is not None else None
        index += 2 if quantity is not None else 1
        quantity = quantity or _single(sentence, first)
        found.append(quantity)
    return found


def _unit_after(text: str, end: int) -> tuple[Unit | None, int]:
    match = _UNIT.match(text, end)
    if match is None:
        return None, end
    return Unit(str(match.lastgroup)), match.end()


def _pair(sentence: Sentence, first: Number, second: Number) -> Quantity | None:
    text = sentence.rest
    first_unit, gap_start = _unit_after(text, first.end)
    joined = _JOIN.fullmatch(text, gap_start, second.start)
    if joined is None and (joined := _JOIN.fullmatch(text, first.end, second.start)) is not None:
        first_unit = None
    second_unit, end = _unit_after(text, second.end)
    if joined is None and first.end == second.start and second.value > first.value:
        # 三四百, 三五个小时: two numbers with nothing between.
        joined = _LISTED.fullmatch(text, first.end, second.start)
    if joined is None and second.value == (first.value + 1) * _step(second.value) and not text[second.start].isdigit():
        # "Three or four hundred": the scale is said once.
        joined = _OR.fullmatch(text, first.end, second.start)
    if joined is None and second.value == first.value + 1:
        # "3、4个小时", 两三个小时 and "an hour or two" are ranges too; "3, 6 …" is a list.
        joined = _LISTED.fullmatch(text, first.end, second.start) or _LISTED.fullmatch(text, gap_start, second.start)
    if joined is None or (second.value < first.value and first_unit in (None, second_unit)):
        return None
    spoken = joined.group().strip()
    if spoken in ("and", "和", "与", "跟") and "between" not in text[max(0, first.start - 12) : first.start]:
        return None
    if second_unit in (Unit.OTHER, Unit.PEOPLE, Unit.CLOCK) or first_unit in (Unit.OTHER, Unit.PEOPLE, Unit.CLOCK):
        return None
    scale = _hours(second_unit) / _hours(first_unit) if first_unit and second_unit else 1.0
    low = first.value / scale if scale else first.value
    if first_unit is None and first.value < _STEPS <= second.value / _STEPS and not text[second.start].isdigit():
        # 三到五百, "three to five hundred": the scale is said once.
        low = first.value * _step(second.value)
    return _quantity(sentence, (low, second.value), second_unit or first_unit, first.start, end)


#: Digits are one step of ten apart.
_STEPS = 10


def _hours(unit: Unit) -> float:
    return {Unit.DAYS: 24.0, Unit.MINUTES: 1 / 60}.get(unit, 1.0)


def _single(sentence: Sentence, number: Number) -> Quantity:
    text = sentence.rest
    if more := _AND_MORE.match(text, number.end):
        unit, end = _unit_after(text, more.end())
        return _quantity(sentence, (number.value, number.value + _step(number.value) - 1), unit, number.start, end)
    if plus := _PLUS.match(text, number.end):
        unit, end = _unit_after(text, plus.end())
        return replace(_quantity(sentence, (number.value, number.value), unit, number.start, end), bound=Bound.AT_LEAST)
    unit, end = _unit_after(text, number.end)
    return _quantity(sentence, (number.value, number.value), unit, number.start, end)


def _step(value: float) -> float:
    """Return the largest power of ten that divides a number: "a hundred and some" ends at the next hundred."""
    step = 1.0
    while value >= 10 * step and value % (10 * step) == 0:
        step *= 10
    return step


def _quantity(sentence: Sentence, values: tuple[float, float], unit: Unit | None, start: int, end: int) -> Quantity:
    text = sentence.rest
    clause_start, clause_end = sentence.clause_at(start)
    before = text[max(clause_start, start - _REACH) : start]
    if unit is None and (_MONEY_BEFORE.search(before) or _NOTE.search(text[start:end])):
        unit = Unit.MONEY
    if unit is None and _STARS_BEFORE.search(before):
        unit = Unit.STARS
    is_note = _NOTE.search(text[start:end]) is not None
    bound, end = _bound(text, before, end)
    if bound is Bound.AT_MOST and unit in (Unit.STARS, Unit.POINTS) and _BUDGET.search(before):
        # A "budget 3 star hotel" is a cheap one with three stars.
        bound = Bound.EXACT
    if is_note and bound is Bound.EXACT:
        # "Lunch for a fiver" is paid with one note.
        bound = Bound.AT_MOST
    return Quantity(*values, unit, bound, start, end, before, text[end : min(clause_end, end + _REACH)])


def _bound(text: str, before: str, end: int) -> tuple[Bound, int]:
    bound, end = _stated(text, before, end)
    opposite = {Bound.AT_MOST: Bound.AT_LEAST, Bound.AT_LEAST: Bound.AT_MOST}
    dropped = _DROPPED_AFTER.match(text, end) if bound in opposite else None
    return (bound, end) if dropped is None else (opposite[bound], dropped.end())


def _stated(text: str, before: str, end: int) -> tuple[Bound, int]:
    for pattern, bound in (
        (_AT_LEAST_AFTER, Bound.AT_LEAST),
        (_AT_MOST_AFTER, Bound.AT_MOST),
        (_ROUGHLY_AFTER, Bound.ROUGHLY),
    ):
        match = pattern.match(text, end)
        if match is not None:
            return bound, match.end()
    for pattern, bound in (
        (_AT_MOST_BEFORE, Bound.AT_MOST),
        (_AT_LEAST_BEFORE, Bound.AT_LEAST),
        (_ROUGHLY_BEFORE, Bound.ROUGHLY),
    ):
        if pattern.search(before):
            return bound, end
    return Bound.EXACT, end
