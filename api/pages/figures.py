"""Numbers as pages show them: a figure with its note, a chart beside the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.page import Frame, Link
from ledger.attribution import Interval, percentages


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts, and a note below it; `proof` is where its evidence stands."""

    label: str
    value: str
    note: str
    definition: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a chart, for who does not see it; a cell may lead to the entries that it was counted from."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str | Link]]


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart and the same as a table."""

    chart: dict[str, Any]
    table: Table


def number(value: float) -> str:
    """Return a count as it is, and a ratio to two decimals."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def percent(share: float) -> str:
    """Return a share as a percentage, a whole one unless that would make 0 or 100 of what is neither."""
    return f"{percentages(share)[0]}%"


def interval_text(frame: Frame, interval: Interval) -> str:
    """Return an interval of a share in words."""
    low, high = percentages(interval.low, interval.high)
    return frame.t("board.interval", low=f"{low}%", high=f"{high}%")
