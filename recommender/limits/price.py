"""Price limits: an amount, a range, free or not."""

import re
from collections.abc import Sequence

from recommender.limits.rating import is_rating, spoken_of
from recommender.limits.spans import settled
from recommender.quantities import Bound, Quantity, Unit
from recommender.query import Limit, LimitKind, Range
from recommender.sentence import READ, Sentence

_TOPIC = re.compile(
    r"价|门票|人均|消费|预算|花费|收费|票|元|块|费用|cost|price|budget|fee|ticket|entry|entrance"
    r"|admission|spend|pay|charge"
)
_EACH = re.compile(
    r"\s*(?:一个人|每个?人|一人|一位|每位|一晚|每晚|一夜|每天一间|a head|per head|a person"
    r"|per person|each|pp\b|a night|per night|nightly)"
)
_FREE = re.compile(
    r"(?<![不非])(?:免费|不要钱|不用钱|不花钱|不收费|零元|免(?:门|费)?票|白嫖|白玩|(?:不收|不用|(?<!有)没有?|无需?|不要"
    r"|不需要|不买)(?:买|收)?(?:门票|票|入场费)费?(?!价)|(?<![\d.])0元)"
    r"|\bfree\b(?=\s+(?:entry|entrance|admission|of charge|to (?:enter|visit|get in|see)"
    r"|attractions?|museums?|parks?|things?|places?|sights?|ones?)\b|\s*" + READ + r")"
    r"|\b(?:for|is|are|be|it's|that's|totally|completely)\s+free\b(?!\s+\w)|free of charge"
    r"|\bcosts? nothing\b|(?:doesn't|don't|does not|do not|won't|not) cost (?:me |us )?(?:anything|a (?:thing|penny))"
    r"|no (?:entrance|admission|entry) (?:fee|charge)"
    r"|(?:entrance|admission|entry)(?: fee)? (?:that is |is )?free"
)
_NOT_FREE = re.compile(
    r"(?:不|不是|非)免费|(?<!不)要收费|(?<!不)收费的|(?<!不)收费(?=景点|景区|项目)|付费"
    r"|(?<![不用])要(?:买|收)(?:门)?票|not free"
    r"|isn't free|with an? (?:entrance|admission) fee"
)
#: A price named without "under" or "about" is meant to within a tenth.
_SLACK, _ROUGH_SLACK = 0.1, 0.2
_SMALLEST = 0.01
_LEAST_BARE = 10


def read_price(sentence: Sentence, quantities: Sequence[Quantity]) -> list[Limit]:
    """Return the price limit of a sentence, if it has one; bounds stated apart are joined."""
    found = [(quantity, _range(quantity)) for quantity in quantities if is_price(quantity)]
    free = [(match, Range(_SMALLEST, None)) for match in _NOT_FREE.finditer(sentence.rest)]
    free = free or [(match, Range(0.0, 0.0)) for match in _FREE.finditer(sentence.rest)]
    spans = [(q.start, q.end, r) for q, r in found] + [(m.start(), m.end(), r) for m, r in free]
    return settled(LimitKind.PRICE, spans)


def says_free(words: str) -> bool:
    """Whether a phrase says that nothing is paid, whatever listings call it by."""
    return (_FREE.match(words) if words.isascii() else _FREE.fullmatch(words)) is not None


def is_price(quantity: Quantity) -> bool:
    """Whether a quantity is an amount of money."""
    if quantity.unit is Unit.MONEY:
        return True
    if quantity.unit is not None:
        return False
    if _EACH.match(quantity.after):
        return True
    if is_rating(quantity):
        return False
    if spoken_of(_TOPIC, quantity.before) >= 0 or _TOPIC.search(quantity.after[:6]):
        return True
    # "三百以内", "100-200的酒店": a comparison of bare numbers of this size is about money.
    return quantity.high >= _LEAST_BARE and (quantity.is_range or quantity.bound is not Bound.EXACT)


def _range(quantity: Quantity) -> Range:
    return quantity.within(_ROUGH_SLACK if quantity.bound is Bound.ROUGHLY else _SLACK)
