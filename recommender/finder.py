"""The door of this room: a request in, a page of ranked and explained listings out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.columns import CATEGORY_CODES
from index.encoders import embed_passages, embed_queries
from index.errors import NotFound
from index.listing import Category, Listing
from index.settings import Language, Settings
from index.snapshot import Snapshot
from recommender.detect import language_of
from recommender.domain import Domain, load_domain
from recommender.follow_up import FollowUps
from recommender.foreign import foreign_language, foreign_note
from recommender.lexicon import Lexicon
from recommender.likeness import Likeness
from recommender.masks import Masks
from recommender.names_of_all import NamesOfAll
from recommender.query import Limit, LimitKind, Near, Query
from recommender.reasons import Reasons, Shown
from recommender.relaxing import Broken, hours_note, no_origin_note, relaxations
from recommender.result import Answer, Relaxation, Result
from recommender.scoring import (
    DECIMALS,
    Scores,
    Weights,
    cheapness,
    closeness,
    costs_of,
    nearness,
    rating_feature,
    sort_feature,
    sort_steps,
    summed,
)
from recommender.sentence import LONGEST, Sentence, phrase_key, phrase_units
from recommender.understanding import Asking, Understanding

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Rows = NDArray[np.int64]
#: A first page is filled to this many, whatever has to give way.
ENOUGH = 10
#: How many listings the words are looked up for.
_LEXICAL_DEPTH = 400
_CACHED_WISHES = 512
#: An answer without a wish in words is ranked by the whole sentence.
_SHORTEST_WISH = 1
_EXACT = frozenset({LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.DISH, LimitKind.TAG, LimitKind.AREA})


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search. `language` None means: that of the text.

    `without` are the chips that the asker removed, `hidden` listings closed since the snapshot was built, `origin` the
    asker's (latitude, longitude) when they agreed to say it, `categories` those chosen on the page. `previous` is the
    query before and `shown` the listings last shown for it: a fragment refines that, a whole question starts anew.
    """

    text: str
    language: Language | None
    now: datetime
    origin: tuple[float, float] | None = None
    limit: int = 10
    offset: int = 0
    without: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    previous: Query | None = None
    shown: tuple[str, ...] = ()


class Finder:
    """Answers searches over one snapshot; built once for it, safe to share between threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: "SentenceTransformer",
        settings: Settings,
        weights: Weights | None = None,
        domain: Domain | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._settings = settings
        self._weights = weights or Weights()
        domain = domain or load_domain()
        self.lexicon = Lexicon(snapshot, domain)
        likeness = Likeness(self.lexicon, partial(embed_passages, encoder), partial(embed_queries, encoder))
        self._understanding = Understanding(snapshot, NamesOfAll.of(snapshot), domain, self.lexicon, likeness)
        self._masks = Masks(snapshot, self.lexicon)
        self._reasons = Reasons(self.lexicon, domain)
        self.wording = self._reasons.wording
        self._follow_ups = FollowUps(snapshot, self.lexicon, self._masks)
        self._embed = lru_cache(maxsize=_CACHED_WISHES)(self._embedded)

    # --- searching ----------------------------------------------------------------------------------------------

    def understand(self, request: SearchRequest) -> Query:
        """Return what a request's words were understood to ask."""
        language = request.language or language_of(request.text) or self._settings.language
        asking = Asking(language, request.now.astimezone(self._settings.tz), request.origin)
        query = self._understanding.understand(request.text, asking, request.without)
        if request.previous is None:
            return query
        fragment = self._understanding.understand(request.text, asking) if request.without else query
        merged = self._follow_ups.merged(fragment, request.previous, request.shown)
        if merged is None:
            return query
        kept = tuple(limit for limit in merged.limits if limit.id not in request.without)
        kept = tuple(_from(request.origin, limit) for limit in kept)
        return self._understanding.labelled(replace(merged, limits=kept), request.previous, fragment)

    def find(self, request: SearchRequest) -> Answer:
        """Return a page of the answer. All pages of a request are cut from one order."""
        query = self.understand(request)
        visible = self._visible(request)
        hard = [limit for limit in query.limits if limit.hard]
        masks = np.asarray([self._masks.of(limit) for limit in hard], dtype=np.bool_).reshape(len(hard), len(visible))
        strict = visible & masks.all(axis=0)
        total = int(strict.sum())
        enough = max(ENOUGH, request.limit)
        rows = np.flatnonzero(strict if total >= enough else visible)
        scores = self._scores(query, rows, masks[:, rows], hard)
        order = np.lexsort((rows, -scores.total))
        order = order[: max(total, min(enough, len(rows)))][request.offset : request.offset + request.limit]
        distances = self._masks.distances(query.near)
        results = tuple(self._result(query, int(rows[at]), scores.of(int(at)), distances) for at in order)
        relaxed = self._relaxed(query, hard, masks, rows[order], total)
        return Answer(query, results, relaxed, total, request.offset, self.snapshot.id, _notes(query))

    def _visible(self, request: SearchRequest) -> NDArray[np.bool_]:
        visible = np.ones(len(self.snapshot.listings), dtype=np.bool_)
        hidden = [row for listing in request.hidden if (row := self.snapshot.row_of.get(listing)) is not None]
        visible[hidden] = False
        if request.categories:
            codes = [CATEGORY_CODES[category] for category in request.categories]
            visible &= np.isin(self.snapshot.columns.category, codes)
        return visible

    def _scores(self, query: Query, rows: Rows, masks: NDArray[np.bool_], hard: Sequence[Limit]) -> Scores:
        columns, weights = self.snapshot.columns, self._weights
        features: dict[str, NDArray[np.float64]] = {"rating": rating_feature(columns, rows)}
        if not phrase_units(query.text[:LONGEST]):
            return self._browsing(rows, features["rating"])
        features |= self._wish_features(query, rows)
        if hard:
            features["limits"] = -(~masks).astype(np.float64).T @ costs_of(hard)
            if not masks.all():
                features["closeness"] = closeness(query, columns, rows)
        exact = self._exact(query, rows)
        if exact is not None:
            features["exact"] = exact
        soft = self._soft(query, rows)
        if soft is not None:
            features["soft"] = soft
        distances = self._masks.distances(query.near)
        if distances is not None:
            features["distance"] = nearness(distances[rows], weights)
        elif query.near is not None and len(listed := self._masks.listed_near(query.near)):
            features["distance"] = np.isin(rows, listed).astype(np.float64)
        opening = query.opening
        if opening is not None and opening.at is not None:
            is_open = self._masks.open_rows(opening.at, whole_day=opening.whole_day)
            features["open"] = np.where(self.snapshot.open_hours.known, is_open, 0.5)[rows].astype(np.float64)
        for limit in query.of(LimitKind.SORT):
            satisfied = np.asarray(masks.all(axis=0), dtype=np.bool_)
            features["sort"] = self._sorted(query, limit, rows, satisfied)
        return summed(features, weights)

    def _sorted(self, query: Query, sort: Limit, rows: Rows, satisfied: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the place of each row in the order asked for; above all else where nothing else is asked."""
        distances = self._masks.distances(query.near)
        feature = sort_feature(
            sort.values[0], self.snapshot.columns, rows, None if distances is None else distances[rows]
        )
        if not self._is_strict(query, sort):
            return feature
        return feature + sort_steps(feature, satisfied, self._weights.ceiling / self._weights.sort)

    @staticmethod
    def _is_strict(query: Query, sort: Limit) -> bool:
        """Whether an order is all that is asked beside the hard limits; else it is weighed with soft ones."""
        near = query.near
        placed = near is None or near.radius_m is not None or sort.values[0] == "distance"
        return placed and all(limit.hard or limit.kind in (LimitKind.SORT, LimitKind.NEAR) for limit in query.limits)

    def _wish_features(self, query: Query, rows: Rows) -> dict[str, NDArray[np.float64]]:
        wish = query.wish if len(self._meant(query.wish)) >= _SHORTEST_WISH else query.text[:LONGEST]
        cosines = self.snapshot.vectors.scores(self._embed(wish), rows).astype(np.float64)
        found, scores = self.snapshot.lexical.search(self.lexicon.without_fillers(query.text), _LEXICAL_DEPTH)
        words = np.zeros(len(self.snapshot.listings))
        if len(found):
            words[found] = scores / max(float(scores[0]), 1e-9)
        names = self._understanding.name_coverage(query.text)
        return {"meaning": np.maximum(cosines, 0.0), "words": words[rows], "name": names.of(rows)}

    def _meant(self, wish: str) -> list[str]:
        return [unit for unit in phrase_units(wish) if not self.lexicon.is_filler(unit)]

    def _embedded(self, wish: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = embed_queries(self._encoder, [wish])[0]
        return vector

    def _exact(self, query: Query, rows: Rows) -> NDArray[np.float64] | None:
        """Return the share of the asked-for things that each row says in just these words."""
        shares = []
        for limit in query.limits:
            things = [thing for value in limit.values if (thing := self.lexicon.thing(limit.kind, value)) is not None]
            if things and limit.kind is not LimitKind.NOT and limit.kind in _EXACT:
                says = np.zeros(len(self.snapshot.listings))
                for thing in things:
                    says[thing.exact] = 1.0
                if any(thing.is_concept for thing in things):
                    # The concept may hold more than the word that was said: 大虾 is one kind of seafood.
                    says[self._literal(limit.kind, query.text[limit.start : limit.end])] = 1.0
                shares.append(says[rows])
            elif limit.kind is LimitKind.PRICE_LEVEL and limit.hard and len(limit.values) > 1:
                # "Expensive" is what a source calls expensive, rather than very expensive.
                shares.append((self.snapshot.columns.price_level[rows] == float(limit.values[0])).astype(np.float64))
        return np.mean(shares, axis=0) if shares else None

    def _literal(self, kind: LimitKind, words: str) -> Rows:
        """Return the rows whose own phrases contain what was said, in Chinese: English words are parts of others."""
        key = phrase_key(words)
        return self.lexicon.containing(kind, key) if key and not key.isascii() else np.empty(0, np.int64)

    def _soft(self, query: Query, rows: Rows) -> NDArray[np.float64] | None:
        """Return the share of the soft limits that hold; of a level of price, how far it holds."""
        shares = []
        for limit in query.limits:
            if limit.hard or limit.kind in (LimitKind.SORT, LimitKind.NEAR, LimitKind.OPEN):
                continue
            if limit.kind is LimitKind.PRICE_LEVEL:
                cheap = cheapness(self.snapshot.columns, rows)
                shares.append(cheap if "1" in limit.values else 1.0 - cheap)
            else:
                shares.append(self._masks.of(limit)[rows].astype(np.float64))
        return np.mean(shares, axis=0) if shares else None

    def _browsing(self, rows: Rows, rating: NDArray[np.float64]) -> Scores:
        """Return the order of an empty request: the best of each category in turn."""
        category = self.snapshot.columns.category[rows]
        turn = np.zeros(len(rows))
        for code in np.unique(category):
            mine = np.flatnonzero(category == code)
            ranked = mine[np.lexsort((rows[mine], -rating[mine]))]
            turn[ranked] = np.arange(len(ranked))
        # Later turns stand a whole step lower, which no difference in rating makes up for.
        return summed({"rating": rating, "mix": -turn}, self._weights)

    # --- answers ------------------------------------------------------------------------------------------------

    def _result(self, query: Query, row: int, terms: dict[str, float], distances: NDArray[np.float64] | None) -> Result:
        listing = self.snapshot.listings[row]
        distance = None if distances is None or not np.isfinite(distances[row]) else float(distances[row])
        accuracy = 0.0 if distance is None else _accuracy(listing, query.near)
        held = [limit for limit in query.limits if bool(self._masks.of(limit)[row])]
        opening, is_open = query.opening, None
        if opening is not None and self.snapshot.open_hours.known[row]:
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

    def _relaxed(
        self, query: Query, hard: Sequence[Limit], masks: NDArray[np.bool_], shown: Rows, total: int
    ) -> tuple[Relaxation, ...]:
        chips = {chip.id: chip for chip in query.understood}
        broken = [
            Broken(
                limit,
                chips[limit.id],
                [self.snapshot.listings[int(row)] for row in shown[~mask[shown]].tolist()],
                bool(mask.any()),
            )
            for limit, mask in zip(hard, masks, strict=True)
            if not mask[shown].all()
        ]
        notes = relaxations(broken, total, query.language, [(limit, chips[limit.id]) for limit in hard])
        opening = query.opening
        if opening is not None and opening.hard and not any(one.limit is opening for one in broken) and len(shown):
            known = self.snapshot.open_hours.known
            if not known[shown].any():
                notes = (*notes, hours_note(chips[opening.id], query.language))
        near = next(query.of(LimitKind.NEAR), None)
        if near is not None and near.near is not None and near.near.is_asker and near.near.lat is None:
            return (*notes, no_origin_note(chips[near.id], query.language))
        return notes

    # --- beside a listing ---------------------------------------------------------------------------------------

    def similar(
        self, listing_id: str, language: Language, limit: int = 5, hidden: frozenset[str] = frozenset()
    ) -> tuple[Result, ...]:
        """Return listings of the same category that are most like one, by meaning, kind and price.

        Raises:
            NotFound: The snapshot has no such listing.
        """
        row = self._row(listing_id)
        columns = self.snapshot.columns
        rows = np.flatnonzero((columns.category == columns.category[row]) & self._shown(hidden | {listing_id}))
        cosines = self.snapshot.vectors.scores(self.snapshot.vectors.vector(row), rows).astype(np.float64)
        own = self.snapshot.listings[row]
        kinds = [self.snapshot.listings[other].subtype for other in rows.tolist()]
        same_kind = np.asarray([kind is not None and kind == own.subtype for kind in kinds], dtype=np.float64)
        features = {"meaning": np.maximum(cosines, 0.0), "exact": same_kind, "rating": rating_feature(columns, rows)}
        return self._beside(own, language, rows, features, limit)

    def nearby(
        self, listing_id: str, language: Language, limit: int = 6, hidden: frozenset[str] = frozenset()
    ) -> tuple[Result, ...]:
        """Return what is near a listing, the nearest first; by its source's word where there are no coordinates.

        Raises:
            NotFound: The snapshot has no such listing.
        """
        row = self._row(listing_id)
        own = self.snapshot.listings[row]
        shown = self._shown(hidden | {listing_id})
        distances = None
        if own.lat is not None:
            columns = self.snapshot.columns
            distances = self._masks.distances(_near(own))
            shown &= np.isfinite(columns.lat)
        else:
            listed = np.zeros(len(shown), dtype=np.bool_)
            listed[
                [self.snapshot.row_of[i] for ids in own.nearby.values() for i in ids if i in self.snapshot.row_of]
            ] = True
            shown &= listed
        rows = np.flatnonzero(shown)
        features = {"rating": rating_feature(self.snapshot.columns, rows)}
        if distances is not None:
            features = {"distance": nearness(distances[rows], self._weights)}
        return self._beside(own, language, rows, features, limit)

    def _beside(
        self,
        own: Listing,
        language: Language,
        rows: Rows,
        features: Mapping[str, NDArray[np.float64]],
        limit: int,
    ) -> tuple[Result, ...]:
        scores = summed(features, self._weights)
        near = _near(own) if own.lat is not None else None
        distances = self._masks.distances(near)
        limits = () if near is None else (Limit(LimitKind.NEAR, near=near, hard=False),)
        query = Query("", language, limits)
        order = np.lexsort((rows, -scores.total))[:limit]
        return tuple(self._result(query, int(rows[at]), scores.of(int(at)), distances) for at in order)

    def _row(self, listing_id: str) -> int:
        try:
            return self.snapshot.row_of[listing_id]
        except KeyError as exc:
            raise NotFound("listing", listing_id) from exc

    def _shown(self, hidden: frozenset[str]) -> NDArray[np.bool_]:
        shown = np.ones(len(self.snapshot.listings), dtype=np.bool_)
        shown[[row for listing in hidden if (row := self.snapshot.row_of.get(listing)) is not None]] = False
        return shown


def _notes(query: Query) -> tuple[str, ...]:
    """Return what the asker should know of how their words were read."""
    # Limits of the query before have no place in these words.
    own = [] if query.follows else query.limits
    foreign = foreign_language(Sentence.of(query.text), own)
    return () if foreign is None else (foreign_note(foreign, query.language, understood=bool(query.limits)),)


def _from(origin: tuple[float, float] | None, limit: Limit) -> Limit:
    """Return a limit measured from where the asker is now."""
    if origin is None or limit.near is None or not limit.near.is_asker:
        return limit
    return replace(limit, near=replace(limit.near, lat=origin[0], lon=origin[1]), hard=True)


def _accuracy(listing: Listing, near: Near | None) -> float:
    """Return how far off a distance may be, metres: two errors that have nothing to do with each other."""
    return math.hypot(listing.coordinates_accuracy_m or 0.0, 0.0 if near is None else near.accuracy_m)


def _near(listing: Listing) -> Near:
    accuracy = listing.coordinates_accuracy_m or 0.0
    return Near(listing.name, listing.name_en, listing.lat, listing.lon, accuracy, anchors=(listing.id,))
