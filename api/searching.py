"""A search from parameters to a page of results: what the JSON route, the pages and the command line share."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.askers_place import RoughDegrees, logged_terms
from api.container import Container
from api.cursors import open_cursor, seal_cursor
from api.errors import BadCursor
from api.following import LONGEST, opened_query, sealed_query
from api.replies import ResultBrief
from api.visitors import Visitor
from api.withholding import Shown, shown_page
from index.engine import Method
from index.listing import Category
from index.settings import Language
from ledger.events import ID_PATTERN, Event, Impression, Withheld
from recommender.detect import language_of
from recommender.finder import ENOUGH, SearchRequest
from recommender.holding import hold_out, window_of
from recommender.result import Answer

#: Longest question that is read; a longer one is refused with a clear error.
LONGEST_QUESTION = 10_000
LARGEST_PAGE = 50
#: Results that paging reaches; who wants more asks more narrowly, or browses.
DEEPEST = 1_000

ChipId = Annotated[str, StringConstraints(max_length=300)]


class SearchParams(BaseModel):
    """What is asked. Without `lang` the answer is in the question's own language."""

    q: str = Field("", max_length=LONGEST_QUESTION, description="The tourist's words, in Chinese or English.")
    lang: Language | None = Field(None, description="Language of the answer.")
    lat: RoughDegrees | None = Field(
        None, ge=-90, le=90, description="Where the asker is, when they agreed; WGS 84, read to three decimals."
    )
    lon: RoughDegrees | None = Field(None, ge=-180, le=180)
    limit: int = Field(10, ge=1, le=LARGEST_PAGE)
    cursor: str | None = Field(None, description="`next` of the page before.")
    without: list[ChipId] = Field(default_factory=list, max_length=50, description="Ids of limits to leave out.")
    category: list[Category] = Field(default_factory=list, max_length=3, description="Only these categories.")
    after: str | None = Field(
        None, max_length=LONGEST, description="`follow` of the search before: a fragment then refines that search."
    )
    explain: bool = Field(False, description="Whether `plan` is to tell how the results were found.")
    record: bool = Field(True, description="False when the answer is not shown to a visitor.")

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> "SearchParams":
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give lat and lon together, or neither")
        return self

    def identity(self) -> list[object]:
        """Return what makes this another search; a cursor belongs to one."""
        return [
            self.q,
            self.lang,
            self.lat,
            self.lon,
            self.limit,
            sorted(self.without),
            sorted(self.category),
            self.after,
        ]


class UnderstoodChip(BaseModel):
    """A limit that was read from the words; `without=<id>` leaves it out."""

    id: str = Field(examples=["price:..80"])
    kind: str = Field(examples=["price"])
    words: str = Field(examples=["人均80以下"])
    label: str = Field(examples=["人均80元以内"])
    hard: bool = Field(description="Whether it filters; others rank.")


class Relaxed(BaseModel):
    """A limit that could not be kept, and what was done instead. `ids` are all the limits that the note names."""

    id: str
    label: str
    note: str
    ids: list[str]


class SearchPlan(BaseModel):
    """How the results were found: what was looked at, what that left, and what was read of it."""

    method: Method = Field(description="Whether every row that may win was scored, or those an approximate index told.")
    reason: str = Field(description="Why.", examples=["in an area"])
    area: str | None = Field(description="Kind of the area asked about.", examples=["circle", "corridor"])
    ranges: int = Field(description="Ranges of rows that hold the area.")
    looked_at: int = Field(description="Rows whose coordinates or limits were looked at.")
    left: int | None = Field(description="Rows that satisfy the area and all limits.")
    share: float | None = Field(description="`left` of the index's rows.")
    scored: int = Field(description="Rows whose vectors the score was computed from; none where there are no words.")
    rows: int = Field(description="Rows of the index.")
    tail: int = Field(description="Those of them that are newer than the index on disk.")
    took_ms: dict[str, float] = Field(description="Milliseconds by stage.", examples=[{"understand": 1.2}])

    @classmethod
    def of(cls, answer: Answer, rows: int) -> "SearchPlan | None":
        """Tell an answer's plan over so many rows."""
        plan = answer.plan
        if plan is None:
            return None
        share = None if plan.left is None or not rows else round(plan.left / rows, 6)
        took = {stage: round(taken, 3) for stage, taken in answer.took_ms.items()}
        return cls(**asdict(plan), share=share, rows=rows, took_ms=took)


class SearchPage(BaseModel):
    """One page of an answer."""

    results: list[ResultBrief]
    understood: list[UnderstoodChip]
    relaxed: list[Relaxed]
    notes: list[str] = Field(
        default=[], description="How the words were read where one would not expect it, such as in another language."
    )
    next: str | None = Field(description="Cursor of the next page, null on the last.")
    total: int = Field(description="How many listings satisfy the limits.")
    offset: int = Field(description="Position of the first result, from 0.")
    query_id: str = Field(
        description="The same on all pages of a search, and for who asks the same again within the half hour; "
        "events name it."
    )
    follows: bool = Field(description="Whether the words were read as refining the search of `after`.")
    follow: str | None = Field(description="To be given as `after` with the next words; good for two hours.")
    language: Language
    snapshot: str = Field(description="Id of the index that answered.")
    plan: SearchPlan | None = Field(default=None, description="How the results were found, where `explain` asks.")


def search(container: Container, params: SearchParams, visitor: Visitor | None) -> SearchPage:
    """Answer, and record what was shown to the visitor; nothing is recorded for who has no id.

    Impressions are written soon after, in the background: neither a busy nor a failing ledger delays an answer.

    Raises:
        BadCursor: The cursor is of another search.
        SnapshotError: There is no index to search.
    """
    now = container.clock()
    offset, query_id = _position(container, params, visitor, now)
    local = now.astimezone(container.settings.tz)
    with container.metrics.stage("load"):
        finder = container.finder()
        hidden = container.hidden_ids()
    language = params.lang or language_of(params.q) or container.settings.language
    earlier = opened_query(container.secret, params.after, now)
    request = SearchRequest(
        text=params.q,
        language=language,
        now=local,
        origin=(params.lat, params.lon) if params.lat is not None and params.lon is not None else None,
        limit=params.limit,
        offset=offset,
        without=frozenset(params.without),
        hidden=hidden,
        categories=frozenset(params.category),
        previous=None if earlier is None else earlier.query,
        shown=() if earlier is None else earlier.shown,
    )
    held = _hold_out(container, visitor, local) if params.record else None
    with container.metrics.stage("find"):
        shown = shown_page(finder, request, held, container.settings.hold_out)
    with container.metrics.stage("reply"):
        follow = sealed_query(container.secret, shown.answer, now)
        page = _page(shown, params, language, query_id, local, follow)
        if params.explain:
            page.plan = SearchPlan.of(shown.answer, len(finder.snapshot.listings))
    if visitor is not None and params.record:
        container.recorder.put([*impressions(page, shown, visitor, now), *_withheld(shown, page, visitor, now)])
    return page


def _hold_out(container: Container, visitor: Visitor | None, local: datetime) -> Callable[[str], bool] | None:
    """Return whether a listing is withheld from the visitor; None where nothing is."""
    settings = container.settings
    if visitor is None or not settings.hold_out:
        return None
    window = window_of(local.date(), settings.hold_out_window_days)
    return lambda listing: hold_out(container.secret, visitor.id, listing, window, share=settings.hold_out)


def _withheld(shown: Shown, page: SearchPage, visitor: Visitor, now: datetime) -> Iterator[Event]:
    for listing, position in shown.withheld:
        payload = Withheld(query_id=page.query_id, position=position, propensity=1 - shown.propensity)
        yield _event(page, visitor, now, listing, payload)


def impressions(page: SearchPage, shown: Shown, visitor: Visitor, now: datetime) -> Iterator[Event]:
    """Yield an event for each result shown. Its id follows from the search: a page fetched twice counts once.

    So does one that is reloaded within the half hour (`api.asking_again`). Nothing of it is computed from where the
    asker is.
    """
    understood = tuple(chip.id for chip in page.understood)
    for place, result in enumerate(page.results, page.offset):
        payload = Impression(
            query_id=page.query_id,
            position=place,
            propensity=shown.propensity,
            terms=logged_terms(shown.answer.query, result.terms),
            understood=understood,
        )
        yield _event(page, visitor, now, result.id, payload)


def _event(page: SearchPage, visitor: Visitor, now: datetime, listing: str, payload: Impression | Withheld) -> Event:
    return Event(
        # With the kind: between two looks at a page an index, or the window of the hold-out, may have changed.
        id=hashlib.sha256(f"{page.query_id} {visitor.id} {listing} {payload.kind}".encode()).hexdigest()[:32],
        at=now,
        listing=listing,
        visitor=visitor.id,
        consent=visitor.consent,
        payload=payload,
    )


def _page(
    shown: Shown, params: SearchParams, language: Language, query_id: str, local: datetime, follow: str | None
) -> SearchPage:
    answer, end = shown.answer, shown.end
    # What satisfies the limits, filled up to a page's worth where that is too little.
    more = shown.more and end < min(max(answer.total, ENOUGH), DEEPEST)
    return SearchPage(
        results=[ResultBrief.of_result(result, local) for result in answer.results],
        understood=[
            UnderstoodChip(id=chip.id, kind=chip.kind, words=chip.words, label=chip.label, hard=chip.hard)
            for chip in answer.understood
        ],
        relaxed=[
            Relaxed(id=one.limit.id, label=one.limit.label, note=one.note, ids=[chip.id for chip in one.limits])
            for one in answer.relaxed
        ],
        notes=list(answer.notes),
        next=seal_cursor(params.identity(), {"o": end, "q": query_id}) if more else None,
        total=answer.total,
        offset=answer.offset,
        query_id=query_id,
        follows=answer.query.follows,
        follow=follow,
        language=language,
        snapshot=answer.snapshot,
    )


def _position(container: Container, params: SearchParams, visitor: Visitor | None, now: datetime) -> tuple[int, str]:
    if params.cursor is None:
        asker = visitor.id if visitor is not None and params.record else None
        return 0, container.query_ids.of(asker, params.identity(), now)
    position = open_cursor(params.identity(), params.cursor)
    offset, query_id = position.get("o"), position.get("q")
    if type(offset) is not int or not 0 < offset < DEEPEST:
        raise BadCursor
    if not isinstance(query_id, str) or not re.fullmatch(ID_PATTERN, query_id):
        raise BadCursor
    return offset, query_id
