"""A small made-up country as the engine sees it: rows in curve order, with everything that limits look at."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from index.facets import Facet, Facets
from index.geodesy import distances_m
from index.hours import OpenHours, WeekHours, parse_hours
from index.limits import Attributes, Limits
from index.listing import Category
from index.space.areas import Area, Circle
from index.space.curve import curve_order
from index.space.points import Points
from index.vectors import Vectors, best

MONDAY_NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - local time
_HOURS = ("Mo-Su 10:00-22:00", "Mo off; Tu-Su 09:00-17:00", None)


@dataclass(frozen=True, slots=True, eq=False)
class MadeUp:
    """Rows in curve order; a tenth are nowhere."""

    vectors: Vectors
    attributes: Attributes
    hours: list[WeekHours | None]
    parking: NDArray[np.bool_]

    @property
    def columns(self) -> Columns:
        return self.attributes.columns

    def oracle(self, query: Vectors, k: int, area: Area | None, limits: Limits | None) -> tuple[list[int], np.ndarray]:
        """What a search must find, told from every row."""
        columns, keep = self.columns, np.ones(len(self.vectors), dtype=np.bool_)
        if isinstance(area, Circle):
            keep &= (
                np.nan_to_num(distances_m(area.lat, area.lon, columns.lat, columns.lon), nan=np.inf) <= area.radius_m
            )
        elif area is not None:
            # Told of every row, without ranges or filters; `tests/index/space` holds the areas themselves to account.
            keep &= area.contains(Points.of(columns.lat, columns.lon))
        if limits is not None:
            keep &= self._satisfying(limits)
        rows, scores = best(np.flatnonzero(keep), self.vectors[keep] @ query, k)
        return rows.tolist(), scores

    def _satisfying(self, limits: Limits) -> NDArray[np.bool_]:
        columns, keep = self.columns, np.ones(len(self.vectors), dtype=np.bool_)
        if limits.categories:
            keep &= np.isin(columns.category, [list(Category).index(category) for category in limits.categories])
        for between, values in ((limits.price, columns.price), (limits.rating, columns.rating)):
            if between is not None:
                low, high = between.low or -np.inf, np.inf if between.high is None else between.high
                keep &= (np.nan_to_num(values, nan=np.inf) <= high) & (np.nan_to_num(values, nan=-np.inf) >= low)
        for _, value in limits.having:
            keep &= self.parking if value == "停車場" else False
        if limits.open_at is not None:
            keep &= np.asarray([week is None or week.is_open(limits.open_at) for week in self.hours])
        return keep


def made_up(size: int, dimension: int = 32) -> MadeUp:
    """Make it, the same each time; vectors lie around kinds, and some are equal."""
    rng = np.random.default_rng(5)
    towns = rng.uniform((28, 117), (33, 122), (max(1, size // 300), 2))
    lat, lon = (towns[rng.integers(0, len(towns), size)] + rng.normal(0, 0.02, (size, 2))).T
    nowhere = rng.random(size) < 0.1
    lat, lon = np.where(nowhere, np.nan, lat), np.where(nowhere, np.nan, lon)
    order = curve_order(lat, lon)
    unknown = rng.random(size) < 0.2
    kinds = rng.normal(size=(30, dimension))
    vectors = (kinds[rng.integers(0, 30, size)] + rng.normal(0, 0.5, (size, dimension))).astype(np.float32)
    vectors[: size // 20] = vectors[0]  # a chain's branches
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nothing = np.full(size, np.nan)
    columns = Columns(
        lat=lat[order],
        lon=lon[order],
        coordinates_accuracy_m=nothing,
        price=np.where(unknown, np.nan, rng.uniform(10, 1000, size)),
        rating=np.where(unknown, np.nan, rng.uniform(1, 5, size)),
        stars=nothing,
        price_level=nothing,
        duration_min=nothing,
        duration_max=nothing,
        category=rng.integers(0, 3, size).astype(np.int8),
    )
    weeks = [parse_hours(text) for text in _HOURS]
    hours = [weeks[number] for number in rng.integers(0, len(weeks), size)]
    parking = rng.random(size) < 0.3
    rows = np.flatnonzero(parking).astype(np.int32)
    facets = Facets([(Facet.FACILITY.value, "停车场")], np.asarray([0, len(rows)]), rows)
    return MadeUp(vectors, Attributes(columns, OpenHours.of(hours), facets), hours, parking)
