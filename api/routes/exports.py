"""A merchant's figures and visits as files to keep. The owner's own data, and nothing that names a visitor."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from sqlmodel import Session
from starlette.responses import Response, StreamingResponse

from api import accounts
from api.asked_periods import WrongPeriod, between
from api.auth import ContainerDep, LimitWrites, OwnCaller
from api.container import Container
from api.exports.tables import Table, Topic, origins_table, statistics_table, visits_table
from api.exports.writing import csv_chunks, xlsx_chunks
from api.guest_origins import called
from api.heads import is_head
from api.indicators import windows_of
from api.languages import language_of_request
from api.problems import responses
from api.replies import in_language
from index.database import reading, writing
from index.settings import Language
from ledger.merchant_rows import Grain
from ledger.periods import Period

router = APIRouter(prefix="/v1/merchants/{merchant_id}", tags=["merchants"])

#: How many days an export has when none are named: a year.
DAYS = 365


class Form(StrEnum):
    """The form of the file."""

    CSV = "csv"
    XLSX = "xlsx"


_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_FILE: dict[str, Any] = {"content": {kind: {} for kind in _TYPES.values()}, "description": "The file."}


@router.get(
    "/exports/{topic}.{form}",
    summary="The merchant's figures or visits as a file",
    dependencies=[LimitWrites],
    response_class=Response,
    responses={200: _FILE, **responses(401, 403, 422, 429)},
)
def export(  # noqa: PLR0913, PLR0917 - one for each parameter of the query
    merchant_id: str,
    topic: Topic,
    form: Form,
    request: Request,
    holder: OwnCaller,
    container: ContainerDep,
    first: Annotated[
        date | None, Query(alias="from", description="First local day; a year before `to` if absent.")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local day; today if absent.")] = None,
    grain: Annotated[Literal["day", "week", "month"], Query(description="How long a row of statistics is.")] = "day",
    lang: Annotated[Language | None, Query(description="Of the headings; `Accept-Language` otherwise.")] = None,
) -> StreamingResponse:
    """Return the file, and note in the owner's list that it was exported."""
    language, period = lang or language_of_request(request), _period(container, first, last)
    with reading(container.engine) as session:
        table = _table(container, session, merchant_id, topic, period, Grain(grain), language)
    name = f"baicha-{topic}-{period.first}-{period.last}.{form}"
    if not is_head(request):
        with writing(container.engine) as session:
            accounts.note(session, merchant_id, accounts.Action.EXPORT, by=holder, subject=name, now=container.clock())
    chunks = csv_chunks(table) if form is Form.CSV else xlsx_chunks(table)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(chunks, media_type=_TYPES[form], headers=headers)


def _period(container: Container, first: date | None, last: date | None) -> Period:
    now, tz = container.clock(), container.settings.tz
    end = last or now.astimezone(tz).date()
    try:
        return between(
            first or max(end, date(2000, 1, 1) + timedelta(days=DAYS)) - timedelta(days=DAYS - 1), end, now, tz
        )
    except WrongPeriod as exc:
        wrong = {"loc": ("query", exc.field), "msg": str(exc), "type": "value_error"}
        raise RequestValidationError([wrong]) from exc


def _table(
    container: Container,
    session: Session,
    merchant: str,
    topic: Topic,
    period: Period,
    grain: Grain,
    language: Language,
) -> Table:
    names = {
        listing.id: str(in_language(listing, "name", language)) for listing in accounts.listings_of(session, merchant)
    }
    if topic is Topic.VISITS:
        return visits_table(session, names, period, language, windows_of(container.settings))
    if topic is Topic.ORIGINS:
        return origins_table(session, names.keys(), period, language, lambda place: called(container, place, language))
    return statistics_table(session, names.keys(), period, grain, language)
