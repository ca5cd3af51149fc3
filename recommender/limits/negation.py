"""What is not wanted: "不要辣", "except hot pot", "no seafood"."""

import re

from recommender.domain import Domain
from recommender.sentence import Sentence

#: How far before a word its negator may stand, characters.
_REACH = 24
_BETWEEN_ZH = (
    r"(?:给我们?|位于|坐落|设在|开在|在|推荐|安排|介绍|选|找|订|来|卖|是|吃|去|住"
    r"|喝|有|要|带|放|太|那种|这种|那些|任何|什么|的|了)*"
)
_BETWEEN_EN = (
    r"(?:\s+(?:any|a|an|the|too|much|eat|have|has|having|like|want|very|really|be|one|ones|something|anything|anywhere"
    r"|somewhere|of|in|on|at|for|from|to|go|going|stay|staying|located|situated|serve|serves|serving|offer|offers"
    r"|offering|more|another|that|is|are|kind|type|sort))*\s+"
)
_AND = re.compile(r"\s*(?:和|、|或者?|跟|与|及|以及|还有|,? ?(?:or|nor|and)(?: any| a| an| the)?)\s*")
_OUTSIDE = re.compile(r"\s*(?:以外|之外|除外)")


class Negation:
    """Tells whether what is named is asked for or excluded."""

    def __init__(self, domain: Domain) -> None:
        zh = _either(domain.words["not_zh"])
        en = _either(domain.words["not_en"])
        self._negated = re.compile(
            rf"(?:(?P<zh>{zh}){_BETWEEN_ZH}|\b(?P<en>{en}){_BETWEEN_EN}|\boutside(?:\s+of)?\s+(?:the\s+)?)$"
        )
        indifferent = f"{_either(domain.words['indifferent_zh'])}|{_either(domain.words['indifferent_en'])}"
        self._indifferent = re.compile(rf"(?:{indifferent})(?:有|带|要|提供|the|a|any|\s)*$")
        self._not_negators = re.compile(_either(domain.words["not_negators_zh"]))

    def is_indifferent(self, sentence: Sentence, start: int) -> bool:
        """Whether what stands at a position is said to be all the same."""
        clause_start, _ = sentence.clause_at(start)
        return self._indifferent.search(sentence.text[max(clause_start, start - _REACH) : start]) is not None

    def goes_on(self, sentence: Sentence, end: int, start: int) -> bool:
        """Whether what is excluded up to `end` is joined to what stands at `start`: "no hostels or capsule hotels"."""
        return _AND.fullmatch(sentence.text, end, start) is not None

    def start(self, sentence: Sentence, start: int, end: int) -> int | None:
        """Return where the negator of what stands at a span begins, None when it is asked for."""
        if _OUTSIDE.match(sentence.text, end):
            return start
        clause_start, _ = sentence.clause_at(start)
        floor = max(clause_start, start - _REACH)
        before = self._not_negators.sub(lambda match: "·" * len(match.group()), sentence.text[floor:start])
        match = self._negated.search(before)
        if match is None or is_asked(sentence.text, floor + match.start(), floor + match.end()):
            return None
        return floor + match.start()


def is_asked(text: str, start: int, end: int) -> bool:
    """Whether a lone 不 stands between a word and itself: 贵不贵 and 吵不吵 ask, and exclude nothing."""
    return text[start:end] == "不" and start > 0 and text[start - 1] == text[end : end + 1]


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
