"""A merchant's own figures: of a period, against the one before and like merchants, and in steps."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_jsonable_python
from sqlmodel import Session
from starlette.responses import Response

from api import accounts
from api.asked_periods import DAYS, PeriodName, WrongPeriod, between
from api.auth import ContainerDep, StaffToo
from api.container import Container
from api.cursors import open_cursor, seal_cursor
from api.errors import BadCursor
from api.guest_origins import called
from api.indicators import BoardDays, windows_of
from api.languages import language_of_request
from api.merchant_figures import (
    CameBack,
    CameFrom,
    Counts,
    DayCounts,
    Middle,
    Place,
    Stats,
    StepCounts,
    WishCount,
    Wished,
)
from api.peers import like_merchants
from api.problems import responses
from api.routes.merchants import Lang
from api.seeing import Seen, noted
from api.wishes import Wishes, found_by, wanted
from index.database import reading
from index.listing import Listing
from index.settings import Language
from ledger.merchant_rows import Grain, rows, spans
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.origins import Origins, origins
from ledger.peers import COMPARED, Quartiles, quartiles
from ledger.periods import Period, moment
from ledger.returning import Returning, returning

router = APIRouter(prefix="/v1/merchants/{merchant_id}", tags=["merchants"])

#: A month of hours; a year of days.
LARGEST_PAGE = 744
Compared = Literal["previous", "peers"]


_COUNTS = frozenset(Counts.model_fields)
#: What is computed only when it is asked for: it reads more than the counts.
_ON_REQUEST = frozenset({"searches", "wanted", "origins", "returning"})
_CHOSEN = _COUNTS | _ON_REQUEST | {"sentence", "by_day", "by_hour", "made_up"}
_DEFAULT = _CHOSEN - _ON_REQUEST
#: What a row has whatever fields are chosen.
_SPAN = frozenset({"since", "until"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks for, checked."""

    period: Period
    fields: frozenset[str]
    compared: frozenset[str]
    grain: Grain | None
    start: int
    limit: int
    identity: list[object]


@router.get(
    "/stats",
    summary="What this brought the merchant",
    dependencies=[StaffToo, noted(Seen.FIGURES)],
    response_model=Stats,
    responses={304: {"description": "Not changed since the ETag that was sent."}, **responses(400, 401, 403, 422, 503)},
)
def stats(  # noqa: PLR0913, PLR0917 - one for each parameter of the query
    merchant_id: str,
    request: Request,
    container: ContainerDep,
    days: Annotated[BoardDays | None, Query(description="The last so many days; 30 when nothing is asked for.")] = None,
    period: Annotated[
        PeriodName | None, Query(description="The day, 7, 30 or 365 days that end with today, in place of `days`.")
    ] = None,
    first: Annotated[date | None, Query(alias="from", description="First local day, in place of the others.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local day; today when only `from` is.")] = None,
    compare: Annotated[
        str | None, Query(max_length=40, description="`previous` (the default), `peers`, both by a comma, or `none`.")
    ] = None,
    fields: Annotated[
        str | None,
        Query(
            max_length=1_000,
            description=f"By commas, of {', '.join(sorted(_CHOSEN))}; of `previous`, `peers` and `rows` too.",
        ),
    ] = None,
    grain: Annotated[Grain | None, Query(description="Gives `rows`, of so long each.")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Rows at once.")] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    lang: Lang = None,
) -> Response:
    """Return the figures of a period of whole local days, today included."""
    language = lang or language_of_request(request)
    named = [name for name, value in (("days", days), ("period", period), ("from", first or last)) if value is not None]
    if len(named) > 1:
        raise _invalid(named[1], f"give one of days, period, or from and to; {named[0]} is there already")
    identity: list[object] = [merchant_id, *(str(each) for each in (days, period, first, last, grain, limit))]
    asked_period, start = _position(container, identity, cursor, days or DAYS.get(period or "month", 30), first, last)
    asked = _Asked(
        asked_period,
        _fields(fields),
        _compared(compare),
        grain,
        start,
        limit,
        identity,
    )
    body = _answer(container, merchant_id, asked, language)
    return _reply(request, body, language)


def _reply(request: Request, body: Mapping[str, Any], language: Language) -> Response:
    written = json.dumps(to_jsonable_python(body), ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(written).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Language": language,
        "Vary": "Accept-Language, Authorization, Cookie",
    }
    sent = request.headers.get("if-none-match", "")
    # By weak comparison (RFC 9110, 13.1.2).
    if sent.strip() == "*" or any(part.strip().removeprefix("W/") == etag for part in sent.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(written, media_type="application/json", headers=headers)


def _answer(container: Container, merchant: str, asked: _Asked, language: Language) -> Mapping[str, Any]:
    period = asked.period
    with reading(container.engine) as session:
        own = accounts.listings_of(session, merchant)
        ids = [listing.id for listing in own]
        windows = windows_of(container.settings)
        summary = merchant_summary(session, ids, period, windows=windows, weigh=container.weigh)
        found: dict[str, Any] = {"merchant": merchant, "listings": ids, "first": period.first, "last": period.last}
        everything = {
            **Counts.of(summary).model_dump(),
            "sentence": summary.sentence(language),
            "by_day": [DayCounts.of(day).model_dump() for day in summary.by_day],
            "by_hour": summary.shown_hours,
            "made_up": summary.made_up,
        }
        found |= {name: value for name, value in everything.items() if name in asked.fields}
        found |= _on_request(container, session, own, asked, language)
        if "previous" in asked.compared:
            found["previous"] = _chosen(Counts.of(summary.previous).model_dump(), asked)
        if "peers" in asked.compared:
            peers = _peers(session, own, summary)
            found["peers"] = None if peers is None else _chosen(peers, asked)
        if asked.grain is not None:
            found |= _rows(session, ids, asked, asked.grain)
    return found


def _chosen(counts: Mapping[str, Any], asked: _Asked) -> dict[str, Any]:
    """Return those of the counts whose fields were chosen."""
    return {name: value for name, value in counts.items() if name in asked.fields}


def _on_request(
    container: Container, session: Session, own: Sequence[Listing], asked: _Asked, language: Language
) -> dict[str, Any]:
    ids, period = [listing.id for listing in own], asked.period
    compute: dict[str, Callable[[], dict[str, Any]]] = {
        "searches": lambda: _wished(found_by(container, session, own, period, language), period),
        "wanted": lambda: _wished(wanted(container, session, own, period, language), period),
        "origins": lambda: _came_from(container, origins(session, ids, period), language),
        "returning": lambda: _came_back(returning(session, ids, period)),
    }
    return {name: one() for name, one in compute.items() if name in asked.fields}


def _wished(found: Wishes, period: Period) -> dict[str, Any]:
    since = None if found.since_ms is None else moment(found.since_ms, period.tz)
    wishes = [WishCount(id=wish.id, label=wish.label, visitors=wish.visitors) for wish in found.wishes]
    return Wished(wishes=wishes, since=since).model_dump()


def _came_from(container: Container, found: Origins, language: Language) -> dict[str, Any]:
    places = [Place(place=called(container, place, language), visitors=visitors) for place, visitors in found.places]
    return CameFrom(told=found.told, places=places).model_dump()


def _came_back(found: Returning) -> dict[str, Any]:
    return CameBack(remembered=found.remembered, returned=found.returned).model_dump()


def _peers(session: Session, own: Sequence[Listing], summary: MerchantSummary) -> dict[str, Any] | None:
    found = quartiles(session, like_merchants(session, own), summary.period)
    if found is None:
        return None
    return {name: _middle(getattr(summary, name) / len(own), found[name]) for name in COMPARED.values()}


def _middle(own: float, found: Quartiles) -> dict[str, Any]:
    return Middle(own=own, low=found.low, median=found.median, high=found.high).model_dump()


def _rows(session: Session, ids: Sequence[str], asked: _Asked, grain: Grain) -> dict[str, Any]:
    end = asked.start + asked.limit
    total = len(spans(asked.period, grain))
    if asked.start and asked.start >= total:
        raise BadCursor
    found = rows(session, ids, asked.period, grain, slice(asked.start, end))
    # The day with it: a page begun before midnight is followed by the next one of the same period.
    position = {"f": asked.period.first.isoformat(), "l": asked.period.last.isoformat(), "o": end}
    following = seal_cursor(asked.identity, position) if end < total else None
    steps = [StepCounts.of(row, asked.period.tz).model_dump() for row in found]
    kept = asked.fields | _SPAN
    return {"rows": [{name: step[name] for name in step if name in kept} for step in steps], "next": following}


def _position(
    container: Container,
    identity: object,
    cursor: str | None,
    days: int,
    first: date | None,
    last: date | None,
) -> tuple[Period, int]:
    """Return the period that is asked for, and the row to begin with; a cursor says both."""
    now, tz = container.clock(), container.settings.tz
    if cursor is not None:
        first, last, start = _opened(identity, cursor)
        try:
            return between(first, last, now, tz), start
        except WrongPeriod as exc:
            raise BadCursor from exc
    if first is None and last is None:
        return Period.last_days(days, now, tz), 0
    if first is None:
        raise _invalid("from", "give the first day too")
    try:
        return between(first, last or now.astimezone(tz).date(), now, tz), 0
    except WrongPeriod as exc:
        raise _invalid(exc.field, str(exc)) from exc


def _opened(identity: object, cursor: str) -> tuple[date, date, int]:
    position = open_cursor(identity, cursor)
    try:
        first, last = date.fromisoformat(position["f"]), date.fromisoformat(position["l"])
    except (KeyError, TypeError, ValueError) as exc:
        raise BadCursor from exc
    start = position.get("o")
    if type(start) is not int or start < 1:
        raise BadCursor
    return first, last, start


def _fields(text: str | None) -> frozenset[str]:
    if text is None:
        return _DEFAULT
    return _listed("fields", text, _CHOSEN)


def _compared(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset({"previous"})
    return frozenset() if text.strip() == "none" else _listed("compare", text, frozenset(get_args(Compared)))


def _listed(parameter: str, text: str, known: frozenset[str]) -> frozenset[str]:
    names = frozenset(name for part in text.split(",") if (name := part.strip()))
    unknown = sorted(names - known)
    if unknown:
        raise _invalid(parameter, f"{unknown[0]!r} is not one of {', '.join(sorted(known))}")
    return names


def _invalid(parameter: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", parameter), "msg": message, "type": "value_error"}])
