"""The words of a snapshot with what was changed since it was built: told from the built one's and the changes alone.

A phrase that a changed listing is the first to use is known at once, and one that only it used is forgotten. What is
learnt from all listings together stays as it was built until the next fold: the parts of phrases that may stand for
them, which words only one kind has, and what kinds and areas are called in English.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from index.columns import CATEGORY_CODES, Columns
from index.listing import Category
from index.opening import Changes
from recommender.bearings import bearing_rows
from recommender.lexicon import Lexicon, Meaning, Rows, Sense, Thing, by_word
from recommender.parts import parts_in
from recommender.phrases import THINGS, Phrases, phrases_of, runs_of, stems_of, united
from recommender.query import LimitKind
from recommender.sentence import phrase_key

_NO_ROWS: Rows = np.empty(0, np.int64)
_WITH_PARTS = (LimitKind.DISH, LimitKind.FACILITY)
Found = dict[str, list[Rows]]


class ChangedLexicon(Lexicon):
    """A lexicon over another one's words and those of the changes. `new_things` are those that the other had not."""

    def __init__(self, base: Lexicon, changes: Changes, columns: Columns) -> None:
        # What is not told anew below is as it was built.
        vars(self).update(vars(base))
        self._base = base
        self._here = changes.here
        self._codes = columns.category
        self._new = phrases_of(changes.new, base.called)
        self._new_rows = changes.new_rows
        self._concepts = {f"@{concept.id}": concept for concept in self._domain.concepts}
        self._more, self._exact, self._suited = self._read()
        self.new_things: dict[str, Thing] = {}
        self._new_meanings: dict[str, list[Meaning]] = defaultdict(list)
        self.things = self._things_here = ThingsHere(base.things, self._thing_here)
        self.areas = self._areas_here = ThingsHere(base.areas, self._area_here)
        self.parties = {key: self._moved(rows, self._suited.get(key, [])) for key, rows in base.parties.items()}
        gone = phrases_of([changes.base.listings[row] for row in changes.gone.tolist()], base.called)
        self._forget(gone)
        self._add_new_things()
        self._add_new_areas()
        if any(f"@{part.id}" in base.areas for part in self._domain.parts):
            self._move_parts(bearing_rows(columns.lat, columns.lon))
        units = (
            unit
            for kind in (LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.AREA)
            for words in self._new[kind].units.values()
            for unit in words
        )
        self.spelling = base.spelling.with_words(units)

    def containing(self, kind: LimitKind, key: str) -> Rows:
        """Return the rows with a phrase of a kind that contains a key, wherever in it."""
        new = self._new[kind].rows if kind in self._new else {}
        return self._moved(self._base.containing(kind, key), [rows for phrase, rows in new.items() if key in phrase])

    def has(self, kind: LimitKind) -> bool:
        """Whether any listing says anything of this kind."""
        return self._base.has(kind) or (kind in self._new and bool(self._new[kind].rows))

    def _meant_by(self, key: str) -> Sequence[Meaning]:
        new = self._new_meanings.get(key, [])
        known = [self._meant_now(meaning) for meaning in self._meanings.get(key, ()) if self._is_here(meaning)]
        return [*new, *(meaning for meaning in known if meaning not in new)]

    def _meant_now(self, meaning: Meaning) -> Meaning:
        """Return a meaning with the kind that its thing is mostly said as by now."""
        if meaning.sense is not Sense.THING or meaning.kind is LimitKind.AREA:
            return meaning
        return replace(meaning, kind=self.things[meaning.value].kind)

    def _is_here(self, meaning: Meaning) -> bool:
        if meaning.sense is not Sense.THING or meaning.kind is None:
            return True
        return not (self._areas_here if meaning.kind is LimitKind.AREA else self._things_here).is_forgotten(
            meaning.value
        )

    # --- what the new listings say ------------------------------------------------------------------------------

    def _read(self) -> tuple[Found, Found, Found]:
        """Return the new rows that have each thing, those that say it in just these words, and who suits whom.

        They are numbered as the new listings are.
        """
        concepts = by_word((concept, concept.words) for concept in self._domain.concepts)
        parties = by_word((party.id, party.fits) for party in self._domain.parties)
        more: Found = defaultdict(list)
        exact: Found = defaultdict(list)
        suited: Found = defaultdict(list)
        for kind in THINGS:
            for key, rows in self._new[kind].rows.items():
                exact[key].append(rows)
                for part in parts_in(kind, self._new[kind].units[key]) if kind in _WITH_PARTS else ():
                    more[_part_key(kind, "".join(part))].append(rows)
                for run in runs_of(self._new[kind].units[key]):
                    more[run].append(rows)
                    for party in parties.get(run, ()):
                        suited[party].append(rows)
                    for concept in concepts.get(run, ()):
                        mine = self._new_of(rows, concept.categories)
                        more[f"@{concept.id}"].append(mine)
                        if run == key or kind is LimitKind.SUBTYPE:
                            exact[f"@{concept.id}"].append(mine)
        return more, exact, suited

    def _new_of(self, rows: Rows, categories: frozenset[Category]) -> Rows:
        codes = self._codes[self._new_rows[rows]]
        return rows[np.isin(codes, [CATEGORY_CODES[category] for category in categories])] if categories else rows

    def _moved(self, rows: Rows, new: Sequence[Rows]) -> Rows:
        """Return rows of the built snapshot where they are now, and new listings by their numbers."""
        here = self._here[rows]
        here = here[here >= 0]
        added = [self._new_rows[numbers] for numbers in new if len(numbers)]
        return united([here, *added]) if added else here

    # --- things -------------------------------------------------------------------------------------------------

    def _thing_here(self, thing: Thing) -> Thing:
        more = self._more.get(_part_key(thing.kind, thing.key) if thing.is_part else thing.key, [])
        return self._told(thing, more, self._exact.get(thing.key, []))

    def _area_here(self, thing: Thing) -> Thing:
        new = self._new[LimitKind.AREA].rows.get(thing.key)
        return self._told(thing, [] if new is None else [new], [] if new is None else [new])

    def _told(self, thing: Thing, more: Sequence[Rows], exact: Sequence[Rows]) -> Thing:
        rows = self._moved(thing.rows, [*more, *exact])
        said = self._moved(thing.exact, [] if thing.is_part else exact)
        if not more and not exact and len(rows) == len(thing.rows):
            return replace(thing, rows=rows, exact=said)
        concept = self._concepts.get(thing.key)
        if concept is not None:
            share = self._share_of(concept, rows)
            return replace(thing, rows=rows, exact=said, share=share, leaning=share)
        share = self._share(rows)
        if thing.is_part or thing.kind is LimitKind.AREA:
            return replace(thing, rows=rows, exact=said, share=share, leaning=share)
        by_kind = {kind: self._said_as(kind, thing.key) for kind in THINGS}
        kind = max(by_kind, key=lambda one: (len(by_kind[one]), one is LimitKind.SUBTYPE))
        leaning = self._share(by_kind[kind]) if kind is LimitKind.SUBTYPE else share
        return replace(thing, kind=kind, rows=rows, exact=said, share=share, leaning=leaning)

    def _said_as(self, kind: LimitKind, key: str) -> Rows:
        """Return the rows that say a phrase as a kind of thing."""
        new = self._new[kind].rows.get(key)
        return self._moved(self._phrases[kind].rows.get(key, _NO_ROWS), [] if new is None else [new])

    def _forget(self, gone: Mapping[LimitKind, Phrases]) -> None:
        """Forget what only listings that are gone said."""
        for kind in THINGS:
            for key, units in gone[kind].units.items():
                parts = ("".join(part) for part in parts_in(kind, units)) if kind in _WITH_PARTS else ()
                for each in {key, *parts}:
                    thing = self.things.get(each)
                    if thing is not None and not len(thing.rows if each in self._base_parts(each) else thing.exact):
                        self._things_here.forget(each)
        for key in gone[LimitKind.AREA].rows:
            if key in self.areas and not len(self.areas[key].rows):
                self._areas_here.forget(key)

    def _base_parts(self, key: str) -> tuple[str, ...]:
        """Return the key where it is a part as built, else nothing."""
        thing = self._base.things.get(key)
        return (key,) if thing is not None and thing.is_part else ()

    def _add_new_things(self) -> None:
        nouns = {phrase_key(word) for words in self._domain.categories for word in words.generic}
        kinds: dict[str, dict[LimitKind, Rows]] = defaultdict(dict)
        for kind in THINGS:
            for key, rows in self._new[kind].rows.items():
                known = self._base.things.get(key)
                if known is None or known.is_part:
                    kinds[key][kind] = rows
        for key, by_kind in kinds.items():
            kind = max(by_kind, key=lambda one: (len(by_kind[one]), one is LimitKind.SUBTYPE))
            exact = self._moved(_NO_ROWS, list(by_kind.values()))
            rows = self._moved(self._base.inside(key), self._more.get(key, []))
            share = self._share(rows)
            zh, en = self._new[kind].labels[key]
            self.new_things[key] = Thing(kind, key, zh, en, rows, exact, share, share)
            if len(key) > 1 and not self.is_filler(key) and not (kind is LimitKind.SUBTYPE and key in nouns):
                self._new_meanings[key].append(Meaning(Sense.THING, key, kind))
        self._things_here.add(self.new_things)

    def _add_new_areas(self) -> None:
        endings = sorted((phrase_key(ending) for ending in self._domain.endings), key=len, reverse=True)
        new = {}
        for key, numbers in self._new[LimitKind.AREA].rows.items():
            if key in self._base.areas:
                continue
            rows, (zh, en) = self._moved(_NO_ROWS, [numbers]), self._new[LimitKind.AREA].labels[key]
            share = self._share(rows)
            new[key] = Thing(LimitKind.AREA, key, zh, en, rows, rows, share, share)
            for called in (key, *(stem for stem in stems_of(key, endings) if stem not in self._base.areas)):
                self._new_meanings[called].append(Meaning(Sense.THING, key, LimitKind.AREA))
        self._areas_here.add(new)

    def _move_parts(self, by_bearing: Mapping[str, Rows]) -> None:
        """Tell the parts of the county anew: its middle has moved a little."""
        for name, rows in by_bearing.items():
            part = self._base.areas.get(f"@{name}")
            if part is not None:
                share = self._share(rows)
                moved = Thing(LimitKind.AREA, part.key, part.label_zh, part.label_en, rows, rows, share, share)
                self._areas_here.add({part.key: moved})


class ThingsHere(Mapping[str, Thing]):
    """Things as they are now: those that were built, told anew when they are first asked for, and new ones."""

    def __init__(self, built: Mapping[str, Thing], tell: Callable[[Thing], Thing]) -> None:
        self._built = built
        self._tell = tell
        self._told: dict[str, Thing] = {}
        self._new: frozenset[str] = frozenset()
        self._forgotten: set[str] = set()

    def __getitem__(self, key: str) -> Thing:
        told = self._told.get(key)
        if told is None:
            if key in self._forgotten:
                raise KeyError(key)
            told = self._told[key] = self._tell(self._built[key])
        return told

    def __contains__(self, key: object) -> bool:
        return key in self._told or (key in self._built and key not in self._forgotten)

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._built if key not in self._forgotten)
        yield from (key for key in self._new if key not in self._built or key in self._forgotten)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def add(self, new: Mapping[str, Thing]) -> None:
        """Add things, in place of those of the same key."""
        self._told.update(new)
        self._new |= new.keys()

    def forget(self, key: str) -> None:
        """Forget a thing that nothing says any more."""
        self._told.pop(key, None)
        self._forgotten.add(key)

    def is_forgotten(self, key: str) -> bool:
        """Whether a thing that was built is there no more."""
        return key in self._forgotten and key not in self._told


def _part_key(kind: LimitKind, part: str) -> str:
    """Return under which key new rows with a part of a phrase are kept; beside those of runs inside it."""
    return f"{kind} {part}"
