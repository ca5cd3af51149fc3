"""The words of a snapshot: what its listings have and are, joined to the ontology, and found in a sentence.

A new county's data need no code: facilities, dishes, kinds, tags and areas are read from the listings in whatever
words they use, in both languages, and the ontology's concepts are bound to those that contain one of their words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from index.listing import Category, Listing
from recommender.detect import is_han
from recommender.domain import Concept, Domain
from recommender.query import LimitKind
from recommender.sentence import Sentence, phrase_key, phrase_units
from recommender.spelling import Spelling

Rows = NDArray[np.int64]

#: The longest phrase that is looked up, in units (Han characters or words).
LONGEST_PHRASE = 24
#: Runs inside a listing's own phrase are looked up to this length; longer phrases are prose.
_LONGEST_RUN = 12
_LONGEST_FILLER = 4
#: Shorter pinyin looks like English words.
_SHORTEST_PINYIN = 5
#: What listings have or are, as lists of words.
THINGS = (LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.DISH, LimitKind.TAG)
_NO_ROWS: Rows = np.empty(0, np.int64)


class Sense(StrEnum):
    """What a phrase of a sentence may be."""

    THING = "thing"
    NOUN = "noun"
    VERB = "verb"
    CUE = "cue"
    PARTY = "party"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reading of a phrase. `value` is a thing's key, a category, a party or a level's index."""

    sense: Sense
    value: str
    kind: LimitKind | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A known phrase in a sentence, with all its readings."""

    start: int
    end: int
    key: str
    meanings: tuple[Meaning, ...]


@dataclass(slots=True)
class Thing:
    """Something that listings have or are, in whichever of their fields they say it.

    `rows` have it, `exact` say it in just these words. `share` is how much of it belongs to each category. A concept
    of the ontology has the key `@id`.
    """

    kind: LimitKind
    key: str
    label_zh: str | None
    label_en: str | None
    rows: Rows
    exact: Rows
    share: dict[Category, float]

    @property
    def is_concept(self) -> bool:
        """Whether it comes from the ontology, not from the listings' own words."""
        return self.key.startswith("@")

    def label(self, language: str) -> str:
        """Its name in a language, in the other one where there is none."""
        first, second = (self.label_zh, self.label_en) if language == "zh" else (self.label_en, self.label_zh)
        return first or second or self.key


class _Phrases:
    """The phrases that listings use for one kind of thing."""

    def __init__(self) -> None:
        self.rows: dict[str, set[int]] = defaultdict(set)
        self.labels: dict[str, tuple[str | None, str | None]] = {}
        self.units: dict[str, tuple[str, ...]] = {}

    def add(self, row: int, zh: str | None, en: str | None) -> None:
        for phrase in (zh, en):
            units = phrase_units(phrase) if phrase else ()
            if units:
                key = "".join(units)
                self.rows[key].add(row)
                self.labels.setdefault(key, _ordered(zh, en))
                self.units[key] = units


def _ordered(first: str | None, second: str | None) -> tuple[str | None, str | None]:
    """Return (Chinese, English), whatever field they came from."""
    if second is None and first is not None and not any(map(is_han, first)):
        return None, first
    return first, second


class Lexicon:
    """Every phrase that is known in a snapshot, and the rows of everything that can be asked for."""

    def __init__(self, listings: Sequence[Listing], domain: Domain) -> None:
        self._domain = domain
        self._categories = [listing.category for listing in listings]
        self._meanings: dict[str, list[Meaning]] = defaultdict(list)
        self.things: dict[str, Thing] = {}
        self.areas: dict[str, Thing] = {}
        self._phrases = _phrases_of(listings)
        self._filler_keys = self._fillers()
        self.common = self._commons(domain)
        self.parties: dict[str, Rows] = {}
        self._bind(domain)
        self._add_ontology(domain)
        self._add_areas(domain)
        self._add_parts_of_kinds()
        self.spelling = Spelling(self._spellable())

    def thing(self, kind: LimitKind, key: str) -> Thing | None:
        """Return what a limit's value stands for."""
        return (self.areas if kind is LimitKind.AREA else self.things).get(key)

    def rows(self, kind: LimitKind, key: str) -> Rows:
        """Return the rows that have or are something; those with a phrase that contains `key` when it is not known."""
        thing = self.thing(kind, key)
        return thing.rows if thing is not None else self.containing(kind, key)

    def containing(self, kind: LimitKind, key: str) -> Rows:
        """Return the rows with a phrase of a kind that contains a key, wherever in it."""
        phrases = self._phrases[kind].rows if kind in self._phrases else {}
        found: set[int] = set()
        for phrase, rows in phrases.items():
            if key in phrase:
                found |= rows
        return _array(found)

    def is_filler(self, phrase: str) -> bool:
        """Whether a phrase says nothing by itself."""
        return phrase_key(phrase) in self._filler_keys

    def without_fillers(self, text: str) -> str:
        """Return a text without the phrases that say nothing, for looking its words up."""
        sentence = Sentence.of(text)
        units, kept, index = sentence.units, list(sentence.text), 0
        while index < len(units):
            reach = min(_LONGEST_FILLER, len(units) - index)
            keys = ("".join(unit.key for unit in units[index : index + length]) for length in range(reach, 0, -1))
            length = next((reach - at for at, key in enumerate(keys) if key in self._filler_keys), 0)
            if length:
                start, end = units[index].start, units[index + length - 1].end
                kept[start:end] = " " * (end - start)
            index += max(1, length)
        return "".join(kept)

    def has(self, kind: LimitKind) -> bool:
        """Whether any listing says anything of this kind."""
        return bool(self._phrases[kind].rows) if kind in self._phrases else False

    def matches(self, sentence: Sentence) -> list[Match]:
        """Return the known phrases of a sentence, the longest first at each place, none inside another."""
        found = []
        keys = [self.spelling.corrected(unit.key) for unit in sentence.units]
        index = 0
        while index < len(keys):
            match, length = self._longest_at(sentence, keys, index)
            if match is not None:
                found.append(match)
            index += length
        return found

    def _longest_at(self, sentence: Sentence, keys: list[str], index: int) -> tuple[Match | None, int]:
        units = sentence.units
        reach = min(LONGEST_PHRASE, len(keys) - index)
        joined = ""
        best: tuple[Match | None, int] = (None, 1)
        for length in range(1, reach + 1):
            unit = units[index + length - 1]
            if length > 1 and unit.breaks:
                break
            joined += keys[index + length - 1]
            meanings = self._meanings.get(joined)
            if meanings and sentence.is_free(units[index].start, unit.end):
                best = (Match(units[index].start, unit.end, joined, tuple(meanings)), length)
        return best

    def _mean(self, key: str, meaning: Meaning) -> None:
        if key and meaning not in self._meanings[key]:
            self._meanings[key].append(meaning)

    # --- building -----------------------------------------------------------------------------------------------

    def _share(self, rows: Iterable[int]) -> dict[Category, float]:
        counts: dict[Category, int] = defaultdict(int)
        for row in rows:
            counts[self._categories[row]] += 1
        total = sum(counts.values())
        return {category: count / total for category, count in counts.items()}

    def _bind(self, domain: Domain) -> None:
        """Bind the listings' phrases to each other, to concepts and to parties, by the words inside them."""
        known = {key for kind in THINGS for key in self._phrases[kind].rows}
        concepts = _by_word((concept, concept.words) for concept in domain.concepts)
        parties = _by_word((party.id, party.fits) for party in domain.parties)
        inside: dict[str, set[int]] = defaultdict(set)
        suited: dict[str, set[int]] = defaultdict(set)
        bound: dict[str, set[int]] = defaultdict(set)
        named: dict[str, set[int]] = defaultdict(set)
        for kind, key, run, rows in self._all_runs():
            if run in known:
                inside[run] |= rows
            for party_id in parties.get(run, ()):
                suited[party_id] |= rows
            for concept in concepts.get(run, ()):
                mine = self._of_categories(rows, concept)
                bound[concept.id] |= mine
                if run == key or kind is LimitKind.SUBTYPE:
                    named[concept.id] |= mine
        self.parties = {party.id: _array(suited[party.id]) for party in domain.parties}
        self._add_phrases(inside)
        self._add_concepts(domain, bound, named)

    def _all_runs(self) -> Iterator[tuple[LimitKind, str, str, set[int]]]:
        for kind in THINGS:
            for key, rows in self._phrases[kind].rows.items():
                for run in _runs(self._phrases[kind].units[key]):
                    yield kind, key, run, rows

    def _of_categories(self, rows: set[int], concept: Concept) -> set[int]:
        if not concept.categories:
            return rows
        return {row for row in rows if self._categories[row] in concept.categories}

    def _add_phrases(self, inside: dict[str, set[int]]) -> None:
        nouns = {phrase_key(word) for words in self._domain.categories for word in words.generic}
        fillers = self._filler_keys
        kinds: dict[str, dict[LimitKind, set[int]]] = defaultdict(dict)
        for kind in THINGS:
            for key, rows in self._phrases[kind].rows.items():
                kinds[key][kind] = rows
        for key, by_kind in kinds.items():
            kind = max(by_kind, key=lambda known: (len(by_kind[known]), known is LimitKind.SUBTYPE))
            exact = set().union(*by_kind.values())
            zh, en = self._phrases[kind].labels[key]
            rows = inside[key] | exact
            self.things[key] = Thing(kind, key, zh, en, _array(rows), _array(exact), self._share(rows))
            # "hotel" is what all hotels are called, even where it is one kind among others.
            if len(key) > 1 and key not in fillers and not (kind is LimitKind.SUBTYPE and key in nouns):
                self._mean(key, Meaning(Sense.THING, key, kind))

    def _add_parts_of_kinds(self) -> None:
        """Let a word that only one kind has stand for it ("oriental" for "asian oriental")."""
        owners: dict[str, set[str]] = defaultdict(set)
        for key, units in self._phrases[LimitKind.SUBTYPE].units.items():
            for unit in units if len(units) > 1 else ():
                owners[unit].add(key)
        for unit, keys in owners.items():
            if len(keys) == 1 and len(unit) > 3 and unit not in self.common and unit not in self._meanings:  # noqa: PLR2004
                self._mean(unit, Meaning(Sense.THING, next(iter(keys)), LimitKind.SUBTYPE))

    def _fillers(self) -> frozenset[str]:
        return frozenset(
            phrase_key(word)
            for name in ("filler_zh", "filler_en", "facts_zh", "near_after_zh")
            for word in self._domain.words[name]
        )

    def _commons(self, domain: Domain) -> frozenset[str]:
        """Return the units that are too common to tell a name or a kind by."""
        words = [word for name in ("filler_zh", "filler_en", "no_typo", "facts_en") for word in domain.words[name]]
        words += [word for category in domain.categories for word in (*category.nouns, *category.verbs)]
        words += [word for part in domain.parts for word in part.words]
        words += [word for level in domain.price_levels for word in level.words]
        return frozenset(unit for word in words for unit in phrase_units(word))

    def _add_concepts(self, domain: Domain, bound: dict[str, set[int]], named: dict[str, set[int]]) -> None:
        for concept in domain.concepts:
            rows, key = bound[concept.id], f"@{concept.id}"
            self.things[key] = Thing(
                concept.kind,
                key,
                concept.zh[0],
                concept.en[0],
                _array(rows),
                _array(named[concept.id]),
                self._share_of(concept, rows),
            )
            for word in concept.zh:
                typed = "".join(lazy_pinyin(word))
                if len(typed) >= _SHORTEST_PINYIN and typed.isascii() and not word.isascii():
                    self._mean(typed, Meaning(Sense.THING, key, concept.kind))
            for word in concept.words:
                # One Han character says too little by itself; it still binds what listings say.
                if len(phrase_key(word)) > 1:
                    self._mean(phrase_key(word), Meaning(Sense.THING, key, concept.kind))

    def _share_of(self, concept: Concept, rows: set[int]) -> dict[Category, float]:
        if rows:
            return self._share(rows)
        return {category: 1 / len(concept.categories) for category in concept.categories}

    def _add_ontology(self, domain: Domain) -> None:
        for words in domain.categories:
            for sense, phrases in ((Sense.NOUN, words.nouns), (Sense.VERB, words.verbs), (Sense.CUE, words.cues)):
                for phrase in phrases:
                    self._mean(phrase_key(phrase), Meaning(sense, words.category.value))
        for party in domain.parties:
            for phrase in party.words:
                self._mean(phrase_key(phrase), Meaning(Sense.PARTY, party.id))
        for index, level in enumerate(domain.price_levels):
            for phrase in level.words:
                self._mean(phrase_key(phrase), Meaning(Sense.LEVEL, str(index)))

    def _add_areas(self, domain: Domain) -> None:
        areas = self._phrases[LimitKind.AREA]
        for key, rows in areas.rows.items():
            zh, en = areas.labels[key]
            self.areas[key] = Thing(LimitKind.AREA, key, zh, en, _array(rows), _array(rows), self._share(rows))
            self._mean(key, Meaning(Sense.THING, key, LimitKind.AREA))
        endings = sorted((phrase_key(ending) for ending in domain.endings), key=len, reverse=True)
        short: dict[str, list[str]] = defaultdict(list)
        for key in areas.rows:
            for stem in _stems(key, endings):
                if stem not in areas.rows:
                    short[stem].append(key)
        for stem, keys in short.items():
            for key in keys:
                self._mean(stem, Meaning(Sense.THING, key, LimitKind.AREA))
        for part in domain.parts:
            words = {phrase_key(word) for word in part.words}
            bound = [key for key in areas.rows if key in words or words & set(_stems(key, endings))]
            for key in bound:
                for word in part.words:
                    self._mean(phrase_key(word), Meaning(Sense.THING, key, LimitKind.AREA))

    def _spellable(self) -> Iterator[str]:
        """Yield the single words whose misspellings are worth correcting."""
        for kind in (LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.AREA):
            for units in self._phrases[kind].units.values():
                yield from units
        for words in self._domain.categories:
            yield from (unit for noun in words.nouns for unit in phrase_units(noun))
        for concept in self._domain.concepts:
            yield from (unit for word in concept.en for unit in phrase_units(word))
        for level in self._domain.price_levels:
            yield from (unit for word in level.words for unit in phrase_units(word))
        yield from (phrase_key(word) for name in ("filler_en", "no_typo") for word in self._domain.words[name])


_Owner = TypeVar("_Owner")


def _by_word(owners: Iterable[tuple[_Owner, Sequence[str]]]) -> dict[str, list[_Owner]]:
    """Return who uses each word, by its key."""
    found: dict[str, list[_Owner]] = defaultdict(list)
    for owner, words in owners:
        for word in words:
            found[phrase_key(word)].append(owner)
    return found


def _phrases_of(listings: Sequence[Listing]) -> dict[LimitKind, _Phrases]:
    phrases = {kind: _Phrases() for kind in (*THINGS, LimitKind.AREA)}
    for row, listing in enumerate(listings):
        phrases[LimitKind.SUBTYPE].add(row, listing.subtype, listing.subtype_en)
        phrases[LimitKind.AREA].add(row, listing.area, listing.area_en)
        if listing.metro:
            phrases[LimitKind.FACILITY].add(row, "地铁", "metro")
        for kind, first, second in (
            (LimitKind.FACILITY, listing.facilities, listing.facilities_en),
            (LimitKind.DISH, listing.dishes, listing.dishes_en),
            (LimitKind.TAG, listing.tags, listing.tags_en),
        ):
            for zh, en in _paired(first, second):
                phrases[kind].add(row, zh, en)
    return phrases


def _paired(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Pair two lists that say the same in two languages; lists of different lengths are told apart."""
    if len(first) == len(second):
        yield from zip(first, second, strict=True)
        return
    yield from ((zh, None) for zh in first)
    yield from ((None, en) for en in second)


def _runs(units: Sequence[str]) -> set[str]:
    """Return every run of units inside a phrase, joined, the phrase included."""
    first = units[:_LONGEST_RUN]
    runs = {"".join(first[i:j]) for i in range(len(first)) for j in range(i + 1, len(first) + 1)}
    return runs | {"".join(units)}


def _stems(key: str, endings: Sequence[str]) -> Iterator[str]:
    """Yield a name without its administrative ending, where that leaves a name."""
    for ending in endings:
        if key.endswith(ending) and len(key) - len(ending) >= (3 if key.isascii() else 2):
            yield key.removesuffix(ending)
            return


def _array(rows: Iterable[int]) -> Rows:
    made = np.fromiter(rows, np.int64)
    made.sort()
    return made if len(made) else _NO_ROWS
