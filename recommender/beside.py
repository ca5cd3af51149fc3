"""What stands beside a listing: others like it, and what is near it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from index.facets import Facet
from index.listing import Listing
from index.settings import Language
from index.snapshot import Snapshot
from recommender.candidates import SCORED_ROWS, Visible
from recommender.masks import Masks
from recommender.query import Limit, LimitKind, Near, Query
from recommender.result import Result
from recommender.result_of import Results
from recommender.scoring import Weights, nearness, rating_feature, summed

Rows = NDArray[np.int64]
#: Of a category with very many rows so many are proposed by meaning, for each that is shown.
_EACH = 10
#: Two distances that differ by less than this, metres, may be equal once their nearness is rounded.
_ALIKE_M = 50.0


class Beside:
    """Answers for one snapshot."""

    def __init__(self, snapshot: Snapshot, masks: Masks, results: Results, weights: Weights) -> None:
        self._snapshot = snapshot
        self._masks = masks
        self._results = results
        self._weights = weights

    def similar(self, row: int, language: Language, limit: int, visible: Visible) -> tuple[Result, ...]:
        """Return what is most like a row, of its category, by meaning, kind and rating."""
        snapshot, own = self._snapshot, self._snapshot.listings[row]
        columns, vector = snapshot.columns, snapshot.vectors.vector(row)
        rows = visible.among(np.flatnonzero(columns.category == columns.category[row]), snapshot)
        kind = own.subtype or own.subtype_en
        alike = snapshot.facets.has(Facet.SUBTYPE, kind, rows) if kind else np.zeros(len(rows), np.bool_)
        if len(rows) > SCORED_ROWS:
            engine, most = snapshot.engine, _EACH * limit
            parts = (engine.propose(vector, most, rows[alike]), engine.propose(vector, most, rows[~alike]))
            kept = np.isin(rows, np.concatenate(parts), assume_unique=True)
            rows, alike = rows[kept], alike[kept]
        cosines = snapshot.engine.scores(vector, rows).astype(np.float64)
        features = {
            "meaning": np.maximum(cosines, 0.0),
            "exact": alike.astype(np.float64),
            "rating": rating_feature(columns, rows),
        }
        return self._ranked(own, language, rows, features, limit)

    def nearby(self, row: int, language: Language, limit: int, visible: Visible) -> tuple[Result, ...]:
        """Return what is near a row, the nearest first; by its source's word where there are no coordinates."""
        snapshot, own = self._snapshot, self._snapshot.listings[row]
        if own.lat is None or own.lon is None:
            known = (snapshot.row_of.get(other) for ids in own.nearby.values() for other in ids)
            rows = np.unique(np.asarray([other for other in known if other is not None], dtype=np.int64))
            rows = visible.among(rows, snapshot)
            return self._ranked(own, language, rows, {"rating": rating_feature(snapshot.columns, rows)}, limit)
        # So many more are hidden at most; and who equals the last by the rounded term comes first by row.
        most = limit + len(visible.hidden)
        _, distances = snapshot.engine.space.nearest(own.lat, own.lon, most)
        reach = float(distances[-1]) if len(distances) else 0.0
        close = self._masks.within(_near(own), reach + _ALIKE_M)
        rows = visible.among(np.empty(0, np.int64) if close is None else close, snapshot)
        away = self._masks.distances(_near(own), rows)
        features = {"distance": nearness(np.zeros(0) if away is None else away, self._weights)}
        return self._ranked(own, language, rows, features, limit)

    def _ranked(
        self,
        own: Listing,
        language: Language,
        rows: Rows,
        features: Mapping[str, NDArray[np.float64]],
        limit: int,
    ) -> tuple[Result, ...]:
        scores = summed(features, self._weights)
        near = _near(own) if own.lat is not None else None
        limits = () if near is None else (Limit(LimitKind.NEAR, near=near, hard=False),)
        order = np.lexsort((rows, -scores.total))[:limit]
        return self._results.of(Query("", language, limits), rows[order], scores, order)


def _near(listing: Listing) -> Near:
    accuracy = listing.coordinates_accuracy_m or 0.0
    return Near(listing.name, listing.name_en, listing.lat, listing.lon, accuracy, anchors=(listing.id,))
