"""Columns of a few rows, unknown but for what a test names."""

from collections.abc import Sequence

import numpy as np

from index.columns import Columns

_NAMES = (
    "lat", "lon", "coordinates_accuracy_m", "price", "rating", "stars", "price_level", "duration_min", "duration_max",
)  # fmt: skip


def columns(**known: Sequence[float]) -> Columns:
    """Columns with the values given, of one category."""
    size = len(next(iter(known.values())))
    numbers = {name: np.asarray(known.get(name, [np.nan] * size), dtype=np.float64) for name in _NAMES}
    return Columns(category=np.zeros(size, dtype=np.int8), **numbers)
