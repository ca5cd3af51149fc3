"""Candidates in their order: the terms of their scores added up, and sorted as far as a page reaches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.engine import Method, Plan
from index.snapshot import Snapshot
from index.vectors import Vectors
from recommender import candidates as narrowing
from recommender.candidates import Candidates, narrowed
from recommender.features import Features
from recommender.lexicon import Lexicon
from recommender.naming import Shares
from recommender.query import Limit, Query
from recommender.scoring import Scores, Weights, summed
from recommender.sentence import LONGEST, phrase_units

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
#: An answer without a wish in words is ranked by the whole sentence.
_SHORTEST_WISH = 1


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Rows, best first, as far as was asked for. `order` are their positions in `scores`; the `plan` is now whole."""

    rows: Rows
    order: NDArray[np.intp]
    scores: Scores
    plan: Plan


class Ranking:
    """Ranks candidates of one snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        lexicon: Lexicon,
        features: Features,
        embed: Callable[[str], Vectors],
        weights: Weights,
    ) -> None:
        self._snapshot = snapshot
        self._lexicon = lexicon
        self._features = features
        self._embed = embed
        self._weights = weights

    def ranked(self, query: Query, found: Candidates, hard: Sequence[Limit], reach: int) -> Ranked:
        """Return the first `reach` candidates in their order."""
        if not phrase_units(query.text[:LONGEST]):
            rows, scores = self._browsing(found.rows, reach)
            plan = replace(found.plan, reason=f"{found.plan.reason}; no words: the best rated of each category")
        else:
            rows, scores = self._asked(query, found, hard, reach)
            plan = _read(found, len(rows))
        order = np.lexsort((rows, -scores.total))[:reach]
        return Ranked(rows[order], order, scores, plan)

    def _asked(self, query: Query, found: Candidates, hard: Sequence[Limit], reach: int) -> tuple[Rows, Scores]:
        told, rows = self._features.of(query, found, hard), found.rows
        engine, wish = self._snapshot.engine, self._embed(self._wish(query))
        kept: NDArray[np.intp] | slice = slice(None)
        if len(rows) > narrowing.SCORED_ROWS:
            rest, outstanding = self._rest(told, rows)
            kept = narrowed(engine, wish, rest, rows, reach, self._weights.meaning, outstanding)
        rows = rows[kept]
        features = {name: one.of(rows) if isinstance(one, Shares) else one[kept] for name, one in told.items()}
        cosines = engine.scores(wish, rows).astype(np.float64)
        features = {"rating": features.pop("rating"), "meaning": np.maximum(cosines, 0.0)} | features
        return rows, summed(features, self._weights)

    def _rest(self, told: Mapping[str, Floats | Shares], rows: Rows) -> tuple[Floats, NDArray[np.intp]]:
        """Return what all features but meaning add up to, and the positions of rows that have what few have."""
        rest = np.zeros(len(rows))
        having = []
        for name, feature in told.items():
            weight = getattr(self._weights, name)
            if isinstance(feature, Shares):
                at, shares = feature.among(rows)
                rest[at] += weight * shares
                having.append(at)
            else:
                rest += weight * feature
        return rest, np.unique(np.concatenate([np.empty(0, np.intp), *having]))

    def _wish(self, query: Query) -> str:
        meant = [unit for unit in phrase_units(query.wish) if not self._lexicon.is_filler(unit)]
        return query.wish if len(meant) >= _SHORTEST_WISH else query.text[:LONGEST]

    def _browsing(self, rows: Rows, reach: int) -> tuple[Rows, Scores]:
        """Return the order of an empty request: the best of each category in turn, `reach` of each at most."""
        category, rating = self._snapshot.columns.category[rows], self._features.ratings[rows]
        turns, kept = [], []
        for code in np.unique(category):
            mine = _highest(np.flatnonzero(category == code), rating, reach)
            kept.append(mine[np.lexsort((rows[mine], -rating[mine]))])
            turns.append(np.arange(len(mine), dtype=np.float64))
        at = np.concatenate([np.empty(0, np.intp), *kept])
        # Later turns stand a whole step lower, which no difference in rating makes up for.
        mix = -np.concatenate([np.empty(0), *turns])
        return rows[at], summed({"rating": rating[at], "mix": mix}, self._weights)


def _read(found: Candidates, scored: int) -> Plan:
    """Return the plan of candidates of which so many were scored by their vectors."""
    size = len(found.rows)
    if scored == size:
        return replace(found.plan, scored=scored)
    reason = f"{found.plan.reason}; {size:,} rows are more than {narrowing.SCORED_ROWS:,}: those that can win"
    return replace(found.plan, method=Method.APPROXIMATE, reason=reason, scored=scored)


def _highest(positions: NDArray[np.intp], values: Floats, most: int) -> NDArray[np.intp]:
    """Return the positions of at least the `most` highest values, with all that equal the last of them."""
    if len(positions) <= most or most <= 0:
        return positions
    own = values[positions]
    floor = np.partition(own, len(own) - most)[len(own) - most]
    highest: NDArray[np.intp] = positions[own >= floor]
    return highest
