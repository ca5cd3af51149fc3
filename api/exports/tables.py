"""What is exported: figures by day, week or month, and visits one by one, without anything that names a visitor."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from sqlmodel import Session

from index.settings import Language
from ledger.attribution import Windows
from ledger.bilingual import Bilingual
from ledger.disclosure import FEWEST_VISITORS
from ledger.merchant_rows import COUNTED, Grain, rows, spans
from ledger.origins import origins
from ledger.periods import Period, moment
from ledger.weighing import weighed_visits

#: Local times are without a zone, as a spreadsheet has them; the heading names it.
Cell: TypeAlias = str | int | float | bool | date | datetime | None


class Topic(StrEnum):
    """What a table is about."""

    STATISTICS = "statistics"
    VISITS = "visits"
    ORIGINS = "origins"


@dataclass(frozen=True, slots=True)
class Table:
    """A name, headings, and rows that are made as they are asked for."""

    name: str
    heads: tuple[str, ...]
    rows: Iterable[tuple[Cell, ...]]


_NAMES = {
    Topic.STATISTICS: Bilingual("统计", "Statistics"),
    Topic.VISITS: Bilingual("到访", "Visits"),
    Topic.ORIGINS: Bilingual("来处", "Origins"),
}
_ORIGIN = (Bilingual("从哪里来", "From where"), Bilingual("访客", "Visitors"))
_TOLD = Bilingual("说了从哪里来的一共", "All who said where from")
_FROM = Bilingual("从", "From")
_COUNTS = {
    "impressions": Bilingual("展示", "Shown"),
    "opens": Bilingual("打开", "Opened"),
    "calls": Bilingual("打电话", "Calls"),
    "directions": Bilingual("问路", "Directions"),
    "shares": Bilingual("分享", "Shared"),
    "visits": Bilingual("核实的到访", "Verified visits"),
    "payments": Bilingual("收款笔数", "Payments"),
    "stated_visits": Bilingual("自述的到访", "Stated visits"),
}
_VISIT = (
    Bilingual("账本序号", "Place in the ledger"),
    Bilingual("当地日期（{tz}）", "Local day ({tz})"),
    Bilingual("店铺", "Place"),
    Bilingual("等级", "Grade"),
    Bilingual("权重", "Weight"),
    Bilingual("在这里找到", "Found you here"),
    Bilingual("存疑的原因", "Doubts"),
    Bilingual("虚构样本", "Made up"),
)
_YES = Bilingual("是", "yes")
_NO = Bilingual("否", "no")


def statistics_table(
    session: Session, listings: Collection[str], period: Period, grain: Grain, language: Language
) -> Table:
    """Return the counts of each step of a period."""
    everything = slice(0, len(spans(period, grain)))
    found = rows(session, listings, period, grain, everything)
    heads = (_FROM, *(_COUNTS[name] for name in COUNTED))
    return Table(
        _NAMES[Topic.STATISTICS].of(language),
        tuple(head.of(language) for head in heads),
        ((row.span.since.date(), *(row.counts[name] for name in COUNTED)) for row in found),
    )


def visits_table(
    session: Session, names: Mapping[str, str], period: Period, language: Language, windows: Windows
) -> Table:
    """Return the verified visits of a period, oldest first; `names` are the merchant's listings by id.

    Each has its day and not its time, and whether it was referred is told of days of five visitors only: who stood at
    the counter at 18:42 is known there, and what they had looked at is not to be.
    """
    visits = weighed_visits(session, names.keys(), period.start_ms, period.end_ms, windows)
    days = [moment(visit.at_ms, period.tz).date() for visit in visits]
    came: dict[date, set[str]] = defaultdict(set)
    for visit, day in zip(visits, days, strict=True):
        came[day].add(visit.visitor)

    def made() -> Iterator[tuple[Cell, ...]]:
        for visit, day in zip(visits, days, strict=True):
            referred, invented = ((_YES if true else _NO).of(language) for true in (visit.referred, visit.made_up))
            doubts = "; ".join(reason.text.of(language) for reason in visit.reasons)
            name, weight = names[visit.listing], round(visit.weight, 4)
            found_here = referred if len(came[day]) >= FEWEST_VISITORS else None
            yield visit.index, day, name, visit.grade.value, weight, found_here, doubts, invented

    heads = tuple(head.of(language).format(tz=period.tz.key) for head in _VISIT)
    return Table(_NAMES[Topic.VISITS].of(language), heads, made())


def origins_table(
    session: Session, listings: Collection[str], period: Period, language: Language, called: Callable[[str], str]
) -> Table:
    """Return where the visitors of a period say they come from, from five visitors; then how many said so at all.

    `called` gives the name of a place by its code.
    """
    found = origins(session, listings, period)
    rows: list[tuple[Cell, ...]] = [(called(place), visitors) for place, visitors in found.places]
    if found.told is not None:
        rows.append((_TOLD.of(language), found.told))
    return Table(_NAMES[Topic.ORIGINS].of(language), tuple(head.of(language) for head in _ORIGIN), rows)
