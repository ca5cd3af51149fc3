"""The board's first five indicators of a county, each with its definition and nothing that is about a few people.

All count credible verified visits: grades A to C that weigh a half or more (`ledger.checks`). `ledger.definitions` and
`docs/indicators.md` define them, and `ledger.disclosure` says what is hidden.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean
from typing import Literal

from sqlmodel import Session

from ledger.attribution import DEFAULT_WINDOWS, Interval, Windows, wilson
from ledger.bilingual import Bilingual
from ledger.checks.verdicts import CREDIBLE
from ledger.definitions import (
    INDEX_UNIT,
    INDICATOR_DEFINITIONS,
    INDICATOR_LABELS,
    NOT_STATED,
    REFERRAL_SLICES,
    SHARE_UNIT,
    VISITOR_DAYS_UNIT,
    VISITS_UNIT,
    WEEKDAYS,
)
from ledger.disclosure import Group, hidden_cells, hidden_nested_cells, merged
from ledger.periods import Period, moment
from ledger.weighing import weighed_visits

#: Saturday and Sunday, as `date.weekday` counts.
WEEKEND = frozenset({5, 6})
#: How an indicator is drawn.
Chart = Literal["histogram", "figure", "pie", "bars", "map"]


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What the board needs to know of a listing; without a `merchant`, each listing is one of its own."""

    area: str | None
    category: str
    lat: float | None
    lon: float | None
    area_en: str | None = None
    merchant: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One bar, slice or row. `value` is None exactly when it is suppressed; a township has a place on the map."""

    key: str
    label: Bilingual
    value: int | None
    suppressed: bool
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its headline `value`, `total` that its cells add up to, and the cells.

    `value` is None when it is suppressed, or when there is nothing to compute it from.
    """

    id: str
    label: Bilingual
    definition: Bilingual
    unit: Bilingual
    chart: Chart
    value: float | None
    suppressed: bool
    total: int | None = None
    interval: Interval | None = None
    cells: tuple[Cell, ...] = ()
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class _Visit:
    visitor: str
    merchant: str
    area: str | None
    day: date
    referred: bool
    made_up: bool


def board_indicators(
    session: Session, period: Period, facts: Mapping[str, ListingFacts], *, windows: Windows = DEFAULT_WINDOWS
) -> list[Indicator]:
    """Compute the five indicators over all listings of the ledger.

    Args:
        session: One for reading.
        period: Whole local days.
        facts: Of each listing; visits to one that is missing here count under "not stated".
        windows: How long an open or an impression refers.
    """
    visits = _credible_visits(session, period, facts, windows)
    whole = _group(visits)
    by_weekday = _by_weekday(visits, period)
    made_up = any(visit.made_up for visit in visits)
    computed = [
        _visits_by_day(whole, by_weekday),
        _visitor_days(whole, visits),
        _share_referred(whole, visits),
        _weekend_share(whole, by_weekday),
        _visits_by_township(whole, visits, facts),
    ]
    return [replace(indicator, made_up=made_up) for indicator in computed]


def _credible_visits(
    session: Session, period: Period, facts: Mapping[str, ListingFacts], windows: Windows
) -> list[_Visit]:
    unknown = ListingFacts(None, "", None, None)
    found = []
    for visit in weighed_visits(session, None, period.start_ms, period.end_ms, windows):
        if visit.weight >= CREDIBLE:
            known = facts.get(visit.listing, unknown)
            day = moment(visit.at_ms, period.tz).date()
            merchant = known.merchant or visit.listing
            found.append(_Visit(visit.visitor, merchant, known.area, day, visit.referred, visit.made_up))
    return found


def _group(visits: Iterable[_Visit]) -> Group:
    group = Group()
    for visit in visits:
        group.add(visit.visitor, visit.merchant)
    return group


def _by_weekday(visits: Iterable[_Visit], period: Period) -> dict[int, dict[date, Group]]:
    """Group visits by day and these by weekday, Monday (0) first; every day of the period is there."""
    days = {day: Group() for day in period.dates}
    for visit in visits:
        days[visit.day].add(visit.visitor, visit.merchant)
    by_weekday: dict[int, dict[date, Group]] = {}
    for day in sorted(days, key=lambda day: (day.weekday(), day)):
        by_weekday.setdefault(day.weekday(), {})[day] = days[day]
    return by_weekday


def _total(whole: Group) -> int | None:
    return whole.visits if whole.is_safe else None


def _visits_by_day(whole: Group, by_weekday: Mapping[int, Mapping[date, Group]]) -> Indicator:
    hidden = hidden_nested_cells(by_weekday)
    days = {day: group for inner in by_weekday.values() for day, group in inner.items()}
    cells = tuple(
        _cell(day.isoformat(), Bilingual(day.isoformat(), day.isoformat()), days[day].visits, day in hidden)
        for day in sorted(days)
    )
    total = _total(whole)
    return _indicator("visits_by_day", "histogram", VISITS_UNIT, value=total, total=total, cells=cells)


def _visitor_days(whole: Group, visits: Iterable[_Visit]) -> Indicator:
    days = len({(visit.visitor, visit.day) for visit in visits})
    return _indicator("visitor_days", "figure", VISITOR_DAYS_UNIT, value=days if whole.is_safe else None)


def _share_referred(whole: Group, visits: Sequence[_Visit]) -> Indicator:
    led_here = {visit.visitor for visit in visits if visit.referred}
    groups = {
        "referred": _group(visit for visit in visits if visit.visitor in led_here),
        "others": _group(visit for visit in visits if visit.visitor not in led_here),
    }
    # Two slices and their total: one hidden slice hides the other.
    hidden = not all(group.is_safe_cell for group in groups.values())
    n, m = len(led_here), len(whole.visitors)
    return _indicator(
        "share_referred",
        "pie",
        SHARE_UNIT,
        value=None if hidden else n / m,
        total=m if whole.is_safe else None,
        interval=None if hidden else wilson(n, m),
        cells=tuple(_cell(key, REFERRAL_SLICES[key], len(group.visitors), hidden) for key, group in groups.items()),
    )


def _weekend_share(whole: Group, by_weekday: Mapping[int, Mapping[date, Group]]) -> Indicator:
    groups = {weekday: merged(days.values()) for weekday, days in by_weekday.items()}
    hidden = hidden_cells(groups)
    cells = tuple(
        _cell(str(weekday + 1), WEEKDAYS[weekday], group.visits, weekday in hidden) for weekday, group in groups.items()
    )
    # Both days, or the shown one would give the hidden one away.
    shown = whole.is_safe and len(groups) == len(WEEKDAYS) and not hidden & WEEKEND
    share = sum(groups[weekday].visits for weekday in WEEKEND) / whole.visits if shown else None
    indicator = _indicator("weekend_share", "bars", SHARE_UNIT, value=share, total=_total(whole), cells=cells)
    # Less than a week has no weekend to set against other days; nothing is hidden then.
    return replace(indicator, suppressed=share is None and (not whole.is_safe or bool(hidden & WEEKEND)))


def _visits_by_township(whole: Group, visits: Iterable[_Visit], facts: Mapping[str, ListingFacts]) -> Indicator:
    areas: dict[str, Group] = {known.area: Group() for known in facts.values() if known.area}
    for visit in visits:
        areas.setdefault(visit.area or "", Group()).add(visit.visitor, visit.merchant)
    hidden = hidden_cells(areas)
    cells = tuple(_township(area, group, area in hidden, facts) for area, group in sorted(areas.items()))
    shown = [group.visits for area, group in areas.items() if area not in hidden]
    value = _herfindahl(shown, whole.visits) if whole.is_safe and shown else None
    return _indicator("visits_by_township", "map", INDEX_UNIT, value=value, total=_total(whole), cells=cells)


def _herfindahl(shown: Sequence[int], total: int) -> float:
    """Return the sum of squared shares; what is hidden counts as one part, so that it cannot be solved for.

    A. O. Hirschman, "The paternity of an index", American Economic Review 54 (1964) 761-762.
    """
    return sum((part / total) ** 2 for part in (*shown, total - sum(shown)))


def _township(area: str, group: Group, hidden: bool, facts: Mapping[str, ListingFacts]) -> Cell:  # noqa: FBT001
    inside = [known for known in facts.values() if area and known.area == area]
    points = [(known.lat, known.lon) for known in inside if known.lat is not None and known.lon is not None]
    english = next((known.area_en for known in inside if known.area_en), area)
    cell = _cell(area, Bilingual(area, english) if area else NOT_STATED, group.visits, hidden)
    if not points:
        return cell
    return replace(cell, lat=fmean(lat for lat, _ in points), lon=fmean(lon for _, lon in points))


def _cell(key: str, label: Bilingual, value: int, hidden: bool) -> Cell:  # noqa: FBT001
    return Cell(key, label, None if hidden else value, hidden)


def _indicator(
    name: str,
    chart: Chart,
    unit: Bilingual,
    *,
    value: float | None,
    total: int | None = None,
    interval: Interval | None = None,
    cells: tuple[Cell, ...] = (),
) -> Indicator:
    return Indicator(
        name,
        INDICATOR_LABELS[name],
        INDICATOR_DEFINITIONS[name],
        unit,
        chart,
        value,
        value is None,
        total,
        interval,
        cells,
    )
