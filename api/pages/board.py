"""The county's figures, for anybody: what is shown here is suppressed already where it would be about a few people."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import ContainerDep
from api.indicators import BoardDays, board
from api.pages.cards import map_data
from api.pages.figures import Table, interval_text, percent
from api.pages.page import Frame, frame_of, render
from api.pages.route import PageRoute
from ledger.board import Cell, Indicator
from ledger.definitions import SHARE_UNIT

router = APIRouter(route_class=PageRoute)

#: The figures cover so many days.
DAYS: BoardDays = 90
#: Diameter of a township's circle on the map, pixels: its area grows with the visits.
SMALLEST_PX, LARGEST_PX = 32, 84
_OF_CHART = {"histogram": "bars", "bars": "bars", "pie": "pie"}


@router.get("/board")
def board_page(request: Request, container: ContainerDep) -> Response:
    """Show the indicators, each with its definition."""
    frame = frame_of(request, container)
    period, indicators = board(container, DAYS)
    shown = [_shown(frame, one) for one in indicators]
    return render(
        frame,
        "board.html",
        # A lone number takes a row of its own, so that no card beside it stays half empty.
        indicators=sorted(shown, key=lambda one: one["table"] is not None),
        made_up=any(one.made_up for one in indicators),
        period=frame.t("board.period", start=period.first.isoformat(), end=period.last.isoformat()),
    )


def _shown(frame: Frame, one: Indicator) -> dict[str, Any]:
    points = _points(frame, one)
    return {
        "id": one.id,
        "label": one.label.of(frame.language),
        "definition": one.definition.of(frame.language),
        "value": _value(one),
        "unit": "" if one.unit == SHARE_UNIT else one.unit.of(frame.language),
        "interval": interval_text(frame, one.interval) if one.interval is not None else None,
        "absent": frame.t("board.suppressed") if one.suppressed else frame.t("merchant.no_value"),
        "map": map_data(frame, points) if points else None,
        "chart": _chart(frame, one),
        "all_hidden": bool(one.cells) and all(cell.suppressed for cell in one.cells),
        "table": _table(frame, one) if one.cells else None,
    }


def _value(one: Indicator) -> str | None:
    if one.value is None:
        return None
    if one.unit == SHARE_UNIT:
        return percent(one.value)
    return f"{one.value:,.0f}" if float(one.value).is_integer() else f"{one.value:,.3g}"


def _chart(frame: Frame, one: Indicator) -> dict[str, Any] | None:
    kind = _OF_CHART.get(one.chart)
    label = one.label.of(frame.language)
    if kind is None or all(cell.suppressed for cell in one.cells):
        return None
    if kind == "pie":
        slices = [{"name": cell.label.of(frame.language), "value": cell.value} for cell in one.cells]
        return {"kind": kind, "label": label, "slices": slices}
    return {
        "kind": kind,
        "label": label,
        "labels": [cell.label.of(frame.language) for cell in one.cells],
        "series": [{"name": label, "values": [cell.value for cell in one.cells]}],
    }


def _table(frame: Frame, one: Indicator) -> Table:
    hidden = frame.t("board.suppressed")
    rows = [
        [cell.label.of(frame.language), hidden if cell.value is None else f"{cell.value:,}"]
        for cell in sorted(one.cells, key=_most_first if one.chart == "map" else _as_given)
    ]
    return Table([frame.t("board.cell"), frame.t("board.value")], rows)


def _most_first(cell: Cell) -> tuple[int, str]:
    return -(cell.value or 0), cell.key


def _as_given(_cell: Cell) -> int:
    return 0


def _points(frame: Frame, one: Indicator) -> list[dict[str, Any]]:
    placed = [cell for cell in one.cells if cell.lat is not None and cell.lon is not None]
    if one.chart != "map" or not placed:
        return []
    most = max((cell.value or 0 for cell in placed), default=0)
    # The large first: what is drawn later lies on top.
    return [_circle(frame, one, cell, most) for cell in sorted(placed, key=_most_first)]


def _circle(frame: Frame, one: Indicator, cell: Cell, most: int) -> dict[str, Any]:
    told = frame.t("board.suppressed") if cell.value is None else f"{cell.value:,}"
    share = (cell.value or 0) / most if most else 0.0
    return {
        "lat": cell.lat,
        "lon": cell.lon,
        "accuracy_m": 0,
        "approximate": cell.value is None,
        "mark": "–" if cell.value is None else f"{cell.value:,}",
        "label": f"{cell.label.of(frame.language)}: {told}",
        "href": f"#{one.id}",
        "size": round(SMALLEST_PX + (LARGEST_PX - SMALLEST_PX) * share**0.5),
        "kind": "other" if cell.value is None else "",
        "card": None,
    }
