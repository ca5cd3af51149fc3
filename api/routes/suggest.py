"""Suggestions while somebody types: names, areas, kinds, dishes and facilities."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.auth import ContainerDep
from api.languages import language_of_request
from api.problems import responses
from index.listing import Listing
from index.settings import Language
from recommender.autocomplete import Completion, EntryKind
from recommender.finder import Finder
from recommender.labels import CATEGORY_LABELS

router = APIRouter(prefix="/v1", tags=["search"])

#: The longest text that is read; more is refused, as by the search.
LONGEST_TEXT = 500
MOST = 20
_LABELS: dict[EntryKind, tuple[str, str]] = {
    EntryKind.LISTING: ("店名", "place"),
    EntryKind.PLACE: ("地名", "on the map"),
    EntryKind.AREA: ("区域", "area"),
    EntryKind.KIND: ("类型", "kind"),
    EntryKind.DISH: ("菜品", "dish"),
    EntryKind.FACILITY: ("设施", "facility"),
    EntryKind.TAG: ("特点", "feature"),
}


class Suggestion(BaseModel):
    """Something that what was typed may become. `display` is its name for this asker, `other` the one beside it."""

    kind: EntryKind
    label: str = Field(description="The kind in the asker's language.", examples=["菜品"])
    display: str = Field(examples=["竹林鸡"])
    other: str | None = Field(examples=["bamboo-forest chicken"])
    name: str | None = Field(description="The local name.", examples=["竹林鸡"])
    name_en: str | None = Field(examples=["bamboo-forest chicken"])
    text: str = Field(description="The whole text when this is chosen.", examples=["余村附近吃竹林鸡"])
    detail: str | None = Field(description="Of a listing what it is and where, else how many.", examples=["22 家"])
    id: str | None = Field(description="A listing's id; null for all others.", examples=[None])
    count: int = Field(description="How many listings have it.", examples=[22])


class Suggestions(BaseModel):
    """The best first; empty when nothing fits, or nothing was typed."""

    suggestions: list[Suggestion]
    language: Language
    snapshot: str = Field(description="Id of the index that answered.")


_EXAMPLES = {
    "the beginning of a name": {"value": "竹里"},
    "pinyin": {"value": "zhulin"},
    "the end of a sentence": {"value": "quiet guesthouse with par"},
}


@router.get("/suggest", summary="Complete what is typed", responses=responses(422, 503))
def suggest(
    request: Request,
    response: Response,
    container: ContainerDep,
    q: Annotated[str, Query(max_length=LONGEST_TEXT, openapi_examples=_EXAMPLES, description="As typed so far.")] = "",
    lang: Annotated[Language | None, Query(description="Language of the reply; `Accept-Language` otherwise.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 8,
) -> Suggestions:
    """Return completions by prefix, pinyin, initials, and one slip, of the whole text or else of its end.

    What matches better stands first, then what more listings have. Closed listings are left out.
    """
    language = lang or language_of_request(request)
    finder, completer = container.completer()
    hidden = container.hidden_ids() if q.strip() else frozenset()
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    return Suggestions(
        suggestions=[_suggestion(one, finder, language) for one in completer.complete(q, limit, hidden)],
        language=language,
        snapshot=finder.snapshot.id,
    )


def _suggestion(one: Completion, finder: Finder, language: Language) -> Suggestion:
    entry, is_english = one.entry, language == "en"
    display = entry.named(english=is_english)
    other = entry.name if is_english else entry.name_en
    if entry.listing_id is not None:
        detail = _about(finder.snapshot.listings[finder.snapshot.row_of[entry.listing_id]], finder, language)
    elif entry.kind is EntryKind.PLACE:
        detail = None
    else:
        detail = _counted(entry.count, language)
    return Suggestion(
        kind=entry.kind,
        label=_LABELS[entry.kind][is_english],
        display=display,
        other=None if other == display else other,
        name=entry.name,
        name_en=entry.name_en,
        text=one.text,
        detail=detail,
        id=entry.listing_id,
        count=entry.count,
    )


def _counted(count: int, language: Language) -> str:
    if language == "zh":
        return f"{count} 家"
    return "1 place" if count == 1 else f"{count} places"


def _about(listing: Listing, finder: Finder, language: Language) -> str:
    """Return what a listing is and where, in words as results have them."""
    kind = finder.wording.kind(listing, language) or CATEGORY_LABELS[language][listing.category]
    area = finder.wording.area(listing, language)
    return kind if not area else f"{kind} · {area}"
