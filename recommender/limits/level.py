"""Levels of price: "便宜", "不太贵", "upmarket"; a soft one only ranks."""

import re
from collections.abc import Sequence

from recommender.domain import Domain
from recommender.lexicon import Match, Sense
from recommender.limits.facts import Facts
from recommender.limits.negation import Negation, is_asked
from recommender.query import Limit, LimitKind
from recommender.sentence import Sentence

#: Said of a level that is allowed, not wished for: "贵一点没关系".
_ALLOWED = re.compile(
    r"(?:一?[点些])?的?(?:也|都)?(?:没关系|没事|无所谓|无妨|不要紧|不怕|不介意|也行|也可以|都行|都可以)"
)


class LevelReader:
    """Reads words for a level of price, by the levels that a snapshot's listings have."""

    def __init__(self, domain: Domain, facts: Facts, negation: Negation) -> None:
        self._domain = domain
        self._facts = facts
        self._negation = negation
        self._any_price = re.compile(
            "|".join(re.escape(word) for name in ("any_price_zh", "any_price_en") for word in domain.words[name])
        )

    def read(self, sentence: Sentence, matches: Sequence[Match]) -> list[Limit]:
        """Return the last level that is said and not yet read; none where any price will do."""
        if self._any_price.search(sentence.text):
            return []
        for match in reversed(matches):
            for meaning in match.meanings:
                if meaning.sense is not Sense.LEVEL or not sentence.is_free(match.start, match.end):
                    continue
                if is_asked(sentence.text, match.start, match.start + 1):
                    continue
                level = self._domain.price_levels[int(meaning.value)]
                if level.id != "cheap" and _ALLOWED.match(sentence.text, match.end):
                    continue
                negated = self._negation.start(sentence, match.start, match.end) is not None
                levels = frozenset({1, 2}) if negated and level.id != "cheap" else level.levels
                known = self._facts.price_levels
                if known and not levels & known:
                    # A source without a "very expensive" means its dearest level by it.
                    levels = frozenset({max(known) if min(levels) > max(known) else min(known)})
                hard = bool(known) and not level.soft and not negated
                values = tuple(str(number) for number in sorted(levels))
                return [Limit(LimitKind.PRICE_LEVEL, values=values, hard=hard, start=match.start, end=match.end)]
        return []
