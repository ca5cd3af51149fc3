"""Ranked rows as results: the listing, its terms, how far it is, and why it was found."""

import math

import numpy as np
from numpy.typing import NDArray

from index.listing import Listing
from index.snapshot import Snapshot
from recommender.masks import Masks
from recommender.query import Limit, Near, Query
from recommender.reasons import Reasons, Shown
from recommender.result import Result
from recommender.scoring import DECIMALS, Scores


class Results:
    """Writes the results of one snapshot."""

    def __init__(self, snapshot: Snapshot, masks: Masks, reasons: Reasons) -> None:
        self._snapshot = snapshot
        self._masks = masks
        self._reasons = reasons

    def of(
        self, query: Query, rows: NDArray[np.int64], scores: Scores, positions: NDArray[np.intp]
    ) -> tuple[Result, ...]:
        """Return the results of rows; `positions` are theirs in `scores`."""
        distances = self._masks.distances(query.near, rows)
        far = [math.nan] * len(rows) if distances is None else distances.tolist()
        held = [(limit, self._masks.on(limit, rows)) for limit in query.limits]
        return tuple(
            self._result(query, row, scores.of(position), away, [limit for limit, mask in held if mask[at]])
            for at, (row, position, away) in enumerate(zip(rows.tolist(), positions.tolist(), far, strict=True))
        )

    def _result(self, query: Query, row: int, terms: dict[str, float], away: float, held: list[Limit]) -> Result:
        listing = self._snapshot.listings[row]
        distance = away if math.isfinite(away) else None
        accuracy = 0.0 if distance is None else _accuracy(listing, query.near)
        opening, is_open = query.opening, None
        if opening is not None and self._snapshot.open_hours.known[row]:
            is_open = opening in held
        shown = Shown(listing, row, held, terms, distance, accuracy, is_open)
        return Result(
            listing=listing,
            score=round(sum(terms.values()), DECIMALS),
            terms=terms,
            reasons=self._reasons.of(shown, query),
            # A detour is told by its reason; it is not how far away something is.
            distance_m=None if query.near is not None and query.near.end is not None else distance,
            approximate=shown.approximate,
            accuracy_m=accuracy,
        )


def _accuracy(listing: Listing, near: Near | None) -> float:
    """Return how far off a distance may be, metres: two errors that have nothing to do with each other."""
    return math.hypot(listing.coordinates_accuracy_m or 0.0, 0.0 if near is None else near.accuracy_m)
