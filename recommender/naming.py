"""Finding a listing by what a tourist remembers of its name: a part, a typo, pinyin, another order.

Exact names are the gazetteer's (`index.gazetteer`). Here every name is cut into Han bigrams and words, each weighted
by how rare it is among the names (idf), and a name is as likely as the share of its weight that the sentence says.
"""

import math
import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.text import syllables
from recommender.detect import is_han
from recommender.sentence import Unit, phrase_units
from recommender.spelling import Neighbours, Spelling

#: A piece that is in more than this share of the names tells nothing by itself.
_COMMON_SHARE = 0.02
#: Names shorter than this many characters are only found whole.
_SHORTEST_PINYIN = 5
#: Words of the longest name that is looked for with a slip in it.
_LONGEST_NAME = 6
_NONE: NDArray[np.int32] = np.empty(0, np.int32)
_HAN_PHRASE = re.compile(r"[\u4e00-\u9fff]{3,5}")


class NameIndex:
    """Names by their pieces: a row for each thing named, which may have several names."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._count = len(rows)
        postings: dict[str, set[int]] = defaultdict(set)
        self._pinyin: dict[str, set[int]] = defaultdict(set)
        names: list[tuple[int, frozenset[str]]] = []
        self._han_names: list[tuple[str, int]] = []
        for row, alike in enumerate(rows):
            for name in dict.fromkeys(alike):
                pieces = frozenset(pieces_of(phrase_units(name)))
                names.append((row, pieces))
                for piece in pieces:
                    postings[piece].add(len(names) - 1)
                if is_han(name[-1]):
                    self._han_names.append((name, row))
                whole = "".join(syllables(name)) if all(map(is_han, name)) else ""
                if len(whole) >= _SHORTEST_PINYIN:
                    self._pinyin[whole].add(row)
        self._han_names.sort()
        self._with_character = _by_character([name for name, _ in self._han_names])
        self._row_of_name = np.asarray([row for row, _ in names], dtype=np.int64)
        self._idf = {piece: math.log(1 + len(names) / len(found)) for piece, found in postings.items()}
        self._postings = {piece: np.asarray(sorted(found), dtype=np.int64) for piece, found in postings.items()}
        self._total = np.asarray([sum(self._idf[piece] for piece in pieces) for _, pieces in names], dtype=np.float64)
        self._whole: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for row, alike in enumerate(rows):
            for name in alike:
                units = phrase_units(name)
                if len(units) > 1 and not any(is_han(unit[0]) for unit in units):
                    self._whole[units].add(row)
        self._words = Neighbours(unit for units in self._whole for unit in units)
        self._common = max(2, int(_COMMON_SHARE * len(names)))
        self._spelling = Spelling(piece for piece in postings if piece.isascii())

    def coverage(self, units: Sequence[Unit], ignored: frozenset[str] = frozenset()) -> NDArray[np.float64]:
        """Return for each row the share of its name, by rarity, that the units say; 0 without a rare piece."""
        said = {self._spelling.corrected(piece) for piece in pieces_of([unit.key for unit in units])}
        mass = np.zeros(len(self._total))
        rare = np.zeros(len(self._total), dtype=np.bool_)
        for piece in said & self._postings.keys():
            names = self._postings[piece]
            mass[names] += self._idf[piece]
            if len(names) <= self._common and piece not in ignored:
                rare[names] = True
        covered = np.where(rare, mass / np.maximum(self._total, 1e-9), 0.0)
        best = np.zeros(self._count)
        np.maximum.at(best, self._row_of_name, covered)
        return best

    def closest(self, phrase: str, least: float) -> list[int]:
        """Return the rows whose name is most like a phrase: what they share, by rarity, of what either says."""
        said = {self._spelling.corrected(piece) for piece in pieces_of(phrase_units(phrase))}
        mass = np.zeros(len(self._total))
        unknown = math.log(1 + len(self._total))
        asked = sum(self._idf.get(piece, unknown) for piece in said)
        for piece in said & self._postings.keys():
            mass[self._postings[piece]] += self._idf[piece]
        likeness = np.maximum(mass / np.maximum(self._total, 1e-9), mass / max(asked, 1e-9))
        rare = [piece for piece in said & self._postings.keys() if len(self._postings[piece]) <= self._common]
        told = np.zeros(len(self._total), dtype=np.bool_)
        for piece in rare:
            told[self._postings[piece]] = True
        likeness *= told
        # Of names that contain all that was said, the one with the least besides.
        likeness += 0.1 * mass / np.maximum(self._total + asked, 1e-9)
        best = float(likeness.max(initial=0.0))
        if best < least:
            return []
        return sorted({int(self._row_of_name[name]) for name in np.flatnonzero(likeness >= best - 1e-9)})

    def misspelt(self, units: Sequence[Unit]) -> dict[tuple[int, int], set[int]]:
        """Return the rows whose whole name is typed with one wrong word, by the span that types it.

        That all other words agree is what makes a slip in a short or a frequent one sure: "Tash Tented Camp".
        """
        found: dict[tuple[int, int], set[int]] = {}
        keys = tuple(unit.key for unit in units)
        for wrong, key in enumerate(keys):
            for meant in self._words.of(key):
                typed = (*keys[:wrong], meant, *keys[wrong + 1 :])
                for first in range(max(0, wrong - _LONGEST_NAME + 1), wrong + 1):
                    for last in range(max(wrong, first + 1), min(first + _LONGEST_NAME, len(keys))):
                        if typed[first : last + 1] in self._whole:
                            found[units[first].start, units[last].end] = self._whole[typed[first : last + 1]]
        return found

    def says(self, row: int, word: str) -> bool:
        """Whether a row's name has a word, which may be misspelt."""
        pieces = {self._spelling.corrected(piece) for piece in pieces_of(phrase_units(word))}
        return any(row in self._row_of_name[self._postings[piece]] for piece in pieces & self._postings.keys())

    def abbreviated(self, phrase: str) -> list[int]:
        """Return the one row whose name a Chinese phrase shortens (竹博园 for 竹子博览园), if there is just one.

        The characters must come in order, from the beginning of one of the name's words to its last character.
        """
        if not _HAN_PHRASE.fullmatch(phrase):
            return []
        postings = [self._with_character.get(character, _NONE) for character in phrase]
        rarest = min(postings, key=len)
        if not len(rarest):
            return []
        pattern = re.compile(rf"(?:^|.*?){'.{0,2}'.join(phrase)}$")
        names = (self._han_names[at] for at in rarest.tolist())
        found = {row for name, row in names if len(phrase) < len(name) and pattern.match(name)}
        return list(found) if len(found) == 1 else []

    def begun(self, phrase: str) -> list[int]:
        """Return the one row whose Chinese name begins with a phrase (竹里人家, 竹里人家农家乐), if just one does."""
        if not _HAN_PHRASE.fullmatch(phrase):
            return []
        found: set[int] = set()
        for at in range(bisect_left(self._han_names, (phrase, -1)), len(self._han_names)):
            name, row = self._han_names[at]
            if not name.startswith(phrase) or len(found) > 1:
                break
            if len(name) > len(phrase):
                found.add(row)
        return list(found) if len(found) == 1 else []

    def by_pinyin(self, units: Sequence[Unit]) -> dict[tuple[int, int], set[int]]:
        """Return the rows whose Chinese name is typed in pinyin, by the span of the sentence that types it."""
        found: dict[tuple[int, int], set[int]] = {}
        for first, unit in enumerate(units):
            joined = ""
            for last in range(first, min(first + 8, len(units))):
                piece = units[last].key
                if not piece.isascii() or not piece.isalpha():
                    break
                joined += piece
                if joined in self._pinyin:
                    found[unit.start, units[last].end] = self._pinyin[joined]
        return found


def _by_character(names: Sequence[str]) -> dict[str, NDArray[np.int32]]:
    """Return the positions of the names that contain each character."""
    found: dict[str, array[int]] = defaultdict(lambda: array("i"))
    for at, name in enumerate(names):
        for character in set(name):
            found[character].append(at)
    return {character: np.asarray(positions, dtype=np.int32) for character, positions in found.items()}


def pieces_of(units: Sequence[str]) -> list[str]:
    """Return what a name is compared by: its words, and the pairs of its Han characters."""
    pieces = [unit for unit in units if not is_han(unit[0])]
    pieces += [a + b for a, b in pairwise(units) if is_han(a[0]) and is_han(b[0])]
    if len(units) == 1 and is_han(units[0][0]):
        pieces.append(units[0])
    return pieces
