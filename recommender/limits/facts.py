"""What is known of a snapshot's listings at all: a limit on what no listing states would only empty the page."""

from dataclasses import dataclass

import numpy as np

from index.columns import Columns

#: Data whose visits last this many hours count days of 24 hours; elsewhere a day out is a working day less the way
#: there and a meal.
_ROUND_THE_CLOCK_H = 20.0
_DAY_OUT_H = 6.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Which numbers any listing states. `day_hours` is what a day of a visit is worth."""

    stars: bool
    rating: bool
    price: bool
    price_levels: frozenset[int]
    duration: bool
    coordinates: bool
    day_hours: float

    @classmethod
    def of(cls, columns: Columns) -> "Facts":
        """Look at the columns of a snapshot."""
        longest = np.nanmax(columns.duration_max) if np.isfinite(columns.duration_max).any() else 0.0
        return cls(
            stars=bool(np.isfinite(columns.stars).any()),
            rating=bool(np.isfinite(columns.rating).any()),
            price=bool(np.isfinite(columns.price).any()),
            price_levels=frozenset(map(int, columns.price_level[np.isfinite(columns.price_level)])),
            duration=bool(np.isfinite(columns.duration_min).any()),
            coordinates=bool(np.isfinite(columns.lat).any()),
            day_hours=24.0 if longest >= _ROUND_THE_CLOCK_H else _DAY_OUT_H,
        )
