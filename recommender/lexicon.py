"""The words of a snapshot: what its listings have and are, joined to the ontology, and found in a sentence.

A new county's data need no code: facilities, dishes, kinds, tags and areas are read from the listings in whatever
words they use, in both languages, and the ontology's concepts are bound to those that contain one of their words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from index.columns import CATEGORY_CODES, Columns
from index.listing import Category
from recommender.bearings import bearing_rows
from recommender.domain import Concept, Domain
from recommender.parts import parts_of
from recommender.phrases import THINGS, runs_of, stems_of, united
from recommender.query import LimitKind
from recommender.said import WITH_PARTS, Said
from recommender.sentence import Sentence, phrase_key, phrase_units
from recommender.spelling import Spelling

Rows = NDArray[np.int64]

#: The longest phrase that is looked up, in units (Han characters or words).
LONGEST_PHRASE = 24
_LONGEST_FILLER = 4
#: Shorter pinyin looks like English words.
_SHORTEST_PINYIN = 5
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

    `rows` have it, `exact` say it in just these words. `share` is how much of it belongs to each category; `leaning` is
    the same for who just says the word: a kind's name means that kind, though others contain it (温泉, 温泉酒店). A
    concept of the ontology has the key `@id`.
    """

    kind: LimitKind
    key: str
    label_zh: str | None
    label_en: str | None
    rows: Rows
    exact: Rows
    share: dict[Category, float]
    leaning: dict[Category, float]

    @property
    def is_part(self) -> bool:
        """Whether it is only a part of what listings say (牛肉丸 of 手打牛肉丸)."""
        return not self.is_concept and not len(self.exact)

    @property
    def is_concept(self) -> bool:
        """Whether it comes from the ontology, not from the listings' own words."""
        return self.key.startswith("@")

    def label(self, language: str) -> str:
        """Its name in a language, in the other one where there is none."""
        first, second = (self.label_zh, self.label_en) if language == "zh" else (self.label_en, self.label_zh)
        return first or second or self.key


class Lexicon:
    """Every phrase that is known in a snapshot, and the rows of everything that can be asked for."""

    def __init__(self, columns: Columns, said: Said, domain: Domain) -> None:
        self._domain = domain
        self._codes = columns.category
        self._meanings: dict[str, list[Meaning]] = defaultdict(list)
        self._things: dict[str, Thing] = {}
        self._areas: dict[str, Thing] = {}
        self.things: Mapping[str, Thing] = self._things
        self.areas: Mapping[str, Thing] = self._areas
        self._phrases = said.phrases
        self._filler_keys = self._fillers()
        self.common = self._commons(domain)
        self.parties: Mapping[str, Rows] = {}
        self._bind(domain)
        self._add_ontology(domain)
        self._add_areas(domain, bearing_rows(columns.lat, columns.lon))
        self._add_parts_of_kinds()
        self._add_parts_of_phrases(said)
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
        return united([rows for phrase, rows in phrases.items() if key in phrase])

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
            meanings = self._meant_by(joined)
            if meanings and sentence.is_free(units[index].start, unit.end):
                best = (Match(units[index].start, unit.end, joined, tuple(meanings)), length)
        return best

    def _meant_by(self, key: str) -> Sequence[Meaning]:
        return self._meanings.get(key, ())

    def _mean(self, key: str, meaning: Meaning) -> None:
        if key and meaning not in self._meanings[key]:
            self._meanings[key].append(meaning)

    def called(self, kind: LimitKind, name: str) -> str | None:
        """Return what a kind or an area of a local name is called in English."""
        return self._phrases[kind].labels.get(phrase_key(name), (None, None))[1]

    def inside(self, key: str) -> Rows:
        """Return the rows with a phrase of which a key is a run of units, known or not."""
        found = []
        for kind in THINGS:
            phrases = self._phrases[kind]
            found += [
                rows for phrase, rows in phrases.rows.items() if key in phrase and key in runs_of(phrases.units[phrase])
            ]
        return united(found)

    # --- building -----------------------------------------------------------------------------------------------

    def _share(self, rows: Rows) -> dict[Category, float]:
        counts = np.bincount(self._codes[rows], minlength=len(CATEGORY_CODES)).tolist() if len(rows) else []
        return {
            category: counts[code] / len(rows) for category, code in CATEGORY_CODES.items() if counts and counts[code]
        }

    def _bind(self, domain: Domain) -> None:
        """Bind the listings' phrases to each other, to concepts and to parties, by the words inside them."""
        known = {key for kind in THINGS for key in self._phrases[kind].rows}
        concepts = by_word((concept, concept.words) for concept in domain.concepts)
        parties = by_word((party.id, party.fits) for party in domain.parties)
        inside: dict[str, list[Rows]] = defaultdict(list)
        suited: dict[str, list[Rows]] = defaultdict(list)
        bound: dict[str, list[Rows]] = defaultdict(list)
        named: dict[str, list[Rows]] = defaultdict(list)
        for kind, key, run, rows in self._all_runs():
            if run in known:
                inside[run].append(rows)
            for party_id in parties.get(run, ()):
                suited[party_id].append(rows)
            for concept in concepts.get(run, ()):
                mine = self._of_categories(rows, concept)
                bound[concept.id].append(mine)
                if run == key or kind is LimitKind.SUBTYPE:
                    named[concept.id].append(mine)
        self.parties = {party.id: united(suited[party.id]) for party in domain.parties}
        self._add_phrases(inside)
        self._add_concepts(domain, bound, named)

    def _all_runs(self) -> Iterator[tuple[LimitKind, str, str, Rows]]:
        for kind in THINGS:
            for key, rows in self._phrases[kind].rows.items():
                for run in runs_of(self._phrases[kind].units[key]):
                    yield kind, key, run, rows

    def _of_categories(self, rows: Rows, concept: Concept) -> Rows:
        if not concept.categories:
            return rows
        return rows[np.isin(self._codes[rows], [CATEGORY_CODES[category] for category in concept.categories])]

    def _add_phrases(self, inside: dict[str, list[Rows]]) -> None:
        nouns = {phrase_key(word) for words in self._domain.categories for word in words.generic}
        fillers = self._filler_keys
        kinds: dict[str, dict[LimitKind, Rows]] = defaultdict(dict)
        for kind in THINGS:
            for key, rows in self._phrases[kind].rows.items():
                kinds[key][kind] = rows
        for key, by_kind in kinds.items():
            kind = max(by_kind, key=lambda known: (len(by_kind[known]), known is LimitKind.SUBTYPE))
            exact = united(list(by_kind.values()))
            zh, en = self._phrases[kind].labels[key]
            rows = united([*inside[key], exact])
            share = self._share(rows)
            leaning = self._share(by_kind[kind]) if kind is LimitKind.SUBTYPE else share
            self._things[key] = Thing(kind, key, zh, en, rows, exact, share, leaning)
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

    def _add_parts_of_phrases(self, said: Said) -> None:
        """Let a part of what listings serve or have stand for all that contain it, where no word means it yet."""
        general = self.common | self._filler_keys | {phrase_key(word) for word in self._domain.words["general_parts"]}
        for kind in WITH_PARTS:
            for key, part in parts_of(kind, self._phrases[kind], said.elsewhere[kind], general).items():
                if key in self._meanings:
                    continue
                zh, en = (None, part.label) if key.isascii() else (part.label, None)
                share = self._share(part.rows)
                self._things[key] = Thing(kind, key, zh, en, part.rows, _NO_ROWS, share, share)
                self._mean(key, Meaning(Sense.THING, key, kind))

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

    def _add_concepts(self, domain: Domain, bound: dict[str, list[Rows]], named: dict[str, list[Rows]]) -> None:
        for concept in domain.concepts:
            rows, key = united(bound[concept.id]), f"@{concept.id}"
            share = self._share_of(concept, rows)
            self._things[key] = Thing(
                concept.kind,
                key,
                concept.zh[0],
                concept.en[0],
                rows,
                united(named[concept.id]),
                share,
                share,
            )
            for word in concept.words:
                # One Han character says too little by itself; it still binds what listings say.
                if len(phrase_key(word)) > 1:
                    self._mean(phrase_key(word), Meaning(Sense.THING, key, concept.kind))
        self._add_pinyin(domain)

    def _add_pinyin(self, domain: Domain) -> None:
        """Let the pinyin of a concept's words stand for it, where it is no word itself: 素食 sounds like "sushi"."""
        spelt = set(self._meanings)
        for concept in domain.concepts:
            for word in concept.zh:
                typed = "".join(lazy_pinyin(word))
                if len(typed) >= _SHORTEST_PINYIN and typed.isascii() and not word.isascii() and typed not in spelt:
                    self._mean(typed, Meaning(Sense.THING, f"@{concept.id}", concept.kind))

    def _share_of(self, concept: Concept, rows: Rows) -> dict[Category, float]:
        if len(rows):
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

    def _add_part(self, part: Concept, rows: Rows) -> str:
        """Let a part of the county be an area, where no area of the listings is called so; return its key."""
        key = f"@{part.id}"
        share = self._share(rows)
        self._areas[key] = Thing(LimitKind.AREA, key, part.zh[0], part.en[0], rows, rows, share, share)
        return key

    def _add_areas(self, domain: Domain, by_bearing: Mapping[str, Rows]) -> None:
        areas = self._phrases[LimitKind.AREA]
        for key, rows in areas.rows.items():
            zh, en = areas.labels[key]
            share = self._share(rows)
            self._areas[key] = Thing(LimitKind.AREA, key, zh, en, rows, rows, share, share)
            self._mean(key, Meaning(Sense.THING, key, LimitKind.AREA))
        endings = sorted((phrase_key(ending) for ending in domain.endings), key=len, reverse=True)
        short: dict[str, list[str]] = defaultdict(list)
        for key in areas.rows:
            for stem in stems_of(key, endings):
                if stem not in areas.rows:
                    short[stem].append(key)
        for stem, keys in short.items():
            for key in keys:
                self._mean(stem, Meaning(Sense.THING, key, LimitKind.AREA))
        self._add_parts(domain, by_bearing, endings)

    def _add_parts(self, domain: Domain, by_bearing: Mapping[str, Rows], endings: Sequence[str]) -> None:
        """Bind the parts of a town (its centre, the east) to areas that are called so, else to where they lie."""
        areas = self._phrases[LimitKind.AREA]
        for part in domain.parts:
            words = {phrase_key(word) for word in part.words}
            bound = [key for key in areas.rows if key in words or words & set(stems_of(key, endings))]
            if not bound and part.id in by_bearing:
                bound = [self._add_part(part, by_bearing[part.id])]
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


def by_word(owners: Iterable[tuple[_Owner, Sequence[str]]]) -> dict[str, list[_Owner]]:
    """Return who uses each word, by its key."""
    found: dict[str, list[_Owner]] = defaultdict(list)
    for owner, words in owners:
        for word in words:
            found[phrase_key(word)].append(owner)
    return found
