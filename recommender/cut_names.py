"""Names cut into pieces, as arrays: for a million names, of which each request looks at few."""

from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.text import syllables
from recommender.detect import is_han
from recommender.sentence import phrase_units

Numbers = NDArray[np.int32]
#: Shorter pinyin looks like English words.
_SHORTEST_PINYIN = 5
_NONE: Numbers = np.empty(0, np.int32)


class CutNames:
    """The names of things, each thing a row with any number of them; names are numbered in the order of the rows.

    `posting(piece)` are the names that contain a piece, ascending. `han_names` are the Chinese ones in alphabetical
    order, `han_rows` whose they are. `pieces` and `words` (of names of several English words) tell the last row that
    says each.
    """

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self.count = 0
        self.pieces: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        cut, lengths, row_of = array("i"), array("H"), array("i")
        han: list[tuple[str, int]] = []
        pinyin, whole = _Hashing(), _Hashing()
        for row, alike in enumerate(rows):
            self.count += 1
            for name in dict.fromkeys(alike):
                units = phrase_units(name)
                pieces = set(pieces_of(units))
                for piece in pieces:
                    self.pieces[piece] = row
                    cut.append(self._numbers.setdefault(piece, len(self._numbers)))
                lengths.append(len(pieces))
                row_of.append(row)
                if is_han(name[-1]):
                    han.append((name, row))
                typed = "".join(syllables(name)) if all(map(is_han, name)) else ""
                if len(typed) >= _SHORTEST_PINYIN:
                    pinyin.add(typed, row)
                if len(units) > 1 and not any(is_han(unit[0]) for unit in units):
                    whole.add(units, row)
                    self.words.update(dict.fromkeys(units, row))
        self.row_of_name: NDArray[np.int64] = np.asarray(row_of, dtype=np.int64)
        self._postings(np.asarray(cut, np.int32), np.asarray(lengths, np.int64))
        han.sort()
        self.han_names = [name for name, _ in han]
        self.han_rows = np.asarray([row for _, row in han], dtype=np.int32)
        self._with_character = _by_character(self.han_names)
        self.pinyin, self.whole = pinyin.rows(), whole.rows()

    def _postings(self, cut: Numbers, lengths: NDArray[np.int64]) -> None:
        names = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        order = np.argsort(cut, kind="stable")
        self._names = names[order]
        self._bounds = np.concatenate([[0], np.cumsum(np.bincount(cut, minlength=len(self._numbers)))]).astype(np.int64)
        self._piece_of, self._name_of = cut, names

    def posting(self, piece: str) -> Numbers:
        """Return the names that contain a piece, ascending."""
        number = self._numbers.get(piece)
        return _NONE if number is None else self._names[self._bounds[number] : self._bounds[number + 1]]

    def totals(self, weights: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Return what the pieces of each name weigh together, from the name `first` on; weights are by piece number."""
        start = int(np.searchsorted(self._name_of, first))
        size = len(self.row_of_name) - first
        found = np.bincount(self._name_of[start:] - first, weights[self._piece_of[start:]], minlength=size)
        return found.astype(np.float64)

    def counts(self, first: int) -> NDArray[np.int64]:
        """Return in how many names each piece is, from the name `first` on, by piece number."""
        start = int(np.searchsorted(self._name_of, first))
        return np.bincount(self._piece_of[start:], minlength=len(self._numbers))

    def number(self, piece: str) -> int | None:
        """Return the number of a piece; None when no name has it."""
        return self._numbers.get(piece)

    def with_character(self, character: str) -> Numbers:
        """Return the positions in `han_names` of those that contain a character."""
        return self._with_character.get(character, _NONE)


class HashedRows:
    """Rows by what they are called, of which only the hash is kept."""

    def __init__(self, hashes: NDArray[np.int64], rows: Numbers) -> None:
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._rows = hashes[order], rows[order]

    def of(self, called: Hashable) -> set[int]:
        """Return the rows that are called so."""
        wanted = np.int64(hash(called))
        low, high = self._hashes.searchsorted(wanted), self._hashes.searchsorted(wanted, "right")
        return set(self._rows[low:high].tolist())


class _Hashing:
    """Collects rows by what they are called."""

    def __init__(self) -> None:
        self._hashes, self._rows = array("q"), array("i")

    def add(self, called: Hashable, row: int) -> None:
        self._hashes.append(hash(called))
        self._rows.append(row)

    def rows(self) -> HashedRows:
        return HashedRows(np.asarray(self._hashes, np.int64), np.asarray(self._rows, np.int32))


def _by_character(names: Sequence[str]) -> dict[str, Numbers]:
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
