"""What is known of listings as numbers, column by column in row order, for limits and scores over many rows."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_arrays, save_arrays
from index.listing import Category, Listing

Floats = NDArray[np.float64]
#: Codes of the column `category`.
CATEGORY_CODES = {category: code for code, category in enumerate(Category)}


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Arrays in row order, NaN where unknown; units as in `docs/format.md`. `category` holds `CATEGORY_CODES`."""

    lat: Floats
    lon: Floats
    coordinates_accuracy_m: Floats
    price: Floats
    rating: Floats
    stars: Floats
    price_level: Floats
    duration_min: Floats
    duration_max: Floats
    category: NDArray[np.int8]

    @classmethod
    def of(cls, listings: Iterable[Listing]) -> "Columns":
        """Read the columns of listings."""
        collected = ColumnCollector()
        for listing in listings:
            collected.add(listing)
        return collected.columns()

    def followed_by(self, others: "Columns", order: NDArray[np.int64]) -> "Columns":
        """Return the rows of both, one after the other, put in an order."""
        both = {
            field.name: np.concatenate([getattr(self, field.name), getattr(others, field.name)])[order]
            for field in fields(self)
        }
        return Columns(**both)

    def save(self, folder: Path) -> None:
        """Write each column as a file of a new folder."""
        save_arrays(folder, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """Map what `save` wrote."""
        stored = load_arrays(folder)
        return cls(**{field.name: stored[field.name] for field in fields(cls)})


class ColumnCollector:
    """Columns made listing by listing, eight bytes a number."""

    def __init__(self) -> None:
        self._numbers = {field.name: array("d") for field in fields(Columns) if field.name != "category"}
        self._codes = array("b")

    def add(self, listing: Listing) -> None:
        """Add the next row."""
        for name, numbers in self._numbers.items():
            numbers.append(_number(getattr(listing, name)))
        self._codes.append(CATEGORY_CODES[Category(listing.category)])

    def columns(self) -> Columns:
        """Return what was added."""
        numbers = {name: np.asarray(values, dtype=np.float64) for name, values in self._numbers.items()}
        return Columns(category=np.asarray(self._codes, dtype=np.int8), **numbers)


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
