"""What is known of listings as numbers, column by column in row order, for limits and scores over many rows."""

from collections.abc import Sequence
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
    def of(cls, listings: Sequence[Listing]) -> "Columns":
        """Read the columns of listings."""
        numbers = {
            field.name: np.asarray([_number(getattr(listing, field.name)) for listing in listings], dtype=np.float64)
            for field in fields(cls)
            if field.name != "category"
        }
        codes = np.asarray([CATEGORY_CODES[Category(listing.category)] for listing in listings], dtype=np.int8)
        return cls(category=codes, **numbers)

    def save(self, folder: Path) -> None:
        """Write each column as a file of a new folder."""
        save_arrays(folder, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """Map what `save` wrote."""
        stored = load_arrays(folder)
        return cls(**{field.name: stored[field.name] for field in fields(cls)})


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
