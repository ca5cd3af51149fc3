"""Which category is asked for, weighed from everything that a sentence says.

A sentence names more than it asks for: "吃完饭我想找一家酒店" is about a hotel, "推荐个景点，再看看周边的餐馆" about
a sight. So each word speaks for a category with a weight, and what stands in a clause about an errand that is done, or
behind a further wish, weighs little.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.listing import Category
from recommender.domain import Domain
from recommender.lexicon import Lexicon, Match, Sense
from recommender.query import Limit, LimitKind
from recommender.sentence import Sentence

#: How strongly a noun ("酒店"), a cue ("人均"), a verb ("住"), a kind, a dish and a facility speak for a category.
_NOUN, _CUE, _VERB, _KIND, _DISH, _FACILITY = 3.0, 1.5, 1.0, 2.5, 1.5, 0.8
_WEIGHTS = {LimitKind.SUBTYPE: _KIND, LimitKind.DISH: _DISH, LimitKind.FACILITY: _FACILITY, LimitKind.TAG: 0.0}
_KINDS = (LimitKind.SUBTYPE, LimitKind.DISH)
#: What no listing is or has, people rather mention than ask for.
_ABSENT = 0.4
#: Numbers that only one category has.
_NUMBERS = {LimitKind.DURATION: Category.ATTRACTION, LimitKind.STARS: Category.HOTEL}
#: What is left of a word's weight in a clause about something done, and behind a further wish.
_DONE, _FURTHER = 0.15, 0.1
_ASKED = 1.4
#: The last clause that asks is the one that counts when all else is equal.
_LATER = 0.05
#: Below this nothing was said; above this share of the best, a second category joined by "or" is asked for as well.
_LEAST, _SECOND = 0.9, 0.6
_MOSTLY = 0.7
_OR = re.compile(r"或者?|和|还是|以及|\bor\b|\band\b|/")
_FURTHER_BEFORE = re.compile(r"(?:周边|附近|周围|旁边|边上)(?:的|有|有没有|有什么|还有)*$|(?:和|与|及|以及|、)$")
_FURTHER_HEAD = re.compile(r"(?:周边|附近|周围|旁边|边上)(?:的|有|有没有|有什么|还有)*")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word that speaks for a category."""

    category: Category
    weight: float
    start: int
    end: int
    is_thing: bool = False


class CategoryReader:
    """Weighs the words of a sentence."""

    def __init__(self, lexicon: Lexicon, domain: Domain) -> None:
        self._lexicon = lexicon
        words = domain.words
        self._done = _pattern(words["done_zh"], words["done_en"])
        self._asks = _pattern(words["asks_zh"], words["asks_en"])

    def read(
        self, sentence: Sentence, matches: Sequence[Match], limits: Iterable[Limit], *, anchored: bool = False
    ) -> tuple[frozenset[Category], tuple[int, int]]:
        """Return the categories asked for, and the span of the word that says so most; none when nothing does.

        `anchored` says that "附近" has a place to be near in this sentence, and so introduces no further wish.
        """
        evidence = list(self._evidence(matches, limits))
        weights = [item.weight * self._factor(sentence, item, anchored=anchored) for item in evidence]
        if sum(weights) < _LEAST:
            # Everything stands in such a clause, so it is what is asked for after all.
            weights = [item.weight for item in evidence]
        totals: dict[Category, float] = defaultdict(float)
        for item, weight in zip(evidence, weights, strict=True):
            totals[item.category] += weight
        if not totals or max(totals.values()) < _LEAST:
            return frozenset(), (0, 0)
        if all(item.is_thing for item in evidence) and not self._agree(matches):
            # "可以烧烤的营地": only kinds are named, of several categories; their own rows are limit enough.
            return frozenset(), (0, 0)
        best = max(sorted(totals), key=totals.__getitem__)
        chosen = {best} | {other for other in totals if self._is_joined(sentence, evidence, best, other, totals)}
        top = max(
            (pair for pair in zip(evidence, weights, strict=True) if pair[0].category is best), key=lambda pair: pair[1]
        )[0]
        return frozenset(chosen), (top.start, top.end)

    def _evidence(self, matches: Sequence[Match], limits: Iterable[Limit]) -> Iterable[Evidence]:
        for match in matches:
            senses = {Sense.NOUN: _NOUN, Sense.CUE: _CUE, Sense.VERB: _VERB}
            for meaning in match.meanings:
                if meaning.sense in senses:
                    yield Evidence(Category(meaning.value), senses[meaning.sense], match.start, match.end)
            for category, share in self._shares(match).items():
                # What several categories have, such as a bamboo forest in view, asks for none of them.
                yield Evidence(category, share, match.start, match.end, is_thing=True)
        for limit in limits:
            if limit.kind in _NUMBERS:
                yield Evidence(_NUMBERS[limit.kind], _CUE, limit.start, limit.end)

    def _shares(self, match: Match) -> dict[Category, float]:
        """Return how strongly the things that a phrase may mean speak for each category."""
        best: dict[Category, float] = {}
        things = [
            self._lexicon.things[meaning.value]
            for meaning in match.meanings
            if meaning.sense is Sense.THING and meaning.kind not in (None, LimitKind.AREA, LimitKind.TAG)
        ]
        for thing in [thing for thing in things if len(thing.rows)] or things:
            weight = _WEIGHTS[thing.kind] * (1.0 if len(thing.rows) else _ABSENT)
            for category, share in thing.leaning.items():
                if share >= _MOSTLY:
                    best[category] = max(best.get(category, 0.0), weight * share)
        return best

    def _agree(self, matches: Sequence[Match]) -> bool:
        """Whether all kinds and dishes that are named belong to one category."""
        kinds = [match for match in matches if any(meaning.kind in _KINDS for meaning in match.meanings)]
        return len({frozenset(self._shares(match)) for match in kinds}) <= 1

    def _factor(self, sentence: Sentence, item: Evidence, *, anchored: bool) -> float:
        start, end = sentence.clause_at(item.start)
        clause = sentence.text[start:end]
        asks, done = self._asks.search(clause), self._done.search(clause)
        factor = 1.0 + _LATER * item.start / max(1, len(sentence.text))
        before_done = done is not None and item.start - start < done.end() and item.end - start <= done.start() + 1
        if done and (not asks or before_done):
            factor *= _DONE
        elif asks:
            factor *= _ASKED
        if not anchored and _is_further(sentence.text[start : item.start]):
            factor *= _FURTHER
        return factor

    def _is_joined(
        self,
        sentence: Sentence,
        evidence: Sequence[Evidence],
        best: Category,
        other: Category,
        totals: dict[Category, float],
    ) -> bool:
        if other is best or totals[other] < _SECOND * totals[best]:
            return False
        firsts = [item for item in evidence if item.category is best]
        seconds = [item for item in evidence if item.category is other]
        return any(
            _OR.fullmatch(sentence.text[min(a.end, b.end) : max(a.start, b.start)].strip())
            for a in firsts
            for b in seconds
        )


def _is_further(before: str) -> bool:
    """Whether a word follows "周边的", directly or in a list: something wished for beside what is asked."""
    return _FURTHER_BEFORE.search(before) is not None and _FURTHER_HEAD.search(before) is not None


def _pattern(zh: Sequence[str], en: Sequence[str]) -> re.Pattern[str]:
    words = [re.escape(word) for word in sorted(zh, key=len, reverse=True)]
    words += [r"\b" + re.escape(word.strip()) + r"\b" for word in sorted(en, key=len, reverse=True)]
    return re.compile("|".join(words))
