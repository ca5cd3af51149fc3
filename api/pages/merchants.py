"""The merchant's page: what was seen, who came, what that says; and the counter's code."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import accounts
from api.accounts import Role
from api.auth import ContainerDep
from api.counters import counter_code
from api.pages.cards import place_path
from api.pages.page import Frame, Link, LoginNeeded, PageRoute, environment, frame_of, render
from api.pages.wording import WEEKDAYS
from api.replies import in_language
from index.database import reading
from index.listing import Listing
from ledger.attribution import Interval
from ledger.credit import Signal, credit_signals
from ledger.definitions import SHARE_UNIT
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period

router = APIRouter(route_class=PageRoute)

PERIODS = (7, 30, 90)
#: The figures on top, in the order in which a tourist comes nearer.
FIGURES = ("impressions", "opens", "directions", "calls", "visits")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts, and a note below it."""

    label: str
    value: str
    note: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a chart, for who does not see it."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart and the same as a table."""

    chart: dict[str, Any]
    table: Table


@dataclass(frozen=True, slots=True)
class Counter:
    """What the counter shows now, and where its page asks for the next."""

    listing: str
    name: str
    qr: Markup
    digits: str
    url: str


@router.get("/merchant")
def merchant_page(request: Request, container: ContainerDep, days: Annotated[int, Query()] = PERIODS[1]) -> Response:
    """Show a merchant the figures of their places together."""
    frame = frame_of(request, container)
    own = _own_listings(frame)
    days = days if days in PERIODS else PERIODS[1]
    ids = [listing.id for listing in own]
    now = container.clock()
    with reading(container.engine) as session:
        summary = merchant_summary(session, ids, Period.last_days(days, now, container.settings.tz))
        signals = credit_signals(session, ids, now)
    return render(
        frame,
        "merchant.html",
        name=_name_of(frame, own),
        places=[Link(place_path(listing.id), _name(frame, listing)) for listing in own],
        periods=[
            Link(f"/merchant?days={each}", frame.t("merchant.days", n=each), here=each == days) for each in PERIODS
        ],
        made_up=summary.made_up or any(signal.made_up for signal in signals),
        empty=not any(getattr(summary, name) for name in FIGURES),
        sentence=summary.sentence(frame.language),
        figures=[_figure(frame, summary, name) for name in FIGURES],
        by_day=_by_day(frame, summary),
        by_hour=_by_hour(frame, summary),
        signals=[_signal(frame, signal) for signal in signals],
    )


@router.get("/merchant/counter")
def counter_page(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Show the code of one of the merchant's places, for the phone at the counter."""
    frame = frame_of(request, container)
    own = [each for each in _own_listings(frame) if not each.closed]
    if not own:
        return RedirectResponse("/merchant", 303)
    shown = _counter(frame, listing)
    others = [
        Link(_counter_path(each, "/merchant/counter"), _name(frame, each), here=each.id == shown.listing)
        for each in own
    ]
    response = render(frame, "counter.html", code=shown, others=others if len(own) > 1 else [])
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/merchant/counter/code")
def fresh_code(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Give the part of the counter's page that changes; 304 while it is the same, 401 when the session is over."""
    frame = frame_of(request, container)
    if frame.holder.role is not Role.MERCHANT:
        return Response(status_code=401)
    counter = _counter(frame, listing)
    etag = '"' + hashlib.sha256(f"{frame.language} {counter.qr}".encode()).hexdigest()[:32] + '"'
    headers = {"ETag": etag, "Cache-Control": "no-store"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    html = environment().get_template("counter_code.html").render(t=frame.t, code=counter)
    return HTMLResponse(html, headers=headers)


def _own_listings(frame: Frame) -> list[Listing]:
    """Return the places of the merchant who is logged in.

    Raises:
        LoginNeeded: Nobody is, or somebody else than a merchant.
    """
    if frame.holder.role is not Role.MERCHANT or frame.holder.merchant is None:
        raise LoginNeeded("/login")
    with reading(frame.container.engine) as session:
        return accounts.listings_of(session, frame.holder.merchant)


def _name_of(frame: Frame, own: Sequence[Listing]) -> str:
    names = [_name(frame, listing) for listing in own]
    return names[0] if names else frame.t("site.merchant")


def _name(frame: Frame, listing: Listing) -> str:
    return str(in_language(listing, "name", frame.language))


def _counter_path(listing: Listing, page: str) -> str:
    return f"{page}?{urlencode({'listing': listing.id})}"


def _counter(frame: Frame, listing: str) -> Counter:
    code = counter_code(frame.container, frame.holder.merchant or "", listing or None)
    # Medium error correction: a scratched screen protector still reads, and the squares stay large.
    picture = segno.make_qr(frame.root + code.path, error="m").svg_inline(
        scale=8, border=2, dark="#000", light="#fff", title=frame.t("counter.qr"), omitsize=True
    )
    return Counter(
        listing=code.listing.id,
        name=_name(frame, code.listing),
        qr=Markup(picture),  # noqa: S704 - segno's own picture of a URL that we made
        digits=_spaced(code.digits),
        url=_counter_path(code.listing, "/merchant/counter/code"),
    )


def _spaced(digits: str) -> str:
    return f"{digits[:3]} {digits[3:]}"


def _figure(frame: Frame, summary: MerchantSummary, name: str) -> Figure:
    before = getattr(summary.previous, name)
    return Figure(
        frame.t(f"merchant.{name}"),
        f"{getattr(summary, name):,}",
        frame.t("merchant.before", days=summary.period.days, n=f"{before:,}"),
    )


def _by_day(frame: Frame, summary: MerchantSummary) -> Charted:
    t = frame.t
    days = [f"{each.day:%m-%d}" for each in summary.by_day]
    series = ("opens", "visits")
    chart = {
        "kind": "bars",
        "label": t("merchant.by_day"),
        "labels": days,
        "series": [
            {"name": t(f"merchant.{name}"), "values": [getattr(each, name) for each in summary.by_day]}
            for name in series
        ],
    }
    rows = [
        [each.day.isoformat(), *(str(getattr(each, name)) for name in FIGURES)] for each in reversed(summary.by_day)
    ]
    return Charted(chart, Table([t("merchant.day"), *(t(f"merchant.{name}") for name in FIGURES)], rows))


def _by_hour(frame: Frame, summary: MerchantSummary) -> Charted:
    t = frame.t
    weekdays = [t(f"weekday.{name}") for name in WEEKDAYS]
    cells = [
        [hour, weekday, count] for weekday, hours in enumerate(summary.by_hour) for hour, count in enumerate(hours)
    ]
    chart = {
        "kind": "heat",
        "label": t("merchant.by_hour_lead"),
        "columns": [str(hour) for hour in range(24)],
        "rows": weekdays,
        "cells": cells,
    }
    rows = [[f"{hour:02d}:00", *(str(day[hour]) for day in summary.by_hour)] for hour in range(24)]
    return Charted(chart, Table([t("merchant.hour"), *weekdays], rows))


def _signal(frame: Frame, signal: Signal) -> Figure:
    language = frame.language
    if signal.value is None:
        value, note = "–", frame.t("merchant.no_value")
    else:
        is_share = signal.unit == SHARE_UNIT
        value = percent(signal.value) if is_share else f"{signal.value:,.4g}"
        notes = [] if is_share else [signal.unit.of(language)]
        if signal.interval is not None:
            notes.append(interval_text(frame, signal.interval))
        notes.append(frame.t("merchant.evidence", n=signal.evidence.events))
        note = " · ".join(notes)
    return Figure(signal.label.of(language), value, note, signal.definition.of(language))


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{round(100 * share)}%"


def interval_text(frame: Frame, interval: Interval) -> str:
    """Return an interval of a share in words."""
    return frame.t("board.interval", low=percent(interval.low), high=percent(interval.high))
