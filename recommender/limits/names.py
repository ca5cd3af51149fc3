"""What the names in a sentence ask for: to look a place up, to be near it, or to leave it out."""

import re
from collections.abc import Sequence

from index.listing import Category
from index.snapshot import Snapshot
from recommender.cut_names import pieces_of
from recommender.lexicon import Lexicon, Match
from recommender.limits.negation import Negation
from recommender.limits.place import Named, Places
from recommender.naming import Names
from recommender.query import LISTING_PREFIX, Limit, LimitKind
from recommender.sentence import Sentence, phrase_units

#: A name is meant when this share of it (by rarity) was said: with words that ask for one, and without.
_NAME_ASKED, _NAME_UNASKED = 0.6, 0.9
_NAME_TIE = 0.95
#: What may be an abbreviated name: all of a clause, or what one wants to go to.
_RUNS = re.compile(
    r"(?:^|去|到|在|[，。,.\s])(?P<name>[\u4e00-\u9fff]{3,5})(?=$|玩|怎么|的|附近|开车|[，。,.?？!！\s])"
)


class NameReader:
    """Reads what is wanted of the names in sentences about one snapshot."""

    def __init__(self, snapshot: Snapshot, names: Names, lexicon: Lexicon, places: Places, negation: Negation) -> None:
        self._rows = snapshot.listings
        self._row_of = snapshot.row_of
        self._lexicon = lexicon
        self._places = places
        self._negation = negation
        self.index = names

    def read(self, sentence: Sentence, named: Sequence[Named], categories: frozenset[Category]) -> list[Limit]:
        """Return what is asked of the names that were found; `categories` are those asked for."""
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
        return any(self._rows[self._row_of[listing]].category in categories for listing in name.listings)

    def _area_of(self, sentence: Sentence, name: Named) -> list[Limit]:
        """A township is an area when listings say that they are in it, else a place to be near."""
        for match in self._lexicon.matches(Sentence.of(sentence.raw[name.start : name.end])):
            if any(meaning.kind is LimitKind.AREA for meaning in match.meanings):
                return []
        return [self._places.near_limit(name, None, (name.start, name.end), hard=False)]

    def unsure(self, sentence: Sentence, things: Sequence[Match], found: Sequence[Limit]) -> list[Limit]:
        """Return the name that the words are closest to, when they are close enough."""
        if any(limit.kind is LimitKind.NEAR for limit in found):
            return []
        typed = self.index.by_pinyin(sentence.units) | self.index.misspelt(sentence.units)
        for (start, end), rows in typed.items():
            ids = tuple(self._rows[row].id for row in sorted(rows))
            return [Limit(LimitKind.NAME, values=ids, start=start, end=end)]
        for run in _RUNS.finditer(sentence.rest):
            for row in self.index.abbreviated(run["name"]) or self.index.begun(run["name"]):
                return [
                    Limit(LimitKind.NAME, values=(self._rows[row].id,), start=run.start("name"), end=run.end("name"))
                ]
        ignored = self._lexicon.common | {piece for match in things for piece in pieces_of(phrase_units(match.key))}
        covered = self.index.coverage(sentence.units, ignored)
        least = _NAME_ASKED if self._places.asks_facts(sentence) else _NAME_UNASKED
        best = covered.most
        if best < least:
            return []
        ids = tuple(self._rows[row].id for row in covered.rows[covered.shares >= best * _NAME_TIE][:5].tolist())
        return [Limit(LimitKind.NAME, values=ids, hard=best >= least, start=0, end=0)]
