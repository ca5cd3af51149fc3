"""Names cut into pieces, as arrays: for a million names, of which each request looks at few.

Pieces and whole names are found by 64 bits of their hash, so that the arrays can be kept in files and mapped by every
process that reads them: among ten million pieces two are alike with a chance of one in 370,000.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_arrays, save_arrays
from index.name_table import hash_of
from index.text import syllables
from recommender.detect import is_han
from recommender.sentence import phrase_units

Numbers = NDArray[np.int32]
Hashes = NDArray[np.uint64]
#: Shorter pinyin looks like English words.
_SHORTEST_PINYIN = 5
_NONE: Numbers = np.empty(0, np.int32)
#: Between the words of a name that is looked up whole.
_APART = "\0"


class Texts(Sequence[str]):
    """Texts that lie one after the other in one array of bytes."""

    def __init__(self, joined: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._joined = joined
        self._ends = ends

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Texts":
        """Join texts."""
        encoded = [text.encode() for text in texts]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def arrays(self, name: str) -> dict[str, NDArray[np.uint8] | NDArray[np.int64]]:
        """Return what `of_arrays` makes the texts of."""
        return {name: self._joined, f"{name}_ends": self._ends}

    @classmethod
    def of_arrays(cls, arrays: dict[str, NDArray[np.uint8] | NDArray[np.int64]], name: str) -> "Texts":
        """Make the texts of arrays."""
        return cls(arrays[name].view(np.uint8), arrays[f"{name}_ends"].astype(np.int64, copy=False))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        return self._joined[self._ends[at] : self._ends[at + 1]].tobytes().decode()


class HashedRows:
    """Rows by what they are called, of which only the hash is kept: `hashes` ascend, and the rows of equal ones."""

    def __init__(self, hashes: Hashes, rows: Numbers) -> None:
        self.hashes, self.rows = hashes, rows

    def of(self, called: str) -> Numbers:
        """Return the rows that are called so, ascending."""
        wanted = hash_of(called)
        return self.rows[self.hashes.searchsorted(wanted) : self.hashes.searchsorted(wanted, "right")]


class Hashing:
    """Collects rows, ascending, by what they are called."""

    def __init__(self) -> None:
        self._hashes, self._rows = array("Q"), array("i")

    def add(self, called: str, row: int) -> None:
        """Note that a row is called so."""
        self._hashes.append(_hash(called))
        self._rows.append(row)

    def rows(self) -> HashedRows:
        """Return what was added."""
        hashes = np.asarray(self._hashes, dtype=np.uint64)
        order = np.argsort(hashes, kind="stable")
        return HashedRows(hashes[order], np.asarray(self._rows, dtype=np.int32)[order])


@dataclass(frozen=True, slots=True, eq=False)
class CutNames:
    """The names of things, each thing a row with any number of them; names are numbered in the order of the rows.

    A piece's number is its place among `pieces`, the hashes of all. The piece of number `piece_of[n]` is in the name
    `name_of[n]`, ascending; `postings[bounds[p]:bounds[p + 1]]` are the names with the piece `p`. `han_names` are the
    Chinese ones in alphabetical order, `han_rows` whose they are; `marked[marks[c]:marks[c + 1]]` are the positions of
    those with the character `characters[c]`. Of the pieces that are English words, `last_said` tells the last row that
    says each, and `last_in_name` the last whose name has others besides, -1 where none has.
    """

    row_of_name: Numbers
    pieces: Hashes
    piece_of: Numbers
    name_of: Numbers
    postings: Numbers
    bounds: NDArray[np.int64]
    han_names: Texts
    han_rows: Numbers
    characters: NDArray[np.int32]
    marks: NDArray[np.int64]
    marked: Numbers
    words: Texts
    last_said: Numbers
    last_in_name: Numbers
    pinyin: HashedRows
    whole: HashedRows

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> "CutNames":
        """Cut the names of rows."""
        cutting = _Cutting()
        for row, alike in enumerate(rows):
            for name in dict.fromkeys(alike):
                cutting.add(row, name)
        return cutting.names()

    def save(self, folder: Path) -> None:
        """Write the arrays into a new folder."""
        told = {name: getattr(self, name) for name in _PLAIN}
        told |= self.han_names.arrays("han_names") | self.words.arrays("words")
        for name in ("pinyin", "whole"):
            hashed: HashedRows = getattr(self, name)
            told |= {f"{name}_hashes": hashed.hashes, f"{name}_rows": hashed.rows}
        save_arrays(folder, **told)

    @classmethod
    def load(cls, folder: Path) -> "CutNames":
        """Map what `save` wrote."""
        arrays = load_arrays(folder)
        made: dict[str, Any] = {name: arrays[name] for name in _PLAIN}
        made |= {name: Texts.of_arrays(arrays, name) for name in ("han_names", "words")}
        for name in ("pinyin", "whole"):
            made[name] = HashedRows(arrays[f"{name}_hashes"], arrays[f"{name}_rows"])
        return cls(**made)

    def posting(self, piece: str) -> Numbers:
        """Return the names that contain a piece, ascending."""
        number = self.number(piece)
        return _NONE if number is None else self.postings[self.bounds[number] : self.bounds[number + 1]]

    def totals(self, weights: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Return what the pieces of each name weigh together, from the name `first` on; weights are by piece number."""
        start = int(self.name_of.searchsorted(first))
        size = len(self.row_of_name) - first
        found = np.bincount(self.name_of[start:] - first, weights[self.piece_of[start:]], minlength=size)
        return found.astype(np.float64)

    def counts(self, first: int) -> NDArray[np.int64]:
        """Return in how many names each piece is, from the name `first` on, by piece number."""
        start = int(self.name_of.searchsorted(first))
        return np.diff(self.bounds) if not start else np.bincount(self.piece_of[start:], minlength=len(self.pieces))

    def number(self, piece: str) -> int | None:
        """Return the number of a piece; None when no name has it."""
        wanted = hash_of(piece)
        at = int(self.pieces.searchsorted(wanted))
        return at if at < len(self.pieces) and self.pieces[at] == wanted else None

    def words_since(self, first: int, *, of_several: bool) -> Iterator[str]:
        """Yield the English words that rows from `first` on say, in any name or in one of several words."""
        last = self.last_in_name if of_several else self.last_said
        return (self.words[at] for at in np.flatnonzero(last >= first).tolist())

    def with_characters(self, characters: str) -> Numbers:
        """Return the positions in `han_names` of those that contain all of some characters, ascending."""
        each = sorted((self._with_character(character) for character in set(characters)), key=len)
        found = each[0]
        for other in each[1:]:
            if not len(found):
                break
            at = np.minimum(other.searchsorted(found), len(other) - 1)
            found = found[other[at] == found]
        return found

    def _with_character(self, character: str) -> Numbers:
        at = int(self.characters.searchsorted(ord(character)))
        if at == len(self.characters) or self.characters[at] != ord(character):
            return _NONE
        return self.marked[self.marks[at] : self.marks[at + 1]]


#: The arrays of `CutNames` that are nothing else.
_PLAIN = (
    *("row_of_name", "pieces", "piece_of", "name_of", "postings", "bounds"),
    *("han_rows", "characters", "marks", "marked", "last_said", "last_in_name"),
)


class _Cutting:
    """Collects names, row by row."""

    def __init__(self) -> None:
        self._cut, self._lengths, self._row_of = array("Q"), array("H"), array("i")
        self._han: list[tuple[str, int]] = []
        self._words: dict[str, list[int]] = {}
        self._pinyin, self._whole = Hashing(), Hashing()

    def add(self, row: int, name: str) -> None:
        units = phrase_units(name)
        pieces = set(pieces_of(units))
        self._cut.extend(map(_hash, pieces))
        self._lengths.append(len(pieces))
        self._row_of.append(row)
        if is_han(name[-1]):
            self._han.append((name, row))
        typed = "".join(syllables(name)) if all(map(is_han, name)) else ""
        if len(typed) >= _SHORTEST_PINYIN:
            self._pinyin.add(typed, row)
        is_whole = len(units) > 1 and not any(is_han(unit[0]) for unit in units)
        if is_whole:
            self._whole.add(whole_key(units), row)
        for word in pieces:
            if word.isascii() and word.isalpha():
                last = self._words.setdefault(word, [-1, -1])
                last[0] = row
                last[1] = row if is_whole else last[1]

    def names(self) -> CutNames:
        pieces, piece_of = np.unique(np.asarray(self._cut, dtype=np.uint64), return_inverse=True)
        name_of = np.repeat(np.arange(len(self._lengths), dtype=np.int32), np.asarray(self._lengths, dtype=np.int64))
        order = np.argsort(piece_of, kind="stable")
        self._han.sort()
        words = sorted(self._words)
        last = np.asarray([self._words[word] for word in words], dtype=np.int32).reshape(-1, 2)
        return CutNames(
            np.asarray(self._row_of, dtype=np.int32),
            pieces,
            piece_of.astype(np.int32),
            name_of,
            name_of[order],
            _bounds(piece_of, len(pieces)),
            Texts.of(name for name, _ in self._han),
            np.asarray([row for _, row in self._han], dtype=np.int32),
            *_by_character([name for name, _ in self._han]),
            Texts.of(words),
            np.ascontiguousarray(last[:, 0]),
            np.ascontiguousarray(last[:, 1]),
            self._pinyin.rows(),
            self._whole.rows(),
        )


def whole_key(units: Sequence[str]) -> str:
    """Return by what a name of several words is looked up."""
    return _APART.join(units)


@lru_cache(maxsize=65_536)
def _hash(text: str) -> int:
    return int(hash_of(text))


def _bounds(of: NDArray[np.intp], size: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=size))]).astype(np.int64)


def _by_character(names: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64], Numbers]:
    """Return the characters of names, ascending, where those with each begin, and their positions."""
    said, at = array("i"), array("i")
    for position, name in enumerate(names):
        mine = set(name)
        said.extend(map(ord, mine))
        at.extend([position] * len(mine))
    characters, of = np.unique(np.asarray(said, dtype=np.int32), return_inverse=True)
    order = np.argsort(of, kind="stable")
    return characters, _bounds(of, len(characters)), np.asarray(at, dtype=np.int32)[order]


def pieces_of(units: Sequence[str]) -> list[str]:
    """Return what a name is compared by: its words, and the pairs of its Han characters."""
    pieces = [unit for unit in units if not is_han(unit[0])]
    pieces += [a + b for a, b in pairwise(units) if is_han(a[0]) and is_han(b[0])]
    if len(units) == 1 and is_han(units[0][0]):
        pieces.append(units[0])
    return pieces
