"""A tourist's words → a typed `Query`.

Names come first, because they hide words of every other kind; then the things that listings have; then numbers with
what they are about; then the rest. What each reader takes is crossed out for the next.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from index.listing import Category
from index.settings import Language
from index.snapshot import Snapshot
from recommender.domain import Domain
from recommender.labels import Labels
from recommender.lexicon import Lexicon, Match, Meaning, Sense, Thing
from recommender.likeness import Likeness
from recommender.limits.category import CategoryReader
from recommender.limits.duration import read_duration
from recommender.limits.facts import Facts
from recommender.limits.negation import Negation
from recommender.limits.opening import read_opening
from recommender.limits.place import Named, Places
from recommender.limits.price import read_price, says_free
from recommender.limits.rating import read_rating, read_stars
from recommender.limits.superlative import read_sort
from recommender.limits.way import read_way
from recommender.naming import NameIndex, pieces_of
from recommender.quantities import quantities_in
from recommender.query import AREA_PREFIX, LISTING_PREFIX, Limit, LimitKind, Near, Query, Understood
from recommender.sentence import READ, Sentence, phrase_units

#: A name is meant when this share of it (by rarity) was said: with words that ask for one, and without.
_NAME_ASKED, _NAME_UNASKED = 0.6, 0.9
_NAME_TIE = 0.95
#: What may be an abbreviated name: all of a clause, or what one wants to go to.
_RUNS = re.compile(
    r"(?:^|去|到|在|[，。,.\s])(?P<name>[\u4e00-\u9fff]{3,5})(?=$|玩|怎么|的|附近|开车|[，。,.?？!！\s])"
)
_COUPLE_OF = re.compile(r"\ba couple of\b")
_FREE_BEFORE = re.compile(r"(?:免费的?|\bfree)\s*$")
_FREE_AFTER = re.compile(r"(?:场|位)?(?:是|要|得|必须)?免费的?|\s+(?:is|are|for|that is)\s+free\b")
#: After these, one Han character or any part of a dish's name is what one wants to eat.
_EATS = re.compile(
    r"(?P<not>不想?|别|不要|不能)?(?:吃|喝|点)(?:个|份|点|些|一下|一顿)?(?P<dish>[\u4e00-\u9fff]{1,8}?)(?=的|了|吗|呢|吧|呀|啊|这|那|菜|$|[^\u4e00-\u9fff])"
    r"|有(?P<dish2>[\u4e00-\u9fff]{2,8}?)(?=这道|这个菜|这种菜|这菜|菜品)"
)
_NOT_EATEN = re.compile(r"(?:不想?吃|不要放?|不放|别放|不能吃|忌)(?P<dish>[\u4e00-\u9fff])(?![\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: language of the reply, the county's time, and where they are when they agreed to say so."""

    language: Language
    now: datetime
    origin: tuple[float, float] | None = None


class Understanding:
    """Reads sentences about one snapshot; built once for it."""

    def __init__(self, snapshot: Snapshot, facts: Facts, domain: Domain, lexicon: Lexicon, likeness: Likeness) -> None:
        listings = snapshot.listings
        self._listings = {listing.id: listing for listing in listings}
        self._rows = tuple(listings)
        self._facts = facts
        self._domain = domain
        self._labels = Labels(lexicon, domain, self._listings)
        self.lexicon = lexicon
        self._likeness = likeness
        self.names = NameIndex([[name for name in (x.name, x.name_en) if name] for x in listings])
        self._places = Places(snapshot.gazetteer, snapshot.places, listings, domain)
        self._categories = CategoryReader(lexicon, domain)
        self._negation = Negation(domain)
        self._any_price = re.compile(
            "|".join(re.escape(word) for name in ("any_price_zh", "any_price_en") for word in domain.words[name])
        )

    def understand(self, text: str, asking: Asking, without: frozenset[str] = frozenset()) -> Query:
        """Turn words into a query; the limits whose chip ids are in `without` are left out."""
        sentence = Sentence.of(text)
        limits = self._limits(sentence, asking)
        kept = tuple(limit for limit in limits if limit.id not in without)
        chips = tuple(self._chip(sentence, limit, asking.language) for limit in kept)
        return Query(text, asking.language, kept, _wish(sentence, kept), chips)

    def labelled(self, query: Query, previous: Query, fragment: Query) -> Query:
        """Return a query made of two with its chips; the words of each come from the one that it was read from."""
        words = {chip.id: chip.words for part in (previous, fragment) for chip in part.understood}
        for limit in query.limits:
            words.setdefault(limit.id, fragment.text[limit.start : limit.end].strip())
        chips = [
            Understood(limit.id, limit.kind, words[limit.id], self._labels.of(limit, query.language), limit.hard)
            for limit in query.limits
        ]
        return replace(query, understood=tuple(chips))

    def name_coverage(self, text: str) -> NDArray[np.float64]:
        """Return for each row the share of its name that a text says."""
        return self.names.coverage(Sentence.of(text).units)

    def _limits(self, sentence: Sentence, asking: Asking) -> list[Limit]:
        named, matches = self._places.settle(sentence, self._places.named(sentence), self.lexicon.matches(sentence))
        for name in named:
            sentence.take(name.start, name.end)
        near = self._near_limits(sentence, named, matches, asking)
        matches = [match for match in matches if not any(_overlap(match, limit) for limit in near)]
        matches = [match for match in matches if not _is_part_of_number(sentence, match)]
        things = [match for match in matches if _is_thing(sentence, match)]
        for match in things:
            sentence.take(*_with_free(sentence, match))
        numbers = self._numbers(sentence)
        anchored = bool(near) or any(self._places.is_anchor(sentence, name) for name in named)
        categories, span = self._categories.read(sentence, matches, numbers, anchored=anchored)
        found = near + self._named_limits(
            sentence, [name for name in named if not any(_overlap(name, limit) for limit in near)], categories
        )
        if not any(limit.kind is LimitKind.NAME for limit in found):
            found += self._unsure_names(sentence, things, found)
        if categories:
            values = tuple(sorted(category.value for category in categories))
            found.append(Limit(LimitKind.CATEGORY, values=values, start=span[0], end=span[1]))
        found += self._things(sentence, things, categories, found)
        found += self._eaten(sentence, categories)
        sorts = read_sort(sentence)
        found += numbers + self._levels(
            sentence, [match for match in matches if not any(_overlap(match, sort) for sort in sorts)]
        )
        found += self._parties(matches, found)
        found += [limit for limit in read_opening(sentence, asking.now) if categories != {Category.HOTEL}]
        found += self._near_asker(sentence, asking, found)
        found += sorts
        for limit in found:
            sentence.take(limit.start, limit.end)
        found += self._likeness.read(sentence)
        return _one_of_each(_settled_by_name(found))

    def _numbers(self, sentence: Sentence) -> list[Limit]:
        quantities = quantities_in(sentence)
        return [
            *read_price(sentence, quantities),
            *read_rating(sentence, quantities, self._facts),
            *read_stars(quantities, self._facts),
            *read_duration(quantities, self._facts),
        ]

    # --- names --------------------------------------------------------------------------------------------------

    def _near_limits(
        self, sentence: Sentence, named: Sequence[Named], matches: Sequence[Match], asking: Asking
    ) -> list[Limit]:
        way = read_way(Sentence.of(sentence.raw), self._places.resolve, asking.origin)
        if way is not None:
            sentence.take(way.start, way.end)
            return [way]
        quantities = quantities_in(sentence)
        limits = (self._places.near(sentence, name, quantities) for name in named)
        found = [limit for limit in limits if limit is not None]
        if not found and (unsure := self._places.unsure_anchor(sentence, quantities, matches)) is not None:
            sentence.take(unsure.start, unsure.end)
            found = [unsure]
        return found

    def _named_limits(self, sentence: Sentence, named: Sequence[Named], categories: frozenset[Category]) -> list[Limit]:
        found, looked_for = [], []
        for name in named:
            negator = self._negation.start(sentence, name.start, name.end)
            if name.is_place:
                found += self._area_of(sentence, name)
            elif negator is not None:
                ids = tuple(f"{LISTING_PREFIX}{listing}" for listing in name.listings)
                found.append(Limit(LimitKind.NOT, values=ids, start=negator, end=name.end))
            elif categories and self._places.is_anchor(sentence, name):
                found.append(self._places.near_limit(name, None, (name.start, name.end)))
            elif categories and not self._is_one_of(name, categories) and not self._places.asks_facts(sentence):
                # "去故宫玩，推荐个酒店": what is named is where they will be, not what they look for.
                found.append(self._places.near_limit(name, None, (name.start, name.end), hard=False))
            else:
                looked_for.append(name)
        if looked_for:
            ids = tuple(dict.fromkeys(listing for name in looked_for for listing in name.listings))
            found.append(Limit(LimitKind.NAME, values=ids, start=looked_for[0].start, end=looked_for[-1].end))
        return found

    def _is_one_of(self, name: Named, categories: frozenset[Category]) -> bool:
        return any(self._listings[listing].category in categories for listing in name.listings)

    def _area_of(self, sentence: Sentence, name: Named) -> list[Limit]:
        """A township is an area when listings say that they are in it, else a place to be near."""
        for match in self.lexicon.matches(Sentence.of(sentence.raw[name.start : name.end])):
            if any(meaning.kind is LimitKind.AREA for meaning in match.meanings):
                return []
        return [self._places.near_limit(name, None, (name.start, name.end), hard=False)]

    def _unsure_names(self, sentence: Sentence, things: Sequence[Match], found: Sequence[Limit]) -> list[Limit]:
        """Return the name that the words are closest to, when they are close enough."""
        if any(limit.kind is LimitKind.NEAR for limit in found):
            return []
        for (start, end), rows in self.names.by_pinyin(sentence.units).items():
            ids = tuple(self._rows[row].id for row in sorted(rows))
            return [Limit(LimitKind.NAME, values=ids, start=start, end=end)]
        for run in _RUNS.finditer(sentence.rest):
            for row in self.names.abbreviated(run["name"]):
                return [
                    Limit(LimitKind.NAME, values=(self._rows[row].id,), start=run.start("name"), end=run.end("name"))
                ]
        ignored = self.lexicon.common | {piece for match in things for piece in pieces_of(phrase_units(match.key))}
        covered = self.names.coverage(sentence.units, ignored)
        least = _NAME_ASKED if self._places.asks_facts(sentence) else _NAME_UNASKED
        best = float(covered.max(initial=0.0))
        if best < least:
            return []
        ids = tuple(self._rows[row].id for row in (covered >= best * _NAME_TIE).nonzero()[0])[:5]
        return [Limit(LimitKind.NAME, values=ids, hard=best >= least, start=0, end=0)]

    # --- things -------------------------------------------------------------------------------------------------

    def _things(
        self,
        sentence: Sentence,
        matches: Sequence[Match],
        categories: frozenset[Category],
        found: Sequence[Limit],
    ) -> list[Limit]:
        limits, kinds, areas, near = [], [], [], any(limit.kind is LimitKind.NEAR for limit in found)
        excluded = -1
        for match in matches:
            chosen = self._chosen(match, categories)
            if not chosen or self._negation.is_indifferent(sentence, match.start):
                continue
            kind = chosen[0].kind
            start, end = _with_free(sentence, match) if kind is LimitKind.FACILITY else (match.start, match.end)
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
                limits.append(Limit(kind, values=values, start=start, end=end))
        return limits + self._kinds(kinds) + _alternatives(areas)

    def _kinds(self, kinds: Sequence[Limit]) -> list[Limit]:
        """Kinds that some place is at once ("a campsite with barbecue") must all hold; else any one will do."""
        common: set[int] | None = None
        for limit in kinds:
            rows = {int(row) for value in limit.values for row in self.lexicon.rows(limit.kind, value)}
            common = rows if common is None else common & rows
        return list(kinds) if common else _alternatives(kinds)

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
        return [
            thing
            for thing in things
            if len(thing.rows) and (thing.kind is LimitKind.AREA) == (things[0].kind is LimitKind.AREA)
        ]

    def _thing(self, meaning: Meaning) -> Thing | None:
        return self.lexicon.thing(meaning.kind, meaning.value) if meaning.kind is not None else None

    def _eaten(self, sentence: Sentence, categories: frozenset[Category]) -> list[Limit]:
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
            group = "dish" if match["dish"] else "dish2"
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
            and len(self.lexicon.things[f"@{concept.id}"].rows)
        )
        if concepts:
            return concepts
        if len(words) > 1 and not self.lexicon.is_filler(words) and len(self.lexicon.containing(LimitKind.DISH, words)):
            return (words,)
        return ()

    # --- the rest -----------------------------------------------------------------------------------------------

    def _levels(self, sentence: Sentence, matches: Sequence[Match]) -> list[Limit]:
        if self._any_price.search(sentence.text):
            return []
        for match in reversed(matches):
            for meaning in match.meanings:
                if meaning.sense is not Sense.LEVEL or not sentence.is_free(match.start, match.end):
                    continue
                level = self._domain.price_levels[int(meaning.value)]
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

    def _parties(self, matches: Sequence[Match], found: Sequence[Limit]) -> list[Limit]:
        spans = [(limit.start, limit.end) for limit in found if limit.kind is not LimitKind.CATEGORY]
        limits = {}
        for match in matches:
            for meaning in match.meanings:
                free = not any(start < match.end and match.start < end for start, end in spans)
                if meaning.sense is Sense.PARTY and free and meaning.value not in limits:
                    needed = self._domain.party(meaning.value).needed and len(self.lexicon.parties[meaning.value])
                    limits[meaning.value] = Limit(
                        LimitKind.PARTY, values=(meaning.value,), hard=bool(needed), start=match.start, end=match.end
                    )
        return list(limits.values())

    def _near_asker(self, sentence: Sentence, asking: Asking, found: Sequence[Limit]) -> list[Limit]:
        if any(limit.kind is LimitKind.NEAR for limit in found):
            return []
        near = self._places.near_asker(sentence, quantities_in(sentence), asking.origin)
        return [near] if near is not None else []

    def _chip(self, sentence: Sentence, limit: Limit, language: Language) -> Understood:
        words = sentence.words(limit.start, limit.end)
        label = self._labels.of(limit, language)
        return Understood(limit.id, limit.kind, words, label, limit.hard)


def _overlap(span: Match | Named, limit: Limit) -> bool:
    return span.start < limit.end and limit.start < span.end


def _is_thing(sentence: Sentence, match: Match) -> bool:
    """Whether a phrase names a thing; who comes along and what is free are limits of their own."""
    senses = {meaning.sense for meaning in match.meanings}
    return Sense.THING in senses and Sense.PARTY not in senses and not says_free(sentence.text[match.start : match.end])


def _is_part_of_number(sentence: Sentence, match: Match) -> bool:
    """Whether a phrase is the "couple" of "a couple of hours"."""
    return any(part.start() <= match.start < part.end() for part in _COUPLE_OF.finditer(sentence.text))


def _with_free(sentence: Sentence, match: Match) -> tuple[int, int]:
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


def _settled_by_name(limits: Sequence[Limit]) -> list[Limit]:
    """Where one place is named, everything else is a question about it, not a limit."""
    if not any(limit.kind is LimitKind.NAME and limit.hard for limit in limits):
        return list(limits)
    return [limit if limit.kind is LimitKind.NAME else replace(limit, hard=False) for limit in limits]


def _one_of_each(limits: Iterable[Limit]) -> list[Limit]:
    """Keep a limit once, and one place to measure from: the first that was said to be near, else the last named."""
    kept = {limit.id: limit for limit in limits}
    nears = [limit for limit in kept.values() if limit.kind is LimitKind.NEAR]
    chosen = next((limit for limit in nears if limit.hard), nears[-1] if nears else None)
    return [limit for limit in kept.values() if limit.kind is not LimitKind.NEAR or limit is chosen]


def _wish(sentence: Sentence, limits: Sequence[Limit]) -> str:
    """Return the sentence without the words of its limits."""
    text = list(sentence.raw)
    for limit in limits:
        if limit.kind not in (LimitKind.CATEGORY, LimitKind.PARTY):
            text[limit.start : limit.end] = [" "] * (limit.end - limit.start)
    return " ".join("".join(text).replace(READ, " ").split())


__all__ = ["Asking", "Near", "Understanding"]
