"""Finding a listing by what a tourist remembers of its name: a part, a typo, pinyin, another order.

Exact names are the gazetteer's (`index.gazetteer`). Here every name is cut into Han bigrams and words, each weighted
by how rare it is among the names (idf), and a name is as likely as the share of its weight that the sentence says.
Only names that contain a rare piece of the sentence are looked at, so that a million cost little more than a thousand.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.cut_names import CutNames, pieces_of, whole_key
from recommender.sentence import Unit, phrase_units
from recommender.spelling import Neighbours, Spelling

Rows = NDArray[np.int64]
#: A piece that is in more than this share of the names tells nothing by itself.
_COMMON_SHARE = 0.02
#: Words of the longest name that is looked for with a slip in it.
_LONGEST_NAME = 6
#: Units that pinyin is typed in.
_MOST_SYLLABLES = 8
_HAN_PHRASE = re.compile(r"[\u4e00-\u9fff]{3,5}")
Spans = dict[tuple[int, int], set[int]]


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """How much of something some rows have, in [0, 1]; rows ascend, all others have none."""

    rows: Rows
    shares: NDArray[np.float64]

    @property
    def most(self) -> float:
        """The largest share."""
        return float(self.shares.max(initial=0.0))

    def of(self, rows: Rows) -> NDArray[np.float64]:
        """Return the share of each of `rows`, which ascend."""
        found = np.zeros(len(rows))
        at, shares = self.among(rows)
        found[at] = shares
        return found

    def among(self, rows: Rows) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return which of `rows`, which ascend, have a share, by their positions, and the shares."""
        at = np.minimum(rows.searchsorted(self.rows), max(len(rows) - 1, 0))
        has = rows[at] == self.rows if len(rows) else np.zeros(len(self.rows), np.bool_)
        return at[has], self.shares[has]


class Names(Protocol):
    """Finds rows by names that are not said exactly: the names of a snapshot, or those with changes since."""

    def coverage(self, units: Sequence[Unit], ignored: frozenset[str] = frozenset()) -> Shares:
        """Return for each row the share of its name, by rarity, that the units say; 0 without a rare piece."""
        ...

    def closest(self, phrase: str, least: float) -> list[int]:
        """Return the rows whose name is most like a phrase: what they share, by rarity, of what either says."""
        ...

    def by_pinyin(self, units: Sequence[Unit]) -> Spans:
        """Return the rows whose Chinese name is typed in pinyin, by the span of the sentence that types it."""
        ...

    def misspelt(self, units: Sequence[Unit]) -> Spans:
        """Return the rows whose whole name is typed with one wrong word, by the span that types it."""
        ...

    def says(self, row: int, word: str) -> bool:
        """Whether a row's name has a word, which may be misspelt."""
        ...

    def abbreviated(self, phrase: str) -> list[int]:
        """Return the one row whose name a Chinese phrase shortens (竹博园 for 竹子博览园), if there is just one."""
        ...

    def begun(self, phrase: str) -> list[int]:
        """Return the one row whose Chinese name begins with a phrase (竹里人家, 竹里人家农家乐), if just one does."""
        ...


class NameIndex:
    """Names by their pieces. `first` is the first row that counts: its names are row 0 here.

    Of few names `beside` others, those tell how rare a piece is.
    """

    def __init__(self, names: CutNames, first: int = 0, beside: "NameIndex | None" = None) -> None:
        self._cut = names
        self._first = first
        self._first_name = int(np.searchsorted(names.row_of_name, first))
        self._beside = beside
        self._count = len(names.row_of_name) - self._first_name
        counts = names.counts(self._first_name)
        self._idf = np.log(1 + self._count / np.maximum(counts, 1))
        if beside is not None:
            self._idf = beside.idf_of(names.pieces)
        self._total = names.totals(self._idf, self._first_name)
        self._common = beside.common if beside is not None else max(2, int(_COMMON_SHARE * self._count))
        self._words = Neighbours(names.words_since(first, of_several=True))
        self._spelling = Spelling(names.words_since(first, of_several=False))

    @property
    def common(self) -> int:
        """How many names a rare piece is in at most."""
        return self._common

    def idf_of(self, pieces: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Return how rare pieces are among the names, by their hashes."""
        own = self._cut.pieces
        at = np.minimum(own.searchsorted(pieces), max(len(own) - 1, 0))
        known = own[at] == pieces if len(own) else np.zeros(len(pieces), np.bool_)
        found = np.full(len(pieces), math.log(1 + self._count))
        found[known] = self._idf[at[known]]
        return found

    def idf(self, piece: str) -> float:
        """Return how rare a piece is among the names."""
        number = self._cut.number(piece)
        if number is None or not len(self._posting(piece)):
            return math.log(1 + self._count)
        return float(self._idf[number])

    def _posting(self, piece: str) -> NDArray[np.int32]:
        names = self._cut.posting(piece)
        return names[names.searchsorted(self._first_name) :] if self._first_name else names

    def _rows(self, names: NDArray[np.int64]) -> Rows:
        return self._cut.row_of_name[names].astype(np.int64) - self._first

    def _said(self, keys: Sequence[str]) -> set[str]:
        return {self._spelling.corrected(piece) for piece in pieces_of(keys)}

    def _weighed(self, said: set[str], ignored: frozenset[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the names with a rare piece of what was said, and the weight of all pieces that they share with it."""
        postings = {piece: found for piece in said if len(found := self._posting(piece))}
        rare = [found for piece, found in postings.items() if self._is_rare(piece, len(found)) and piece not in ignored]
        if not rare:
            return np.empty(0, np.int64), np.empty(0)
        names = np.unique(np.concatenate(rare)).astype(np.int64)
        mass = np.zeros(len(names))
        for piece, found in postings.items():
            at = np.minimum(found.searchsorted(names), len(found) - 1)
            mass[found[at] == names] += self.idf(piece)
        return names, mass

    def _is_rare(self, piece: str, found: int) -> bool:
        beside = 0 if self._beside is None else len(self._beside._posting(piece))  # noqa: SLF001 - of this class
        return found + beside <= self._common

    def coverage(self, units: Sequence[Unit], ignored: frozenset[str] = frozenset()) -> Shares:
        """Return for each row the share of its name, by rarity, that the units say; 0 without a rare piece."""
        names, mass = self._weighed(self._said([unit.key for unit in units]), ignored)
        covered = mass / np.maximum(self._total[names - self._first_name], 1e-9)
        rows, at = np.unique(self._rows(names), return_inverse=True)
        best = np.zeros(len(rows))
        np.maximum.at(best, at, covered)
        return Shares(rows, best)

    def likeness(self, phrase: str) -> tuple[Rows, NDArray[np.float64]]:
        """Return how like a phrase names are, and whose they are: what they share, by rarity, of what either says."""
        said = self._said(phrase_units(phrase))
        names, mass = self._weighed(said, frozenset())
        asked = sum(map(self.idf, said))
        totals = self._total[names - self._first_name]
        likeness = np.maximum(mass / np.maximum(totals, 1e-9), mass / max(asked, 1e-9))
        # Of names that contain all that was said, the one with the least besides.
        return self._rows(names), likeness + 0.1 * mass / np.maximum(totals + asked, 1e-9)

    def closest(self, phrase: str, least: float) -> list[int]:
        """Return the rows whose name is most like a phrase: what they share, by rarity, of what either says."""
        return most_like(*self.likeness(phrase), least)

    def misspelt(self, units: Sequence[Unit]) -> Spans:
        """Return the rows whose whole name is typed with one wrong word, by the span that types it.

        That all other words agree is what makes a slip in a short or a frequent one sure: "Tash Tented Camp".
        """
        found: Spans = {}
        keys = tuple(unit.key for unit in units)
        for wrong, key in enumerate(keys):
            for meant in self._words.of(key):
                typed = (*keys[:wrong], meant, *keys[wrong + 1 :])
                for first in range(max(0, wrong - _LONGEST_NAME + 1), wrong + 1):
                    for last in range(max(wrong, first + 1), min(first + _LONGEST_NAME, len(keys))):
                        rows = self._counted(self._cut.whole.of(whole_key(typed[first : last + 1])))
                        if rows:
                            found[units[first].start, units[last].end] = rows
        return found

    def _counted(self, rows: NDArray[np.int32]) -> set[int]:
        return set((rows[rows >= self._first] - self._first).tolist())

    def says(self, row: int, word: str) -> bool:
        """Whether a row's name has a word, which may be misspelt."""
        said = self._said(phrase_units(word))
        return any((self._rows(self._posting(piece).astype(np.int64)) == row).any() for piece in said)

    def abbreviated(self, phrase: str) -> list[int]:
        """Return the one row whose name a Chinese phrase shortens (竹博园 for 竹子博览园), if there is just one."""
        return only(self.shortened(phrase))

    def begun(self, phrase: str) -> list[int]:
        """Return the one row whose Chinese name begins with a phrase (竹里人家, 竹里人家农家乐), if just one does."""
        return only(self.beginning(phrase))

    def shortened(self, phrase: str) -> set[int]:
        """Return the rows whose name a Chinese phrase shortens.

        The characters must come in order, from the beginning of one of the name's words to its last character.
        """
        if not _HAN_PHRASE.fullmatch(phrase):
            return set()
        pattern = re.compile(rf"(?:^|.*?){'.{0,2}'.join(phrase)}$")
        cut = self._cut
        names = ((cut.han_names[at], at) for at in cut.with_characters(phrase).tolist())
        found = [at for name, at in names if len(phrase) < len(name) and pattern.match(name)]
        return self._counted(cut.han_rows[found])

    def beginning(self, phrase: str) -> Iterator[int]:
        """Yield the rows whose Chinese name begins with a phrase and goes on."""
        if not _HAN_PHRASE.fullmatch(phrase):
            return
        for at in range(bisect_left(self._cut.han_names, phrase), len(self._cut.han_names)):
            if not self._cut.han_names[at].startswith(phrase):
                break
            row = int(self._cut.han_rows[at]) - self._first
            if len(self._cut.han_names[at]) > len(phrase) and row >= 0:
                yield row

    def by_pinyin(self, units: Sequence[Unit]) -> Spans:
        """Return the rows whose Chinese name is typed in pinyin, by the span of the sentence that types it."""
        found: Spans = {}
        for first, unit in enumerate(units):
            joined = ""
            for last in range(first, min(first + _MOST_SYLLABLES, len(units))):
                piece = units[last].key
                if not piece.isascii() or not piece.isalpha():
                    break
                joined += piece
                rows = self._counted(self._cut.pinyin.of(joined))
                if rows:
                    found[unit.start, units[last].end] = rows
        return found


def most_like(rows: Rows, likeness: NDArray[np.float64], least: float) -> list[int]:
    """Return the rows that are most like what was said, when they are like enough."""
    best = float(likeness.max(initial=0.0))
    return [] if best < least else sorted(set(rows[likeness >= best - 1e-9].tolist()))


def only(rows: Iterable[int]) -> list[int]:
    """Return the row when all are the same one, else none."""
    found: set[int] = set()
    for row in rows:
        found.add(row)
        if len(found) > 1:
            return []
    return list(found)
