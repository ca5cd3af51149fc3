"""Limits on what is known of a place, told row by row before any vector is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from index.columns import CATEGORY_CODES, Columns
from index.facets import Facet, FacetIndex
from index.hours import OpenHours
from index.listing import Category

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included; None is no bound. What is unknown is not between."""

    low: float | None = None
    high: float | None = None

    def holds(self, values: NDArray[np.float64]) -> Mask:
        """Return which values are between."""
        mask = np.isfinite(values)
        if self.low is not None:
            mask &= values >= self.low
        if self.high is not None:
            mask &= values <= self.high
        return mask


@dataclass(frozen=True, slots=True)
class Limits:
    """What every result must satisfy; what is not said is no limit.

    `having` are facet values that it must have, each of them; `open_at` is a local time, and a place whose hours are
    not known may well be open.
    """

    categories: frozenset[Category] = frozenset()
    price: Between | None = None
    rating: Between | None = None
    stars: Between | None = None
    having: Sequence[tuple[Facet, str]] = ()
    open_at: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """What limits look at, in row order."""

    columns: Columns
    open_hours: OpenHours
    facets: FacetIndex

    def holding(self, limits: Limits, rows: Rows) -> Rows:
        """Return those of `rows` that satisfy the limits, in their order. Each limit only looks at what is left."""
        for kind, value in limits.having:
            rows = rows[self.facets.has(kind, value, rows)]
        if limits.categories:
            codes = self.columns.category[rows]
            wanted = [CATEGORY_CODES[category] for category in limits.categories]
            rows = rows[codes == wanted[0] if len(wanted) == 1 else np.isin(codes, wanted)]
        for between, values in (
            (limits.price, self.columns.price),
            (limits.rating, self.columns.rating),
            (limits.stars, self.columns.stars),
        ):
            if between is not None:
                rows = rows[between.holds(values[rows])]
        if limits.open_at is not None:
            rows = rows[self.open_hours.may_be_open(limits.open_at, rows)]
        return rows

    def all_holding(self, limits: Limits, size: int) -> Rows:
        """Return all of the first `size` rows that satisfy the limits, ascending."""
        if not limits.having:
            return self.holding(limits, np.arange(size))
        rarest = min((self.facets.rows(kind, value) for kind, value in limits.having), key=len)
        return self.holding(limits, rarest[: rarest.searchsorted(size)].astype(np.int64))
