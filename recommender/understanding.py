"""A tourist's words → a typed `Query`.

Names come first, because they hide words of every other kind; then the things that listings have; then numbers with
what they are about; then the rest. What each reader takes is crossed out for the next.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from index.listing import Category
from index.settings import Language
from index.snapshot import Snapshot
from recommender.domain import Domain
from recommender.labels import Labels
from recommender.lexicon import Lexicon, Match
from recommender.likeness import Likeness
from recommender.limits.category import CategoryReader
from recommender.limits.done import without_done
from recommender.limits.duration import read_duration
from recommender.limits.facts import Facts
from recommender.limits.level import LevelReader
from recommender.limits.names import NameReader
from recommender.limits.negation import Negation
from recommender.limits.opening import read_opening
from recommender.limits.party import read_parties
from recommender.limits.place import Named, Places
from recommender.limits.price import read_price
from recommender.limits.rating import read_rating, read_stars
from recommender.limits.superlative import read_sort
from recommender.limits.things import ThingReader, is_thing, with_free
from recommender.limits.way import read_way
from recommender.names_of_all import ListingsById, NamesOfAll
from recommender.naming import Shares
from recommender.quantities import Quantity, quantities_in
from recommender.query import Limit, LimitKind, Query, Understood
from recommender.sentence import READ, Sentence

_Span = TypeVar("_Span", Match, Named)
_STARRED = re.compile(r"[\d一二两三四五]星$")
_COUPLE_OF = re.compile(r"\ba couple of\b")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: language of the reply, the county's time, and where they are when they agreed to say so."""

    language: Language
    now: datetime
    origin: tuple[float, float] | None = None


class Understanding:
    """Reads sentences about one snapshot; built once for it."""

    def __init__(
        self,
        snapshot: Snapshot,
        names: NamesOfAll,
        domain: Domain,
        lexicon: Lexicon,
        likeness: Likeness,
    ) -> None:
        facts = Facts.of(snapshot.columns)
        negation = Negation(domain)
        self._facts = facts
        self._domain = domain
        self._labels = Labels(lexicon, domain, ListingsById(snapshot), facts.day_hours)
        self._lexicon = lexicon
        self._likeness = likeness
        self._places = Places(snapshot, names.of_places, domain)
        self._names = NameReader(snapshot, names.of_listings, lexicon, self._places, negation)
        self._categories = CategoryReader(lexicon, domain)
        self._things = ThingReader(lexicon, domain, self._places, negation)
        self._levels = LevelReader(domain, facts, negation)

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

    def name_coverage(self, text: str) -> Shares:
        """Return for each row the share of its name that a text says."""
        return self._names.index.coverage(Sentence.of(text).units)

    def _limits(self, sentence: Sentence, asking: Asking) -> list[Limit]:
        named, matches = self._places.settle(sentence, self._places.named(sentence), self._lexicon.matches(sentence))
        for name in named:
            sentence.take(name.start, name.end)
        near = self._near_limits(sentence, named, matches, asking)
        matches = _apart(matches, near)
        matches = [match for match in matches if not _is_part_of_number(sentence, match)]
        matches = without_done(sentence, matches)
        matches, unwanted = self._things.not_categories(sentence, matches)
        things = [match for match in matches if is_thing(sentence, match)]
        for match in things:
            sentence.take(*with_free(sentence, match))
        quantities = quantities_in(sentence)
        numbers = self._numbers(sentence, quantities)
        anchored = bool(near) or any(self._places.is_anchor(sentence, name) for name in named)
        categories, span = self._categories.read(sentence, matches, numbers, anchored=anchored)
        found = near + self._names.read(sentence, _apart(named, near), categories)
        if not any(limit.kind is LimitKind.NAME for limit in found):
            found += self._names.unsure(sentence, things, found)
        if categories:
            values = tuple(sorted(category.value for category in categories))
            found.append(Limit(LimitKind.CATEGORY, values=values, start=span[0], end=span[1]))
        found += [one for one in unwanted if not (categories and one.kind is LimitKind.CATEGORY)]
        found += self._things.read(sentence, things, categories, found)
        found += self._things.eaten(sentence, categories)
        sorts = read_sort(sentence)
        found += _of_visits(numbers, categories) + self._levels.read(sentence, _apart(matches, sorts))
        found += read_parties(matches, found, self._lexicon, self._domain)
        found += [limit for limit in read_opening(sentence, asking.now) if categories != {Category.HOTEL}]
        found += self._near_asker(sentence, quantities, asking, found)
        found += sorts
        for limit in found:
            sentence.take(limit.start, limit.end)
        found += self._likeness.read(sentence)
        return _one_of_each(_settled_by_name(found))

    def _numbers(self, sentence: Sentence, quantities: Sequence[Quantity]) -> list[Limit]:
        return [
            *read_price(sentence, quantities),
            *read_rating(sentence, quantities, self._facts),
            *read_stars(quantities, self._facts),
            *read_duration(sentence, quantities, self._facts),
        ]

    def _near_limits(
        self, sentence: Sentence, named: Sequence[Named], matches: Sequence[Match], asking: Asking
    ) -> list[Limit]:
        way = read_way(sentence.unread(), self._places.resolve, asking.origin)
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

    def _near_asker(
        self, sentence: Sentence, quantities: Sequence[Quantity], asking: Asking, found: Sequence[Limit]
    ) -> list[Limit]:
        if any(limit.kind is LimitKind.NEAR for limit in found):
            return []
        near = self._places.near_asker(sentence, quantities, asking.origin)
        return [near] if near is not None else []

    def _chip(self, sentence: Sentence, limit: Limit, language: Language) -> Understood:
        words = sentence.words(limit.start, limit.end)
        label = self._labels.of(limit, language)
        return Understood(limit.id, limit.kind, words, label, limit.hard)


def _apart(spans: Sequence[_Span], limits: Sequence[Limit]) -> list[_Span]:
    """Return the spans that share no word with a limit."""
    return [span for span in spans if not any(span.start < limit.end and limit.start < span.end for limit in limits)]


def _is_part_of_number(sentence: Sentence, match: Match) -> bool:
    """Whether a phrase is the "couple" of "a couple of hours", or the 星级酒店 of 五星级酒店."""
    if _STARRED.search(sentence.text[: match.start + 1]):
        return True
    return any(part.start() <= match.start < part.end() for part in _COUPLE_OF.finditer(sentence.text))


def _settled_by_name(limits: Sequence[Limit]) -> list[Limit]:
    """Where one place is named, everything else is a question about it, not a limit."""
    if not any(limit.kind is LimitKind.NAME and limit.hard for limit in limits):
        return list(limits)
    return [limit if limit.kind is LimitKind.NAME else replace(limit, hard=False) for limit in limits]


def _of_visits(numbers: Sequence[Limit], categories: frozenset[Category]) -> list[Limit]:
    """How long one stays is a fact of sights alone: "a café to spend an afternoon in" only ranks by it."""
    if not categories or Category.ATTRACTION in categories:
        return list(numbers)
    return [replace(limit, hard=False) if limit.kind is LimitKind.DURATION else limit for limit in numbers]


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
