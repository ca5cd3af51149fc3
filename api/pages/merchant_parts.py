"""The parts of the merchant's page, as figures, charts and tables."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from api.asked_periods import PeriodName
from api.guest_origins import called
from api.pages.figures import Charted, Figure, Table, interval_text, number, percent
from api.pages.page import Frame, Link
from api.pages.wording import WEEKDAYS
from api.wishes import Wishes
from ledger.credit import Signal
from ledger.definitions import SHARE_UNIT
from ledger.merchant_statistics import DayTotals, MerchantSummary
from ledger.origins import Origins
from ledger.peers import COMPARED, Quartiles
from ledger.periods import Period, moment

#: The figures on top, in the order in which a tourist comes nearer.
FIGURES = ("impressions", "opens", "directions", "calls", "visits")
#: In a table too wide for a telephone what counts most stands where it is seen without scrolling.
_NEAREST_FIRST = tuple(reversed(FIGURES))
#: The steps from being shown to being paid.
STEPS = ("impressions", "opens", "directions", "visits", "paid_visits")
#: Fewer visits than this in both periods differ by chance.
FEW_VISITS = 10
#: From more days than this on, days are drawn as months.
_MOST_DAYS = 92


def compared(frame: Frame, summary: MerchantSummary, name: PeriodName) -> str:
    """Say how a period's visits stand beside those of the one before."""
    t, now, then = frame.t, summary.visits, summary.previous.visits
    before = t(f"when.before_{name}")
    if now == then:
        said = t("how.same", before=before)
    else:
        key = "how.more" if now > then else "how.fewer"
        said = t(key, before=before, m=f"{then:,}", by=f"{abs(now - then):,}")
    return said if max(now, then) >= FEW_VISITS or now == then else f"{said} {t('how.few')}"


def figure(frame: Frame, summary: MerchantSummary, name: str, period: PeriodName) -> Figure:
    """Return one of the figures on top, with that of the period before and its definition."""
    before = frame.t("how.before", before=frame.t(f"when.before_{period}"), n=f"{getattr(summary.previous, name):,}")
    return Figure(
        frame.t(f"merchant.{name}"),
        f"{getattr(summary, name):,}",
        before,
        frame.t(f"define.{name}"),
        proof(name, period),
    )


def proof(name: str, period: PeriodName) -> str:
    """Return where the entries stand that a figure was counted from."""
    return f"/merchant/proof?figure={name}&period={period}"


def proved(figure: str, period: Period, count: int) -> str | Link:
    """Return a count that leads to its entries over exactly these days; of none there is nothing to lead to."""
    if not count:
        return "0"
    asked = {"figure": figure, "first": str(period.first), "last": str(period.last)}
    return Link(f"/merchant/proof?{urlencode(asked)}", f"{count:,}")


def funnel(frame: Frame, summary: MerchantSummary) -> Table:
    """Return the steps with their counts, the share of the step before where it is one, and the period before."""
    t, rows, last = frame.t, list[list[str | Link]](), None
    for name in STEPS:
        count, label = getattr(summary, name), t("more.paid" if name == "paid_visits" else f"merchant.{name}")
        rate = percent(count / last) if last and count <= last else "–"
        previous = getattr(summary.previous, name)
        rows.append([label, proved(name, summary.period, count), rate, proved(name, summary.period.previous, previous)])
        last = count
    return Table([t("more.step"), t("more.count"), t("more.rate"), t("more.previous")], rows)


def peers_line(frame: Frame, summary: MerchantSummary, found: Mapping[str, Quartiles] | None, places: int) -> str:
    """Say how many visits like merchants had; that there are too few of them, when there are."""
    if found is None:
        return frame.t("how.no_peers")
    visits = found["visits"]
    said = frame.t("how.peers", median=number(visits.median), low=number(visits.low), high=number(visits.high))
    if places == 1:
        return said
    return f"{said} {frame.t('how.per_place', own=number(summary.visits / places))}"


def peers_table(
    frame: Frame, summary: MerchantSummary, found: Mapping[str, Quartiles] | None, places: int
) -> Table | None:
    """Return each figure a place beside the quartiles of like merchants."""
    if found is None:
        return None
    t = frame.t
    rows = [
        [
            t(f"merchant.{name}"),
            number(getattr(summary, name) / max(1, places)),
            *(number(value) for value in (found[name].low, found[name].median, found[name].high)),
        ]
        for name in COMPARED.values()
    ]
    return Table([t("more.figure"), t("more.own"), t("more.low"), t("more.median"), t("more.high")], rows)


def by_day(frame: Frame, summary: MerchantSummary) -> Charted | None:
    """Return opens and visits by day, of a long period by month; None for a single day."""
    if summary.period.days == 1:
        return None
    t, tz, monthly = frame.t, summary.period.tz, summary.period.days > _MOST_DAYS
    steps = _months(summary.by_day) if monthly else [(f"{each.day:%m-%d}", [each]) for each in summary.by_day]
    title = t("more.month") if monthly else t("more.day")

    def count(days: Sequence[DayTotals], name: str) -> int:
        return sum(getattr(day, name) for day in days)

    chart = {
        "kind": "bars",
        "label": title,
        "labels": [label for label, _ in steps],
        "series": [
            {"name": t(f"merchant.{name}"), "values": [count(days, name) for _, days in steps]}
            for name in ("opens", "visits")
        ],
    }
    rows = [
        # As the chart says it: a whole date is broken in two lines on a telephone.
        [label, *(proved(name, Period(days[0].day, len(days), tz), count(days, name)) for name in _NEAREST_FIRST)]
        for label, days in reversed(steps)
    ]
    head = t("more.one_month") if monthly else t("merchant.day")
    return Charted(chart, Table([head, *(t(f"merchant.{name}") for name in _NEAREST_FIRST)], rows))


def _months(days: Sequence[DayTotals]) -> list[tuple[str, list[DayTotals]]]:
    found: dict[str, list[DayTotals]] = {}
    for each in days:
        found.setdefault(f"{each.day:%Y-%m}", []).append(each)
    return list(found.items())


def by_hour(frame: Frame, summary: MerchantSummary) -> Charted | None:
    """Return visits by weekday and hour, from five visitors an hour; None when no hour has as many."""
    t = frame.t
    hours = [hour for hour in range(24) if any(day[hour] is not None for day in summary.shown_hours)]
    if not hours:
        return None
    weekdays = [t(f"weekday.{name}") for name in WEEKDAYS]
    chart: dict[str, Any] = {
        "kind": "heat",
        "label": t("more.when_lead"),
        "columns": [str(hour) for hour in range(24)],
        "rows": weekdays,
        "cells": [
            [hour, weekday, count]
            for weekday, counts in enumerate(summary.shown_hours)
            for hour, count in enumerate(counts)
            if count is not None
        ],
    }
    rows = [
        [f"{hour:02d}:00", *("–" if day[hour] is None else f"{day[hour]:,}" for day in summary.shown_hours)]
        for hour in range(hours[0], hours[-1] + 1)
    ]
    return Charted(chart, Table([t("merchant.hour"), *weekdays], rows))


def wishes_table(frame: Frame, found: Wishes | None) -> Table | None:
    """Return what was asked for; None when nothing is."""
    if found is None or not found.wishes:
        return None
    rows = [[wish.label, f"{wish.visitors:,}"] for wish in found.wishes[:_MOST_WISHES]]
    return Table([frame.t("more.wish"), frame.t("more.visitors")], rows)


_MOST_WISHES = 20


def read_since(frame: Frame, *found: Wishes | None) -> str | None:
    """Say from when on searches were read; None when all were."""
    since = [wishes.since_ms for wishes in found if wishes is not None and wishes.since_ms is not None]
    if not since:
        return None
    return frame.t("more.searches_since", since=f"{moment(max(since), frame.container.settings.tz):%Y-%m-%d %H:%M}")


def origins_table(frame: Frame, found: Origins) -> Table | None:
    """Return where visitors say they come from; None when no place has five."""
    if not found.places:
        return None
    rows = [[called(frame.container, place, frame.language), f"{visitors:,}"] for place, visitors in found.places]
    return Table([frame.t("more.from"), frame.t("more.visitors")], rows)


def largest_origin(frame: Frame, summary: MerchantSummary, found: Origins) -> str | None:
    """Say from where most guests came; that no place has five of them, when none has; nothing where nobody came."""
    if not summary.visits:
        return None
    if not found.places:
        return frame.t("whence.too_few")
    place, visitors = found.places[0]
    return frame.t("whence.largest", told=found.told, place=called(frame.container, place, frame.language), n=visitors)


def signal_figure(frame: Frame, signal: Signal) -> Figure:
    """Return a credit signal."""
    language = frame.language
    if signal.value is None:
        value, note = "–", frame.t("merchant.no_value")
    else:
        is_share = signal.unit == SHARE_UNIT
        value = percent(signal.value) if is_share else number(signal.value)
        notes = [] if is_share else [signal.unit.of(language)]
        if signal.interval is not None:
            notes.append(interval_text(frame, signal.interval))
        notes.append(frame.t("merchant.evidence", n=signal.evidence.events))
        note = " · ".join(notes)
    path = f"/merchant/proof?figure=signal&id={signal.id}"
    return Figure(signal.label.of(language), value, note, signal.definition.of(language), path)


def tabs(frame: Frame, here: PeriodName, names: Sequence[PeriodName]) -> list[Link]:
    """Return a link for each period."""
    return [Link(f"/merchant?period={name}", frame.t(f"when.{name}"), here=name == here) for name in names]
