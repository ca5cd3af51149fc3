"""What was done already is no wish: "泡过温泉了，现在找家川菜馆", "We saw the glacier yesterday. Today a monastery"."""

import re
from collections.abc import Sequence

from recommender.lexicon import Match, Sense
from recommender.sentence import Sentence

#: How far before a word its verb may stand, characters.
_REACH = 32
_VERB_ZH = r"(?:吃|喝|玩|泡|住|去|来|逛|看|爬|游|滑|坐|参观|游览|体验|试|尝)"
_BEFORE = re.compile(
    rf"(?<![没未不])(?<!没有)(?<!想){_VERB_ZH}过了?(?:一[次趟家个回])?(?:这里|那边|当地|本地)?的?$"
    rf"|(?:已经|刚刚?|昨天|昨晚|前天|上次|刚才|上午|今早)[^,，。]{{0,4}}?{_VERB_ZH}(?:完|了|过)了?(?:一[次趟家个回])?$"
    r"|\b(?:we|i)(?:'ve|’ve| have|'d| had)?(?: already| just| both| all)* "
    r"(?:saw|seen|visited|toured|climbed|tried|ate|eaten|did|done|went (?:to|up|on)|been (?:to|up|on|in))"
    r"(?: to)?(?: (?:the|a|an|some|one|that|your|their))?(?: famous| big| old)?\s*$"
)
_AFTER = re.compile(rf"(?:已经|都|刚刚?|昨天)*{_VERB_ZH}(?:过|完)了?(?=$|[,，。!！;；])")
#: What can be wished for: a word that only colours a sentence leaves it without a wish.
_WISHES = frozenset({Sense.THING, Sense.NOUN})


def without_done(sentence: Sentence, matches: Sequence[Match]) -> list[Match]:
    """Return the phrases that are still wished for; all of them when nothing else is asked."""
    left = [match for match in matches if not _is_done(sentence, match)]
    wished = any(meaning.sense in _WISHES for match in left for meaning in match.meanings)
    return left if wished else list(matches)


def _is_done(sentence: Sentence, match: Match) -> bool:
    start, _ = sentence.clause_at(match.start)
    before = sentence.text[max(start, match.start - _REACH) : match.start]
    return _BEFORE.search(before) is not None or _AFTER.match(sentence.text, match.end) is not None
