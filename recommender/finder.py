"""The door of this room: a request in, a page of ranked and explained listings out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.encoders import embed_passages, embed_queries
from index.errors import NotFound
from index.listing import Category
from index.settings import Language, Settings
from index.snapshot import Snapshot
from recommender.beside import Beside
from recommender.candidates import Candidates, Visible, candidates
from recommender.detect import language_of
from recommender.domain import Domain, load_domain
from recommender.features import Features
from recommender.follow_up import FollowUps
from recommender.foreign import foreign_language, foreign_note
from recommender.kept_words import said_of
from recommender.masks import Masks
from recommender.query import Limit, LimitKind, Query
from recommender.ranking import Ranking
from recommender.reasons import Reasons
from recommender.relaxing import Broken, hours_note, no_origin_note, relaxations
from recommender.result import Answer, Relaxation, Result
from recommender.result_of import Results
from recommender.scoring import Weights, slack_of
from recommender.sentence import Sentence
from recommender.understanding import Asking, Understanding
from recommender.words import Words

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: A first page is filled to this many, whatever has to give way.
ENOUGH = 10
_CACHED_WISHES = 512


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
    """Answers searches over one snapshot; built once for it, safe to share between threads.

    After a change the `last` finder saves reading all that was not changed.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: "SentenceTransformer",
        settings: Settings,
        weights: Weights | None = None,
        domain: Domain | None = None,
        last: "Finder | None" = None,
    ) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._settings = settings
        self._weights = weights = weights or Weights()
        domain = domain or load_domain()
        self.words = _words_of(snapshot, domain, encoder, settings, last)
        read = self.words if snapshot.changes is None else self.words.changed(snapshot, snapshot.changes)
        self.lexicon = read.lexicon
        self._understanding = Understanding(snapshot, read.names, domain, self.lexicon, read.likeness)
        self.masks = Masks(snapshot, self.lexicon, read.names.neighbours)
        reasons = Reasons(self.lexicon, domain)
        self.wording = reasons.wording
        self._results = Results(snapshot, self.masks, reasons)
        self._beside = Beside(snapshot, self.masks, self._results, weights)
        self._follow_ups = FollowUps(snapshot, self.lexicon, self.masks)
        embed = lru_cache(maxsize=_CACHED_WISHES)(self._embedded)
        features = Features(snapshot, self.lexicon, self.masks, weights, self._understanding.name_coverage)
        self._ranking = Ranking(snapshot, self.lexicon, features, embed, weights)

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
        began = time.perf_counter()
        query = self.understand(request)
        understood = time.perf_counter()
        hard = [limit for limit in query.limits if limit.hard]
        visible = Visible.of(self.snapshot, request.hidden, request.categories)
        enough, slack = max(ENOUGH, request.limit), slack_of(query, self._weights)
        found = candidates(self.snapshot, self.masks, hard, visible, enough, slack)
        took = {"understand": understood - began, "candidates": time.perf_counter() - understood}
        answer = self._answer(query, hard, found, request)
        return replace(answer, took_ms={stage: 1000 * taken for stage, taken in took.items()} | answer.took_ms)

    def alone(self, request: SearchRequest, listing_id: str) -> Result:
        """Return a listing's result as if nothing else was there.

        Raises:
            NotFound: The snapshot has no such listing.
        """
        query = self.understand(request)
        hard = [limit for limit in query.limits if limit.hard]
        rows = np.asarray([self._row(listing_id)], dtype=np.int64)
        masks = np.asarray([self.masks.on(limit, rows) for limit in hard], dtype=np.bool_).reshape(len(hard), 1)
        found = Candidates(rows, masks, int(masks.all()), tuple(bool(mask[0]) for mask in masks))
        return self._answer(query, hard, found, replace(request, offset=0)).results[0]

    def _answer(self, query: Query, hard: Sequence[Limit], found: Candidates, request: SearchRequest) -> Answer:
        enough = max(ENOUGH, request.limit)
        # Where too little satisfies all limits, the first page is filled up, and there is no other.
        last = max(found.total, min(enough, len(found.rows)))
        began = time.perf_counter()
        ranked = self._ranking.ranked(query, found, hard, min(last, request.offset + request.limit))
        ordered = time.perf_counter()
        page = slice(request.offset, min(last, request.offset + request.limit))
        results = self._results.of(query, ranked.rows[page], ranked.scores, ranked.order[page])
        relaxed = self._relaxed(query, hard, found, ranked.rows[page])
        took = {"rank": 1000 * (ordered - began), "reasons": 1000 * (time.perf_counter() - ordered)}
        total, at, notes = found.total, request.offset, _notes(query)
        return Answer(query, results, relaxed, total, at, self.snapshot.id, notes, ranked.plan, took)

    def _embedded(self, wish: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = embed_queries(self._encoder, [wish])[0]
        return vector

    def _relaxed(
        self, query: Query, hard: Sequence[Limit], found: Candidates, shown: NDArray[np.int64]
    ) -> tuple[Relaxation, ...]:
        chips = {chip.id: chip for chip in query.understood}
        masks = found.masks[:, found.rows.searchsorted(shown)]
        broken = [
            Broken(
                limit,
                chips[limit.id],
                [self.snapshot.listings[int(row)] for row in shown[~mask].tolist()],
                held,
            )
            for limit, mask, held in zip(hard, masks, found.held, strict=True)
            if not mask.all()
        ]
        notes = relaxations(broken, found.total, query.language, [(limit, chips[limit.id]) for limit in hard])
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
        hides = Visible.of(self.snapshot, hidden | {listing_id}, frozenset())
        return self._beside.similar(self._row(listing_id), language, limit, hides)

    def nearby(
        self, listing_id: str, language: Language, limit: int = 6, hidden: frozenset[str] = frozenset()
    ) -> tuple[Result, ...]:
        """Return what is near a listing, the nearest first; by its source's word where there are no coordinates.

        Raises:
            NotFound: The snapshot has no such listing.
        """
        hides = Visible.of(self.snapshot, hidden | {listing_id}, frozenset())
        return self._beside.nearby(self._row(listing_id), language, limit, hides)

    def _row(self, listing_id: str) -> int:
        try:
            return self.snapshot.row_of[listing_id]
        except KeyError as exc:
            raise NotFound("listing", listing_id) from exc


def _words_of(
    snapshot: Snapshot, domain: Domain, encoder: "SentenceTransformer", settings: Settings, last: Finder | None
) -> Words:
    """Return the words of a snapshot as it was built: those of the last finder, where it was over the same."""
    built = snapshot if snapshot.changes is None else snapshot.changes.base
    if last is not None and last.words.snapshot_id == built.id:
        return last.words
    said = said_of(built, settings)
    return Words.of(built, said, domain, partial(embed_passages, encoder), partial(embed_queries, encoder))


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
