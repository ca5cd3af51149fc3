"""What chips that were kept by their ids alone stand for, and whether a listing has it: for what merchants are told.

Only kinds that say something of a place are read back; where somebody was, when they asked, and which place they named
stay unsaid.
"""

from collections.abc import Collection

from index.settings import Language
from recommender.domain import load_domain
from recommender.finder import Finder
from recommender.labels import Labels
from recommender.query import Limit, LimitKind, Range

#: What a listing has or offers, and its owner can therefore add.
HAD = frozenset({LimitKind.FACILITY, LimitKind.DISH})
_THINGS = frozenset({LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.DISH, LimitKind.TAG, LimitKind.AREA})
_RANGES = frozenset({LimitKind.PRICE, LimitKind.RATING, LimitKind.STARS})
_WORDS = frozenset({LimitKind.CATEGORY, LimitKind.PRICE_LEVEL, LimitKind.SORT, LimitKind.PARTY})


class AskedFor:
    """Reads chip ids over one finder."""

    def __init__(self, finder: Finder) -> None:
        self._lexicon = finder.lexicon
        self._rows = finder.snapshot.row_of
        self._labels = Labels(finder.lexicon, load_domain(), {}, 1.0)

    def label(self, chip: str, language: Language) -> str | None:
        """Return what a chip says; None for one that is not told of, or means nothing to this index."""
        limit = self._limit(chip)
        if limit is None:
            return None
        try:
            return self._labels.of(limit, language)
        except (KeyError, ValueError, StopIteration):
            # Of another version's vocabulary.
            return None

    def is_lacking(self, chip: str, listings: Collection[str]) -> bool:
        """Whether a chip asks for something that a listing can have, and some of these listings do not say to have."""
        limit = self._limit(chip)
        if limit is None or limit.kind not in HAD:
            return False
        having = {int(row) for value in limit.values for row in self._lexicon.rows(limit.kind, value)}
        rows = [self._rows[listing] for listing in listings if listing in self._rows]
        return any(row not in having for row in rows)

    def _limit(self, chip: str) -> Limit | None:
        name, _, rest = chip.partition(":")
        kind = LimitKind(name) if name in set(LimitKind) else None
        if kind is None or not rest:
            return None
        if kind in _RANGES:
            asked = _range(rest)
            return Limit(kind, range=asked) if asked is not None else None
        values = tuple(rest.split("|"))
        if kind in _WORDS:
            return Limit(kind, values)
        known = kind in _THINGS and all(self._lexicon.thing(kind, value) is not None for value in values)
        return Limit(kind, values) if known else None


def _range(text: str) -> Range | None:
    low, dots, high = text.partition("..")
    try:
        ends = float(low) if low else None, float(high) if high else None
    except ValueError:
        return None
    return Range(*ends) if dots else Range(ends[0], ends[0])
