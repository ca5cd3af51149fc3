"""The merchant's page. On top it answers three questions: how was it, where did they come from, what should I do?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response

from api import accounts
from api.accounts import Role
from api.alerting import alerts_of
from api.asked_periods import DAYS, PeriodName
from api.auth import ContainerDep
from api.indicators import windows_of
from api.pages.advice import advice
from api.pages.cards import place_path
from api.pages.entrance import owner_of, owner_or_staff
from api.pages.figures import percent
from api.pages.merchant_parts import (
    FIGURES,
    by_day,
    by_hour,
    compared,
    figure,
    funnel,
    largest_origin,
    origins_table,
    peers_line,
    peers_table,
    proof,
    read_since,
    tabs,
    wishes_table,
)
from api.pages.page import Frame, Link, frame_of, render
from api.pages.route import PageRoute
from api.pages.why_not import why_not_form
from api.peers import like_merchants
from api.replies import in_language
from api.wishes import Wishes, found_by, wanted
from index.database import reading
from index.errors import NotFound, SnapshotError
from index.listing import Listing
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.origins import origins
from ledger.peers import quartiles
from ledger.periods import Period
from ledger.returning import Returning, returning
from ledger.tallies.reading import totals

router = APIRouter(route_class=PageRoute)

#: The lengths of time of the page about visits, days.
PERIODS = (7, 30, 90)
NAMES: tuple[PeriodName, ...] = get_args(PeriodName)
#: The kind of event that each figure counts.
KINDS = {"impressions": "impression", "opens": "open", "directions": "directions", "calls": "call", "visits": "visit"}
#: So many of what was searched for stand on top.
_TOP_WISHES = 3
#: From this share of the visits on, the doubtful ones are spoken of on top.
_MANY_DOUBTFUL = 0.2


@dataclass(frozen=True, slots=True)
class Searches:
    """What was searched by those who came, and what was wanted and is lacking; None without an index to name it."""

    found: Wishes | None
    wanted: Wishes | None


@router.get("/merchant")
def merchant_page(request: Request, container: ContainerDep, period: str = "") -> Response:
    """Show a merchant the figures of their places together."""
    frame = frame_of(request, container)
    own = own_listings(frame, staff_too=True)
    ids, name = [listing.id for listing in own], period_named(period)
    now, windows = container.clock(), windows_of(container.settings)
    days = Period.last_days(DAYS[name], now, container.settings.tz)
    is_owner = frame.holder.role is Role.MERCHANT
    with reading(container.engine) as session:
        summary = merchant_summary(session, ids, days, windows=windows, weigh=container.weigh)
        empty = not any(getattr(summary, each) for each in FIGURES)
        fresh = empty and not totals(session, ids, Period.last_days(DAYS["year"], now, container.settings.tz))
        searches = _searches(frame, session, own, days)
        beside = quartiles(session, like_merchants(session, own), days)
        lacking = searches.wanted.wishes if searches.wanted is not None else ()
        # Only the owner can follow it.
        todo = advice(frame, session, own, summary, lacking) if is_owner else []
        alarms = len(alerts_of(container, session, frame.holder.merchant or ""))
        came_back, came_from = returning(session, ids, days), origins(session, ids, days)
    return render(
        frame,
        "merchant.html",
        name=_title(frame, own),
        places=[Link(place_path(listing.id), name_of(frame, listing)) for listing in own],
        closed=_closed(frame, own),
        all_closed=bool(own) and all(listing.closed for listing in own),
        periods=tabs(frame, name, NAMES),
        period=name,
        made_up=summary.made_up,
        fresh=fresh,
        alerts=alarms,
        empty=empty,
        visits=frame.t("how.visits", n=summary.visits),
        compared=compared(frame, summary, name),
        peers=peers_line(frame, summary, beside, len(own)),
        figures=[figure(frame, summary, each, name) for each in FIGURES],
        sentence=summary.sentence(frame.language),
        whence=largest_origin(frame, summary, came_from),
        takings=takings(frame, summary),
        reasons=reasons(frame, summary),
        doubtful=_doubtful(frame, summary),
        doubtful_of_all=frame.t("how.doubtful", n=summary.doubtful_visits),
        top_wishes=[
            frame.t("whence.wish", label=wish.label, n=wish.visitors)
            for wish in (searches.found.wishes[:_TOP_WISHES] if searches.found is not None else ())
        ],
        is_owner=is_owner,
        todo=todo,
        funnel=funnel(frame, summary),
        searches_ready=searches.found is not None,
        searches_since=read_since(frame, searches.found, searches.wanted),
        found=wishes_table(frame, searches.found),
        lacking=wishes_table(frame, searches.wanted),
        by_hour=by_hour(frame, summary),
        by_day=by_day(frame, summary),
        came_back=came_back_text(frame, came_back),
        came_from=origins_table(frame, came_from),
        beside=peers_table(frame, summary, beside, len(own)),
        why=why_not_form(frame, own, name),
        proof_of=lambda figure: proof(figure, name),
    )


def period_named(name: str) -> PeriodName:
    """Return the period of that name; a week for any other."""
    return next((each for each in NAMES if each == name), "week")


def own_listings(frame: Frame, *, staff_too: bool = False) -> list[Listing]:
    """Return the places of the merchant who is logged in, or, where they may see the page too, of whose staff is.

    Raises:
        LoginNeeded: Nobody is, or somebody else than a merchant.
        Forbidden: A member of staff is, and the page is the owner's.
    """
    merchant = owner_or_staff(frame) if staff_too else owner_of(frame)
    with reading(frame.container.engine) as session:
        return accounts.listings_of(session, merchant)


def chosen_of(own: Sequence[Listing], listing: str) -> Listing:
    """Return the one of the merchant's own places that has this id, the first where the id is empty.

    Raises:
        NotFound: None of them has it.
    """
    chosen = next((each for each in own if listing in {"", each.id}), None)
    if chosen is None:
        raise NotFound("listing of yours", listing)
    return chosen


def takings(frame: Frame, summary: MerchantSummary) -> str | None:
    """Say what part of the takings' count the recorded visits are; None without a till's file."""
    if not summary.payments:
        return None
    share = percent(summary.visits / summary.payments)
    return frame.t("doubt.takings", visits=f"{summary.visits:,}", payments=f"{summary.payments:,}", share=share)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Why visits are doubtful, how many are for this reason, and where these stand."""

    label: str
    count: str
    href: str


def reasons(frame: Frame, summary: MerchantSummary) -> list[ReasonCount]:
    """Return why visits of the period are doubtful, and how many are for each reason, most first."""
    ordered = sorted(summary.reasons.items(), key=lambda item: (-item[1], item[0]))
    days = {"first": str(summary.period.first), "last": str(summary.period.last)}
    return [
        ReasonCount(
            reason.text.of(frame.language),
            f"{count:,}",
            f"/merchant/proof?{urlencode({'figure': 'doubtful', 'id': str(reason), **days})}",
        )
        for reason, count in ordered
    ]


def came_back_text(frame: Frame, found: Returning) -> str:
    """Say how many of those who can be known again came back."""
    if not found.remembered:
        return frame.t("doubt.nobody_remembered")
    return frame.t("doubt.returning", m=found.remembered, returned=found.returned)


def name_of(frame: Frame, listing: Listing) -> str:
    """Return the name of a place in the reader's language."""
    return str(in_language(listing, "name", frame.language))


def _title(frame: Frame, own: Sequence[Listing]) -> str:
    names = [name_of(frame, listing) for listing in own]
    return names[0] if names else frame.t("site.merchant")


def _closed(frame: Frame, own: Sequence[Listing]) -> str | None:
    names = [name_of(frame, listing) for listing in own if listing.closed]
    if not names:
        return None
    if len(names) == len(own):
        return frame.t("closed.all")
    return frame.t("closed.some", places=", ".join(names))


def _doubtful(frame: Frame, summary: MerchantSummary) -> str | None:
    """Say calmly that many visits are doubtful; None when they are few."""
    if not summary.visits or summary.doubtful_visits < _MANY_DOUBTFUL * summary.visits:
        return None
    return frame.t("whence.doubtful", n=summary.doubtful_visits, reason=reasons(frame, summary)[0].label)


def _searches(frame: Frame, session: Session, own: Sequence[Listing], days: Period) -> Searches:
    container = frame.container
    try:
        return Searches(
            found_by(container, session, own, days, frame.language),
            wanted(container, session, own, days, frame.language),
        )
    except SnapshotError:
        # The figures need no index.
        return Searches(None, None)
