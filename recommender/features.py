"""What each row has of what a query asks: the features that `scoring` weighs, for some rows of a snapshot.

Meaning is apart: it is the one feature that reads vectors, which cost the most (`recommender.candidates.narrowed`).
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.snapshot import Snapshot
from recommender.candidates import Candidates
from recommender.lexicon import Lexicon
from recommender.masks import Masks, among
from recommender.naming import Shares
from recommender.phrases import Rows
from recommender.query import Limit, LimitKind, Near, Query
from recommender.scoring import (
    DECIMALS,
    Weights,
    cheapness,
    closeness,
    costs_of,
    nearness,
    rating_feature,
    sort_feature,
    sort_steps,
)
from recommender.sentence import phrase_key

Floats = NDArray[np.float64]
#: How many listings the words are looked up for.
_LEXICAL_DEPTH = 400
_EXACT = frozenset({LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.DISH, LimitKind.TAG, LimitKind.AREA})


class Features:
    """Answers for one snapshot. `coverage` tells what share of each row's name a text says."""

    def __init__(
        self, snapshot: Snapshot, lexicon: Lexicon, masks: Masks, weights: Weights, coverage: Callable[[str], Shares]
    ) -> None:
        self._snapshot = snapshot
        self._lexicon = lexicon
        self._masks = masks
        self._weights = weights
        self._coverage = coverage

    @cached_property
    def ratings(self) -> Floats:
        """The rating feature of all rows."""
        return rating_feature(self._snapshot.columns, np.arange(len(self._snapshot.listings)))

    @cached_property
    def _cheapness(self) -> Floats:
        return cheapness(self._snapshot.columns, np.arange(len(self._snapshot.listings)))

    def of(self, query: Query, found: Candidates, hard: Sequence[Limit]) -> dict[str, Floats | Shares]:
        """Return the features of candidates by name, all but meaning; those that nothing asks for are left out.

        What few rows have is told of those alone.
        """
        rows, columns = found.rows, self._snapshot.columns
        is_all = len(rows) == len(self._snapshot.listings)
        features: dict[str, Floats | Shares] = {"rating": self.ratings if is_all else self.ratings[rows]}
        features |= {"words": self._words(query.text), "name": self._coverage(query.text)}
        satisfied = np.asarray(found.masks.all(axis=0), dtype=np.bool_)
        if hard and not satisfied.all():
            features["limits"] = -(costs_of(hard) @ ~found.masks)
            features["closeness"] = closeness(query, columns, rows)
        told = {
            "exact": self._exact(query, rows),
            "soft": self._soft(query, rows),
            "distance": None if query.near is None else self._nearness(query.near, rows),
        }
        features |= {name: feature for name, feature in told.items() if feature is not None}
        opening = query.opening
        if opening is not None and opening.at is not None:
            is_open = self._masks.open_rows(opening.at, whole_day=opening.whole_day)[rows]
            features["open"] = np.where(self._snapshot.open_hours.known[rows], is_open, 0.5).astype(np.float64)
        for limit in query.of(LimitKind.SORT):
            features["sort"] = self._sorted(query, limit, rows, satisfied)
        return features

    def _words(self, text: str) -> Shares:
        """Return the words' scores as shares of the best, of the rows that have the most of them."""
        found, scores = self._snapshot.lexical.search(self._lexicon.without_fillers(text), _LEXICAL_DEPTH)
        order = np.argsort(found)
        best = float(scores[0]) if len(scores) else 0.0
        return Shares(found[order], scores[order].astype(np.float64) / max(best, 1e-9))

    def _nearness(self, near: Near, rows: Rows) -> Floats | None:
        """Return how near rows are; beyond some distance it is nothing, once it is rounded."""
        reach = self._weights.distance_scale_m * np.log(2 * self._weights.distance * 10**DECIMALS)
        close = self._masks.within(near, float(reach))
        if close is None:
            listed = self._masks.listed_near(near)
            return np.isin(rows, listed).astype(np.float64) if len(listed) else None
        found = np.zeros(len(rows))
        if not len(rows):
            return found
        at = np.minimum(rows.searchsorted(close), len(rows) - 1)
        at = at[rows[at] == close]
        distances = self._masks.distances(near, rows[at])
        if distances is not None:
            found[at] = nearness(distances, self._weights)
        return found

    def _sorted(self, query: Query, sort: Limit, rows: Rows, satisfied: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the place of each row in the order asked for; above all else where nothing else is asked."""
        distances = self._masks.distances(query.near, rows) if sort.values[0] == "distance" else None
        feature = sort_feature(sort.values[0], self._snapshot.columns, rows, distances)
        if not self._is_strict(query, sort):
            return feature
        return feature + sort_steps(feature, satisfied, self._weights.ceiling / self._weights.sort)

    @staticmethod
    def _is_strict(query: Query, sort: Limit) -> bool:
        """Whether an order is all that is asked beside the hard limits; else it is weighed with soft ones."""
        near = query.near
        placed = near is None or near.radius_m is not None or sort.values[0] == "distance"
        return placed and all(limit.hard or limit.kind in (LimitKind.SORT, LimitKind.NEAR) for limit in query.limits)

    def _exact(self, query: Query, rows: Rows) -> NDArray[np.float64] | None:
        """Return the share of the asked-for things that each row says in just these words."""
        shares = []
        for limit in query.limits:
            things = [thing for value in limit.values if (thing := self._lexicon.thing(limit.kind, value)) is not None]
            if things and limit.kind is not LimitKind.NOT and limit.kind in _EXACT:
                said = [thing.exact for thing in things]
                if any(thing.is_concept for thing in things):
                    # The concept may hold more than the word that was said: 大虾 is one kind of seafood.
                    said.append(self._literal(limit.kind, query.text[limit.start : limit.end]))
                shares.append(np.any([among(having, rows) for having in said], axis=0).astype(np.float64))
            elif limit.kind is LimitKind.PRICE_LEVEL and limit.hard and len(limit.values) > 1:
                # "Expensive" is what a source calls expensive, rather than very expensive.
                shares.append((self._snapshot.columns.price_level[rows] == float(limit.values[0])).astype(np.float64))
        return np.mean(shares, axis=0) if shares else None

    def _literal(self, kind: LimitKind, words: str) -> Rows:
        """Return the rows whose own phrases contain what was said, in Chinese: English words are parts of others."""
        key = phrase_key(words)
        return self._lexicon.containing(kind, key) if key and not key.isascii() else np.empty(0, np.int64)

    def _soft(self, query: Query, rows: Rows) -> NDArray[np.float64] | None:
        """Return the share of the soft limits that hold; of a level of price, how far it holds."""
        shares = []
        for limit in query.limits:
            if limit.hard or limit.kind in (LimitKind.SORT, LimitKind.NEAR, LimitKind.OPEN):
                continue
            if limit.kind is LimitKind.PRICE_LEVEL:
                cheap = self._cheapness[rows]
                shares.append(cheap if "1" in limit.values else 1.0 - cheap)
            else:
                shares.append(self._masks.on(limit, rows).astype(np.float64))
        return np.mean(shares, axis=0) if shares else None
