"""The first page: one box, and what it finds as a list beside a map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth import ContainerDep
from api.errors import BadCursor
from api.following import LONGEST
from api.pages.cards import Card, card_of, map_data, map_point
from api.pages.page import Frame, Link, frame_of, render, take_cookies
from api.pages.route import PageRoute
from api.searching import SearchPage, SearchParams, search
from api.visitors import current_visitor
from index.errors import UsageError

router = APIRouter(route_class=PageRoute)

#: What the box takes; the longest question that is read at all is longer (`SearchParams`).
LONGEST_TYPED = 500


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What stands in the box, what is wrong with it, and the position that goes with it when the asker agreed."""

    text: str
    lat: str = ""
    lon: str = ""
    error: str | None = None
    longest: int = LONGEST_TYPED
    without_location: str = "/"
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """A limit that was understood, as a link that removes it."""

    label: str
    href: str
    title: str
    action: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results, worked out."""

    cards: Sequence[Card]
    chips: Sequence[Chip]
    restore: str | None
    anew: str | None
    relaxed: Sequence[str]
    notes: Sequence[str]
    count: str
    next_href: str | None
    first_href: str | None
    map: dict[str, Any] | None


@router.get("/")
def search_page(request: Request, container: ContainerDep) -> Response:
    """Show the box; with a question, what was found."""
    frame = frame_of(request, container)
    asked = _Asked.of(request)
    if not asked.text.strip():
        return _page(frame, asked, None)
    cookies = Response()
    try:
        params = SearchParams(q=asked.text, lang=frame.language, cursor=asked.cursor, **asked.parts())
        page = search(container, params, current_visitor(request, cookies, container))
    except BadCursor:
        # An old link, or the other language: begin again rather than complain.
        return RedirectResponse(asked.href(cursor=None), 303)
    except ValidationError as error:
        return _page(frame, asked, None, error=_reason(frame, error), status=422)
    except UsageError as error:
        return _page(frame, asked, None, error=frame.t("error.query", reason=str(error)), status=400)
    return take_cookies(_page(frame, asked, _found(frame, asked, page), follow=page.follow), cookies)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The parameters of the address."""

    text: str
    lat: str
    lon: str
    without: tuple[str, ...]
    cursor: str | None
    after: str | None

    @classmethod
    def of(cls, request: Request) -> "_Asked":
        query = request.query_params
        lat, lon = query.get("lat", ""), query.get("lon", "")
        placed = _is_degrees(lat, 90) and _is_degrees(lon, 180)
        return cls(
            text=query.get("q", ""),
            lat=lat if placed else "",
            lon=lon if placed else "",
            without=tuple(query.getlist("without")),
            cursor=query.get("cursor") or None,
            after=query.get("after", "")[:LONGEST] or None,
        )

    def parts(self) -> dict[str, Any]:
        """Return what `SearchParams` takes besides the words."""
        position = {"lat": float(self.lat), "lon": float(self.lon)} if self.lat else {}
        return {"without": list(self.without), "after": self.after, **position}

    def href(
        self,
        *,
        without: Iterable[str] | None = None,
        cursor: str | None = None,
        located: bool = True,
        follows: bool = True,
    ) -> str:
        """Return the address of the same search with other limits, another page, without the position, or anew."""
        query = [("q", self.text)]
        if self.lat and located:
            query += [("lat", self.lat), ("lon", self.lon)]
        query += [("without", chip) for chip in (self.without if without is None else without)]
        if self.after and follows:
            query.append(("after", self.after))
        if cursor is not None:
            query.append(("cursor", cursor))
        return f"/?{urlencode(query)}"


def _is_degrees(text: str, most: float) -> bool:
    try:
        return -most <= float(text) <= most
    except ValueError:
        return False


def _reason(frame: Frame, error: ValidationError) -> str:
    first = error.errors()[0]
    if first["loc"][:1] == ("q",):
        return frame.t("error.too_long", n=f"{first['ctx']['max_length']:,}")
    return frame.t("error.query", reason=first["msg"])


def _page(
    frame: Frame,
    asked: _Asked,
    found: Found | None,
    *,
    error: str | None = None,
    status: int = 200,
    follow: str | None = None,
) -> Response:
    examples = [frame.t("home.example_1"), frame.t("home.example_2"), frame.t("home.example_3")]
    return render(
        frame,
        "search.html",
        status=status,
        form=SearchForm(
            text=asked.text,
            lat=asked.lat,
            lon=asked.lon,
            error=error,
            without_location=asked.href(located=False) if asked.text else "/",
            after=follow,
        ),
        found=found,
        examples=[Link(f"/?{urlencode({'q': example})}", example) for example in examples],
    )


def _found(frame: Frame, asked: _Asked, page: SearchPage) -> Found:
    t = frame.t
    first = page.offset + 1
    came_from = "?" + urlencode({"from": page.query_id})
    cards = [card_of(frame, result, place, query=came_from) for place, result in enumerate(page.results, first)]
    points = [
        map_point(frame, result, mark=str(card.position), href=f"#{card.anchor}", card=card.anchor)
        for result, card in zip(page.results, cards, strict=True)
        if result.lat is not None
    ]
    origin = {"lat": float(asked.lat), "lon": float(asked.lon), "label": t("location.you")} if asked.lat else None
    return Found(
        cards=cards,
        chips=[
            Chip(
                label=chip.label,
                href=asked.href(without=(*asked.without, chip.id)),
                title=t("results.from_words", words=chip.words) if chip.words else chip.label,
                action=t("results.remove", label=chip.label),
                hard=chip.hard,
            )
            for chip in page.understood
        ],
        anew=asked.href(without=(), follows=False) if page.follows else None,
        restore=asked.href(without=()) if asked.without else None,
        relaxed=[one.note for one in page.relaxed],
        notes=page.notes,
        count=_count(frame, page, first),
        next_href=asked.href(cursor=page.next) if page.next else None,
        first_href=asked.href() if page.offset else None,
        map=map_data(frame, points, origin) if points else None,
    )


def _count(frame: Frame, page: SearchPage, first: int) -> str:
    last = page.offset + len(page.results)
    # What nearly fits is shown after what does, and does not count.
    key = "results.count" if page.total >= last else "results.count_some" if page.total else "results.count_none"
    return frame.t(key, n=page.total, first=first, last=last)
