"""The things asked for: kinds, facilities, dishes, tags and areas of the listings, and those that are not wanted."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.listing import Category
from recommender.domain import Domain
from recommender.lexicon import Lexicon, Match, Meaning, Sense, Thing
from recommender.limits.negation import Negation
from recommender.limits.place import Places
from recommender.limits.price import says_free
from recommender.phrases import Rows, united
from recommender.query import AREA_PREFIX, Limit, LimitKind
from recommender.sentence import READ, Sentence

_FREE_BEFORE = re.compile(r"(?:免费的?|\bfree)\s*$")
_FREE_AFTER = re.compile(r"(?:场|位)?(?:是|要|得|必须)?免费的?|\s+(?:is|are|for|that is)\s+free\b")
#: After these, one Han character or any part of a dish's name is what one wants to eat.
_EATS = re.compile(
    r"(?P<not>不想?|别|不要|不能|不)?(?:吃|喝|点|要|来|有没有|有)(?:个|份|点|些|碗|盘|一下|一顿)?(?P<dish>[\u4e00-\u9fff]{1,8}?)(?=的|了|吗|呢|吧|呀|啊|这|那|菜|$|[^\u4e00-\u9fff])"
    r"|有(?P<dish2>[\u4e00-\u9fff]{2,8}?)(?=这道|这个菜|这种菜|这菜|菜品)"
    rf"|(?:^|[，,。；;\s])(?P<dish3>[\u4e00-\u9fff]{{2,5}}?)(?:和|跟|或者?|、)(?={READ}|[\u4e00-\u9fff]{{2,5}}都[有吃卖])"
    r"|(?:和|跟|或者?|、)(?P<dish4>[\u4e00-\u9fff]{2,5}?)都(?=[有吃卖])"
)
_NOT_EATEN = re.compile(r"(?:不想?吃|不要放?|不放|别放|不能吃|忌)(?P<dish>[\u4e00-\u9fff])(?![\u4e00-\u9fff])")


class ThingReader:
    """Reads what is asked for by the words of one snapshot's listings."""

    def __init__(self, lexicon: Lexicon, domain: Domain, places: Places, negation: Negation) -> None:
        self._lexicon = lexicon
        self._domain = domain
        self._places = places
        self._negation = negation

    def read(
        self,
        sentence: Sentence,
        matches: Sequence[Match],
        categories: frozenset[Category],
        found: Sequence[Limit],
    ) -> list[Limit]:
        """Return the limits that known phrases stand for; `found` are those read before."""
        limits, kinds, areas, near = [], [], [], any(limit.kind is LimitKind.NEAR for limit in found)
        excluded = -1
        for match in matches:
            chosen = self._chosen(match, categories)
            if not chosen or self._negation.is_indifferent(sentence, match.start):
                continue
            kind = chosen[0].kind
            start, end = with_free(sentence, match) if kind is LimitKind.FACILITY else (match.start, match.end)
            values = tuple(dict.fromkeys(thing.key for thing in chosen))
            negated = self._negation.start(sentence, start, end)
            if negated is None and excluded >= 0 and self._negation.goes_on(sentence, excluded, start):
                negated = start
            if negated is not None:
                excluded = end
                if kind is LimitKind.AREA:
                    values = tuple(f"{AREA_PREFIX}{value}" for value in values)
                limits.append(Limit(LimitKind.NOT, values=values, start=negated, end=end))
            elif kind is LimitKind.AREA:
                if not (near and self._places.near_span(sentence, start, end)):
                    areas.append(Limit(kind, values=values, start=start, end=end))
            elif kind is LimitKind.SUBTYPE:
                kinds.append(Limit(kind, values=values, start=start, end=end))
            else:
                # "Soup" of "fish head soup" says less than the words before it, and only ranks.
                compound = chosen[0].is_part or (kind is LimitKind.DISH and match.key.isascii())
                hard = not (compound and self._goes_on(sentence, match, matches))
                limits.append(Limit(kind, values=values, hard=hard, start=start, end=end))
        return limits + self._kinds(kinds) + _alternatives(areas)

    @staticmethod
    def _goes_on(sentence: Sentence, match: Match, matches: Sequence[Match]) -> bool:
        """Whether a phrase follows another one directly."""
        return any(
            not sentence.text[other.end : match.start].strip(" -") for other in matches if other.end <= match.start
        )

    def _kinds(self, kinds: Sequence[Limit]) -> list[Limit]:
        """Kinds that some place is at once ("a campsite with barbecue") must all hold; else any one will do."""
        common: Rows | None = None
        for limit in kinds:
            rows = united([self._lexicon.rows(limit.kind, value) for value in limit.values])
            common = rows if common is None else np.intersect1d(common, rows, assume_unique=True)
        return list(kinds) if common is not None and len(common) else _alternatives(kinds)

    def _chosen(self, match: Match, categories: frozenset[Category]) -> list[Thing]:
        """Return the things that a phrase means here: those of the category asked for, all of one kind."""
        meanings = [meaning for meaning in match.meanings if meaning.sense is Sense.THING]
        things = [thing for meaning in meanings if (thing := self._thing(meaning)) is not None]
        if categories:
            things = [
                thing
                for thing in things
                if thing.kind is LimitKind.AREA or not thing.share or categories & thing.share.keys()
            ]
        things.sort(key=lambda thing: (len(thing.rows) == 0, thing.is_concept))
        if not things:
            return []
        if not len(things[0].rows):
            return things[:1]
        meant = [
            thing
            for thing in things
            if len(thing.rows) and (thing.kind is LimitKind.AREA) == (things[0].kind is LimitKind.AREA)
        ]
        if any(thing.kind is LimitKind.SUBTYPE and not thing.is_concept for thing in meant):
            # Where the listings know a kind by this word, they tell it from its relatives: 民宿 is no 客栈 there.
            return [thing for thing in meant if thing.kind is not LimitKind.SUBTYPE or not thing.is_concept]
        return _narrowest(meant)

    def _thing(self, meaning: Meaning) -> Thing | None:
        return self._lexicon.thing(meaning.kind, meaning.value) if meaning.kind is not None else None

    def not_categories(self, sentence: Sentence, matches: Sequence[Match]) -> tuple[list[Match], list[Limit]]:
        """Return the phrases without the nouns that are not wanted ("不要酒店"), and the limits that leave those out.

        A noun that is also the name of a kind excludes that kind, another one its category.
        """
        kept, limits = [], []
        for match in matches:
            nouns = [Category(meaning.value) for meaning in match.meanings if meaning.sense is Sense.NOUN]
            things = any(meaning.sense is Sense.THING for meaning in match.meanings)
            negated = None if not nouns or things else self._negation.start(sentence, match.start, match.end)
            if negated is None:
                kept.append(match)
            elif match.key in self._lexicon.things:
                limits.append(Limit(LimitKind.NOT, values=(match.key,), start=negated, end=match.end))
            else:
                others = tuple(sorted(other.value for other in Category if other not in nouns))
                limits.append(Limit(LimitKind.CATEGORY, values=others, start=negated, end=match.end))
        return kept, limits

    def eaten(self, sentence: Sentence, categories: frozenset[Category]) -> list[Limit]:
        """Return dishes that are only a part of any dish's name ("吃鱼"), and what is not to be in them ("不要辣")."""
        if categories and Category.RESTAURANT not in categories:
            return []
        found = []
        for match in _NOT_EATEN.finditer(sentence.rest):
            values = self._dish_keys(match["dish"])
            if values:
                found.append(Limit(LimitKind.NOT, values=values, start=match.start(), end=match.end()))
                sentence.take(*match.span())
        for match in _EATS.finditer(sentence.rest):
            group = match.lastgroup or "dish"
            values = self._dish_keys(match[group])
            if values:
                kind = LimitKind.NOT if match["not"] else LimitKind.DISH
                found.append(Limit(kind, values=values, start=match.start(group), end=match.end(group)))
        return found

    def _dish_keys(self, words: str) -> tuple[str, ...]:
        concepts = tuple(
            f"@{concept.id}"
            for concept in self._domain.concepts
            if concept.kind is LimitKind.DISH
            and words in concept.zh
            and len(self._lexicon.things[f"@{concept.id}"].rows)
        )
        if concepts:
            return concepts
        if (
            len(words) > 1
            and not self._lexicon.is_filler(words)
            and len(self._lexicon.containing(LimitKind.DISH, words))
        ):
            return (words,)
        return ()


def _narrowest(things: Sequence[Thing]) -> list[Thing]:
    """Leave out the kinds that hold all of a narrower one and more: "sushi" is said of sushi bars, not of ramen."""
    kinds = [thing for thing in things if thing.kind is LimitKind.SUBTYPE]
    wide = [thing for thing in kinds if any(_holds_more(thing.rows, narrow.rows) for narrow in kinds)]
    return [thing for thing in things if thing not in wide] if wide else list(things)


def _holds_more(rows: Rows, narrow: Rows) -> bool:
    return len(rows) > len(narrow) and bool(np.isin(narrow, rows, assume_unique=True).all())


def is_thing(sentence: Sentence, match: Match) -> bool:
    """Whether a phrase names a thing; who comes along and what is free are limits of their own."""
    senses = {meaning.sense for meaning in match.meanings}
    return Sense.THING in senses and Sense.PARTY not in senses and not says_free(sentence.text[match.start : match.end])


def with_free(sentence: Sentence, match: Match) -> tuple[int, int]:
    """Return the span of a phrase, with the "free" beside a facility: parking is free then, not the place."""
    if not any(meaning.kind is LimitKind.FACILITY for meaning in match.meanings):
        return match.start, match.end
    before = _FREE_BEFORE.search(sentence.text[: match.start])
    after = _FREE_AFTER.match(sentence.text, match.end)
    return (match.start if before is None else before.start()), (match.end if after is None else after.end())


def _alternatives(limits: Sequence[Limit]) -> list[Limit]:
    """Join limits of which any one will do into one, so that taking its chip away never narrows the answer."""
    if not limits:
        return []
    values = tuple(dict.fromkeys(value for limit in limits for value in limit.values))
    return [replace(limits[0], values=values, end=max(limit.end for limit in limits))]
