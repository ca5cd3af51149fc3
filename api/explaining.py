"""Why a listing is not found, from parameters to a reply: what the JSON route and the merchant's page share."""

from pydantic import BaseModel, Field, model_validator

from api.askers_place import RoughDegrees
from api.container import Container
from api.searching import LONGEST_QUESTION, ChipId, UnderstoodChip
from index.database import reading
from index.errors import NotFound
from index.listing import Listing
from index.settings import Language
from recommender.detect import language_of
from recommender.finder import ENOUGH, SearchRequest
from recommender.missing import Missed
from recommender.why_not import Change, WhyNot


class WhyNotParams(BaseModel):
    """Which listing, and for which question; the other parameters are the search's."""

    q: str = Field("", max_length=LONGEST_QUESTION, description="The tourist's words.")
    listing: str = Field(min_length=1, max_length=401, description="Id of the listing that is not found.")
    lang: Language | None = Field(None, description="Language of the reply.")
    lat: RoughDegrees | None = Field(
        None, ge=-90, le=90, description="Where the asker is, when they agreed; WGS 84, read to three decimals."
    )
    lon: RoughDegrees | None = Field(None, ge=-180, le=180)
    without: list[ChipId] = Field(default_factory=list, max_length=50, description="Ids of limits to leave out.")

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> "WhyNotParams":
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give lat and lon together, or neither")
        return self


class MissedLimit(BaseModel):
    """A limit that the listing does not satisfy. `widened` is the bound that it would satisfy, where there is one."""

    id: str = Field(examples=["price:..80"])
    kind: str = Field(examples=["price"])
    label: str = Field(examples=["80元以内"])
    note: str = Field(examples=["人均120元，超过80元"])
    advice: str = Field(examples=["把价格提高到120元"])
    widened: float | None = Field(examples=[120])


class SmallestChange(BaseModel):
    """The least that brings the listing in: searching with these chips in `without`; `rank` is where it then stands."""

    without: list[str] = Field(examples=[["price:..80"]])
    advice: list[str] = Field(examples=[["把价格提高到120元"]])
    rank: int | None = Field(examples=[4])


class WhyNotReply(BaseModel):
    """Why a listing is not among the answers, or where it stands. `terms` sum to `score`, as a search result's do."""

    id: str
    name: str
    name_en: str | None
    present: bool = Field(description="Whether the search shows it, on whichever page.")
    rank: int | None = Field(description="Its place among the answers, from 1.")
    closed: bool
    indexed: bool = Field(description="False for a listing that came after the index was built.")
    summary: str = Field(description="All of it in a sentence or two.")
    score: float | None
    terms: dict[str, float]
    reasons: list[str]
    missed: list[MissedLimit]
    change: SmallestChange | None
    understood: list[UnderstoodChip]
    language: Language
    snapshot: str


def explain(container: Container, params: WhyNotParams) -> WhyNotReply:
    """Return why a listing is not among the answers.

    Raises:
        NotFound: There is no such listing.
        SnapshotError: There is no index to search.
    """
    with reading(container.engine) as session:
        listing = session.get(Listing, params.listing)
    if listing is None:
        raise NotFound("listing", params.listing)
    language = params.lang or language_of(params.q) or container.settings.language
    finder, explainer = container.explainer()
    if listing.closed or listing.id not in finder.snapshot.row_of:
        return _unsearched(listing, finder.snapshot.id, language)
    request = SearchRequest(
        text=params.q,
        language=language,
        now=container.clock().astimezone(container.settings.tz),
        origin=(params.lat, params.lon) if params.lat is not None and params.lon is not None else None,
        without=frozenset(params.without),
        hidden=container.hidden_ids(),
    )
    return _reply(explainer.explain(request, listing.id), finder.snapshot.id, language)


def _unsearched(listing: Listing, snapshot: str, language: Language) -> WhyNotReply:
    if listing.closed:
        summary = (
            "这个地点已停业或关闭，不再出现在搜索中。" if language == "zh" else "It has closed; no search shows it."
        )
    elif language == "zh":
        summary = "它是索引建好之后加入的，下次更新索引后才能搜到。"
    else:
        summary = "It came after the index was built; searches show it once the index is built anew."
    return WhyNotReply(
        id=listing.id,
        name=listing.name,
        name_en=listing.name_en,
        present=False,
        rank=None,
        closed=listing.closed,
        indexed=listing.closed,
        summary=summary,
        score=None,
        terms={},
        reasons=[],
        missed=[],
        change=None,
        understood=[],
        language=language,
        snapshot=snapshot,
    )


def _reply(found: WhyNot, snapshot: str, language: Language) -> WhyNotReply:
    listing = found.result.listing
    return WhyNotReply(
        id=listing.id,
        name=listing.name,
        name_en=listing.name_en,
        present=found.present,
        rank=found.rank,
        closed=False,
        indexed=True,
        summary=_summary(found, language),
        score=found.result.score,
        terms=found.result.terms,
        reasons=list(found.result.reasons),
        missed=[_missed(one) for one in found.missed],
        change=None if found.change is None else _change(found.change),
        understood=[
            UnderstoodChip(id=chip.id, kind=chip.kind, words=chip.words, label=chip.label, hard=chip.hard)
            for chip in found.understood
        ],
        language=language,
        snapshot=snapshot,
    )


def _missed(one: Missed) -> MissedLimit:
    return MissedLimit(
        id=one.chip.id,
        kind=one.chip.kind,
        label=one.chip.label,
        note=one.note,
        advice=one.advice,
        widened=one.widened,
    )


def _change(change: Change) -> SmallestChange:
    return SmallestChange(
        without=[step.chip.id for step in change.steps],
        advice=[step.advice for step in change.steps],
        rank=change.rank,
    )


def _summary(found: WhyNot, language: Language) -> str:
    between = "；" if language == "zh" else "; "
    notes = between.join(one.note for one in found.missed)
    if found.change is None:
        place = _place(found.rank, language)
        if not notes:
            return f"符合全部条件，{place}。" if language == "zh" else f"It meets every limit and is {place}."
        return f"不完全符合，但{place}：{notes}。" if language == "zh" else f"Not quite, but it is {place}: {notes}."
    advice = between.join(step.advice for step in found.change.steps)
    place = _place(found.change.rank, language)
    if language == "zh":
        return f"没有出现：{notes}。{advice}，就{place}。"
    return f"It is not among the answers: {notes}. To change that: {advice}; it is then {place}."


def _place(rank: int | None, language: Language) -> str:
    if rank is None:
        return "排在第1000位之后" if language == "zh" else "behind the thousandth place"
    page = (rank - 1) // ENOUGH + 1
    if language == "zh":
        return f"排在第{rank}位" + (f"（第{page}页）" if page > 1 else "")
    return f"number {rank}" + (f" (page {page})" if page > 1 else "")
