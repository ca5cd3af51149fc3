"""What listings have or are, by value: the ascending rows of each subtype, area, facility, dish and tag.

Values are compared folded (width, case, accents, traditional forms), in both languages alike.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_array
from index.listing import Listing
from index.text import fold

Rows = NDArray[np.int64]
_NONE = np.empty(0, np.int32)


class Facet(StrEnum):
    """The kinds of values that rows are found by."""

    SUBTYPE = "subtype"
    AREA = "area"
    FACILITY = "facility"
    DISH = "dish"
    TAG = "tag"


#: Which fields of a listing say something of each kind.
_FIELDS: Mapping[Facet, tuple[str, str]] = {
    Facet.SUBTYPE: ("subtype", "subtype_en"),
    Facet.AREA: ("area", "area_en"),
    Facet.FACILITY: ("facilities", "facilities_en"),
    Facet.DISH: ("dishes", "dishes_en"),
    Facet.TAG: ("tags", "tags_en"),
}


class FacetIndex(Protocol):
    """Says which rows have a value: the facets of a snapshot, or those with changes since."""

    def rows(self, kind: Facet, value: str) -> NDArray[np.int32]:
        """Return the rows that have a value, ascending; none where it is not known."""
        ...

    def has(self, kind: Facet, value: str, rows: Rows) -> NDArray[np.bool_]:
        """Return which of `rows` have a value."""
        ...

    def labels(self, size: int) -> list[list[str]]:
        """Return what each of the first `size` rows has, as `kind=value`."""
        ...


class Facets:
    """The rows of each value of each kind."""

    def __init__(self, values: Sequence[tuple[str, str]], offsets: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
        self._numbers = {(kind, value): number for number, (kind, value) in enumerate(values)}
        self._offsets = offsets
        self._rows = rows

    @classmethod
    def of(cls, listings: Iterable[Listing]) -> "Facets":
        """Read the facets of listings, in row order."""
        collected = FacetCollector()
        for listing in listings:
            collected.add(listing)
        return collected.facets()

    def rows(self, kind: Facet, value: str) -> NDArray[np.int32]:
        """Return the rows that have a value, ascending; none where it is not known."""
        number = self._numbers.get((kind.value, fold(value).strip()))
        return _NONE if number is None else self._rows[self._offsets[number] : self._offsets[number + 1]]

    def has(self, kind: Facet, value: str, rows: Rows) -> NDArray[np.bool_]:
        """Return which of `rows` have a value."""
        having = self.rows(kind, value)
        if not len(having):
            return np.zeros(len(rows), dtype=np.bool_)
        at = np.minimum(having.searchsorted(rows), len(having) - 1)
        found: NDArray[np.bool_] = having[at] == rows
        return found

    def labels(self, size: int) -> list[list[str]]:
        """Return what each of the first `size` rows has, as `kind=value`."""
        found: list[list[str]] = [[] for _ in range(size)]
        for (kind, value), number in self._numbers.items():
            for row in self._rows[self._offsets[number] : self._offsets[number + 1]].tolist():
                found[row].append(f"{kind}={value}")
        return found

    def save(self, folder: Path) -> None:
        """Write the facets into a new folder."""
        folder.mkdir()
        (folder / "values.json").write_text(json.dumps(list(self._numbers), ensure_ascii=False), encoding="utf-8")
        np.save(folder / "offsets.npy", self._offsets, allow_pickle=False)
        np.save(folder / "rows.npy", self._rows, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "Facets":
        """Open what `save` wrote."""
        values = [(kind, value) for kind, value in json.loads((folder / "values.json").read_bytes())]
        return cls(values, load_array(folder / "offsets.npy"), load_array(folder / "rows.npy"))


class FacetCollector:
    """Facets made listing by listing, four bytes for each value that a listing has."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], array[int]] = defaultdict(lambda: array("i"))
        self._row = 0

    def add(self, listing: Listing) -> None:
        """Add the next row."""
        for key in _keys(listing):
            self._found[key].append(self._row)
        self._row += 1

    def facets(self) -> Facets:
        """Return what was added."""
        values = sorted(self._found)
        lengths = [len(self._found[value]) for value in values]
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
        rows = np.concatenate([np.asarray(self._found[value], np.int32) for value in values]) if values else _NONE
        return Facets(values, offsets, rows)


def _keys(listing: Listing) -> set[tuple[str, str]]:
    return {
        (kind.value, folded)
        for kind, names in _FIELDS.items()
        for name in names
        for value in _listed(getattr(listing, name))
        if (folded := fold(value).strip())
    }


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    if isinstance(value, str):
        return (value,)
    return value or ()
