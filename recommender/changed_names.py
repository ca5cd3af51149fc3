"""The names of a snapshot with those of listings that were changed since: both are asked, and the rows joined.

How rare a piece of a name is, is told by the names as they were built, until the next fold.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.cut_names import CutNames
from recommender.naming import NameIndex, Names, Rows, Shares, Spans, most_like, only
from recommender.sentence import Unit


class ChangedNames:
    """Names of rows that were built and are now `here` (-1 for those that are gone), and of new ones."""

    def __init__(self, built: Names, new: CutNames, here: NDArray[np.int64], new_rows: NDArray[np.int64]) -> None:
        assert isinstance(built, NameIndex)  # noqa: S101 - changes are told of what was built, never of changes
        self._built = built
        self._new = NameIndex(new, beside=built)
        self._here = here
        self._new_rows = new_rows

    def coverage(self, units: Sequence[Unit], ignored: frozenset[str] = frozenset()) -> Shares:
        """Return for each row the share of its name, by rarity, that the units say; 0 without a rare piece."""
        built, new = self._built.coverage(units, ignored), self._new.coverage(units, ignored)
        rows, shares = self._joined((built.rows, built.shares), (new.rows, new.shares))
        order = np.argsort(rows)
        return Shares(rows[order], shares[order])

    def closest(self, phrase: str, least: float) -> list[int]:
        """Return the rows whose name is most like a phrase: what they share, by rarity, of what either says."""
        return most_like(*self._joined(self._built.likeness(phrase), self._new.likeness(phrase)), least)

    def by_pinyin(self, units: Sequence[Unit]) -> Spans:
        """Return the rows whose Chinese name is typed in pinyin, by the span of the sentence that types it."""
        return self._spans(self._built.by_pinyin(units), self._new.by_pinyin(units))

    def misspelt(self, units: Sequence[Unit]) -> Spans:
        """Return the rows whose whole name is typed with one wrong word, by the span that types it."""
        return self._spans(self._built.misspelt(units), self._new.misspelt(units))

    def says(self, row: int, word: str) -> bool:
        """Whether a row's name has a word, which may be misspelt."""
        new = np.flatnonzero(self._new_rows == row)
        if len(new):
            return self._new.says(int(new[0]), word)
        built = np.flatnonzero(self._here == row)
        return bool(len(built)) and self._built.says(int(built[0]), word)

    def abbreviated(self, phrase: str) -> list[int]:
        """Return the one row whose name a Chinese phrase shortens (竹博园 for 竹子博览园), if there is just one."""
        return only(self._rows(self._built.shortened(phrase), self._new.shortened(phrase)))

    def begun(self, phrase: str) -> list[int]:
        """Return the one row whose Chinese name begins with a phrase (竹里人家, 竹里人家农家乐), if just one does."""
        return only(self._rows(self._built.beginning(phrase), self._new.beginning(phrase)))

    def _rows(self, built: Iterable[int], new: Iterable[int]) -> Iterator[int]:
        yield from (row for one in built if (row := int(self._here[one])) >= 0)
        yield from (int(self._new_rows[one]) for one in new)

    def _spans(self, built: Spans, new: Spans) -> Spans:
        spans = dict.fromkeys([*built, *new])
        found = {span: set(self._rows(built.get(span, ()), new.get(span, ()))) for span in spans}
        return {span: rows for span, rows in found.items() if rows}

    def _joined(
        self, built: tuple[Rows, NDArray[np.float64]], new: tuple[Rows, NDArray[np.float64]]
    ) -> tuple[Rows, NDArray[np.float64]]:
        here = self._here[built[0]]
        rows = np.concatenate([here[here >= 0], self._new_rows[new[0]]])
        return rows, np.concatenate([built[1][here >= 0], new[1]])
