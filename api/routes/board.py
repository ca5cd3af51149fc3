"""The board's indicators of the county."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from api.auth import BoardOnly, ContainerDep
from api.indicators import BoardDays, board
from api.languages import language_of_request
from api.problems import responses
from api.routes.merchants import Share
from index.settings import Language
from ledger.board import Cell, Indicator
from ledger.definitions import SUPPRESSED

router = APIRouter(prefix="/v1/board", tags=["board"], dependencies=[BoardOnly])


class CellReply(BaseModel):
    """One bar, slice or row; `value` is null exactly when it is suppressed."""

    key: str
    label: str
    value: int | None
    suppressed: bool
    lat: float | None
    lon: float | None

    @classmethod
    def of(cls, cell: Cell, language: Language) -> Self:
        """Return a cell in a language."""
        return cls(
            key=cell.key,
            label=cell.label.of(language),
            value=cell.value,
            suppressed=cell.suppressed,
            lat=cell.lat,
            lon=cell.lon,
        )


class IndicatorReply(BaseModel):
    """One indicator with its definition. Nothing is shown of fewer than ten visitors or three merchants."""

    id: str
    label: str
    definition: str
    unit: str
    chart: str
    value: float | None
    total: int | None
    suppressed: bool
    interval: Share | None
    cells: list[CellReply]
    made_up: bool

    @classmethod
    def of(cls, indicator: Indicator, language: Language) -> Self:
        """Return an indicator in a language."""
        return cls(
            id=indicator.id,
            label=indicator.label.of(language),
            definition=indicator.definition.of(language),
            unit=indicator.unit.of(language),
            chart=indicator.chart,
            value=indicator.value,
            total=indicator.total,
            suppressed=indicator.suppressed,
            interval=Share.of(indicator.interval),
            cells=[CellReply.of(cell, language) for cell in indicator.cells],
            made_up=indicator.made_up,
        )


class Board(BaseModel):
    """The county's indicators for a period of whole local days."""

    first: date
    last: date
    suppression: str = Field(description="Why a figure may be missing.")
    indicators: list[IndicatorReply]


@router.get("/indicators", summary="The county's indicators", responses=responses(401, 403, 422))
def indicators(
    request: Request,
    container: ContainerDep,
    days: BoardDays = 30,
    lang: Annotated[Language | None, Query(description="Language of the reply; `Accept-Language` otherwise.")] = None,
) -> Board:
    """Return the indicators of the last 7, 30 or 90 local days; the public page shows the same suppressed figures."""
    language = lang or language_of_request(request)
    period, found = board(container, days)
    return Board(
        first=period.first,
        last=period.last,
        suppression=SUPPRESSED.of(language),
        indicators=[IndicatorReply.of(indicator, language) for indicator in found],
    )
