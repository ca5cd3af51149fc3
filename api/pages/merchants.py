"""The merchant's page: how often they were seen, who came, and what that says."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import accounts
from api.accounts import Role
from api.auth import ContainerDep
from api.indicators import windows_of
from api.pages.cards import place_path
from api.pages.entrance import owner_of, owner_or_staff
from api.pages.figures import Charted, Figure, Table, interval_text, number, percent
from api.pages.page import Frame, Link, frame_of, render
from api.pages.route import PageRoute
from api.pages.why_not import why_not_form
from api.pages.wording import WEEKDAYS
from api.replies import in_language
from index.database import reading
from index.listing import Listing
from ledger.credit import Signal, credit_signals
from ledger.definitions import SHARE_UNIT
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period

router = APIRouter(route_class=PageRoute)

PERIODS = (7, 30, 90)
#: The figures on top, in the order in which a tourist comes nearer.
FIGURES = ("impressions", "opens", "directions", "calls", "visits")


@router.get("/merchant")
def merchant_page(request: Request, container: ContainerDep, days: Annotated[int, Query()] = PERIODS[1]) -> Response:
    """Show a merchant the figures of their places together."""
    frame = frame_of(request, container)
    own = own_listings(frame, staff_too=True)
    days = days if days in PERIODS else PERIODS[1]
    ids = [listing.id for listing in own]
    now = container.clock()
    with reading(container.engine) as session:
        period, windows = Period.last_days(days, now, container.settings.tz), windows_of(container.settings)
        summary = merchant_summary(session, ids, period, windows=windows)
        # Credit signals are the owner's: staff see the figures only.
        is_owner = frame.holder.role is Role.MERCHANT
        signals = credit_signals(session, ids, now, windows=windows) if is_owner else []
    return render(
        frame,
        "merchant.html",
        name=_title(frame, own),
        places=[Link(place_path(listing.id), name_of(frame, listing)) for listing in own],
        periods=[
            Link(f"/merchant?days={each}", frame.t("merchant.days", n=each), here=each == days) for each in PERIODS
        ],
        made_up=summary.made_up or any(signal.made_up for signal in signals),
        empty=not any(getattr(summary, name) for name in FIGURES),
        sentence=summary.sentence(frame.language),
        takings=takings(frame, summary),
        reasons=reasons(frame, summary),
        figures=[_figure(frame, summary, name) for name in FIGURES],
        by_day=_by_day(frame, summary),
        by_hour=_by_hour(frame, summary),
        signals=[_signal(frame, signal) for signal in signals],
        why=why_not_form(frame, own, days),
    )


def own_listings(frame: Frame, *, staff_too: bool = False) -> list[Listing]:
    """Return the places of the merchant who is logged in, or, where they may see the page too, of whose staff is.

    Raises:
        LoginNeeded: Nobody is, or somebody else than a merchant.
        Forbidden: A member of staff is, and the page is the owner's.
    """
    merchant = owner_or_staff(frame) if staff_too else owner_of(frame)
    with reading(frame.container.engine) as session:
        return accounts.listings_of(session, merchant)


def takings(frame: Frame, summary: MerchantSummary) -> str | None:
    """Say what part of the takings' count the recorded visits are; None without a till's file."""
    if not summary.payments:
        return None
    share = percent(summary.visits / summary.payments)
    return frame.t("doubt.takings", visits=f"{summary.visits:,}", payments=f"{summary.payments:,}", share=share)


def reasons(frame: Frame, summary: MerchantSummary) -> list[tuple[str, int]]:
    """Return why visits of the period are doubtful, and how many are for each reason, most first."""
    ordered = sorted(summary.reasons.items(), key=lambda item: (-item[1], item[0]))
    return [(reason.text.of(frame.language), count) for reason, count in ordered]


def _title(frame: Frame, own: Sequence[Listing]) -> str:
    names = [name_of(frame, listing) for listing in own]
    return names[0] if names else frame.t("site.merchant")


def name_of(frame: Frame, listing: Listing) -> str:
    """Return the name of a place in the reader's language."""
    return str(in_language(listing, "name", frame.language))


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
        value = percent(signal.value) if is_share else number(signal.value)
        notes = [] if is_share else [signal.unit.of(language)]
        if signal.interval is not None:
            notes.append(interval_text(frame, signal.interval))
        notes.append(frame.t("merchant.evidence", n=signal.evidence.events))
        note = " · ".join(notes)
    return Figure(signal.label.of(language), value, note, signal.definition.of(language))
