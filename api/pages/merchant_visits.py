"""The merchant's page about visits: which are doubtful and why, disputes, who found the place, and what that caused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts import Role
from api.auth import ContainerDep, LimitWrites
from api.indicators import listing_facts, windows_of
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of
from api.pages.figures import Table
from api.pages.merchant_proof_parts import proof_path
from api.pages.merchants import PERIODS, name_of, own_listings, reasons, takings
from api.pages.once import event_id_of
from api.pages.page import Frame, Link, frame_of, render
from api.pages.route import PageRoute
from index.database import reading, writing
from index.errors import Conflict, NotFound
from index.listing import Listing
from ledger.disputes import Disputed, dispute, disputes_of
from ledger.experiments import Experiment, run_experiment
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period, moment
from ledger.returning import Returning, returning
from ledger.touches import ReferralCredit, TouchKind, referral_credit
from ledger.weighing import WeighedVisit

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
#: Doubtful visits on one page.
PAGE = 30
LONGEST_NOTE = 1_000
_LONGEST_PAGE = 5
#: Effects are told for so many eligible visitors.
_A_HUNDRED = 100
_SAID = {"disputed": "doubt.done", "waiting": "doubt.waiting_already", "unknown": "doubt.unknown"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One visit that a check or a person had something to say about. `can_dispute`: the owner may ask for a person."""

    index: int
    at: str
    place: str
    weight: str
    reasons: Sequence[str]
    state: str | None
    answer: str
    can_dispute: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Where in a list a page is: links to the one before and the one after."""

    newer: Link | None
    older: Link | None


@router.get("/merchant/visits")
def visits_page(
    request: Request,
    container: ContainerDep,
    days: Annotated[int, Query()] = PERIODS[1],
    page: Annotated[int, Query()] = 1,
) -> Response:
    """Show what stands behind the sentence: doubtful visits, credit by three rules, and the effect."""
    frame = frame_of(request, container)
    own = own_listings(frame, staff_too=True)
    days = days if days in PERIODS else PERIODS[1]
    ids = [listing.id for listing in own]
    period, windows = Period.last_days(days, container.clock(), container.settings.tz), windows_of(container.settings)
    with reading(container.engine) as session:
        summary = merchant_summary(session, ids, period, windows=windows, weigh=container.weigh)
        visits = container.weigh(session, ids, period.start_ms, period.end_ms, windows)
        credit = referral_credit(session, visits, windows)
        disputed = disputes_of(session, ids)
        came_back = returning(session, ids, period)
        alike = {name: facts.category for name, facts in listing_facts(session).items()}
        days_drawn = container.settings.hold_out_window_days
        found = run_experiment(session, period, alike, window_days=days_drawn, weigh=container.weigh)
    listed = [visit for visit in reversed(visits) if visit.reasons or visit.verdict.decided]
    page = min(max(1, page), max(1, -(-len(listed) // PAGE)))
    said = _SAID.get(request.query_params.get("done", ""))
    return render(
        frame,
        "merchant_visits.html",
        said=frame.t(said) if said else None,
        days=days,
        periods=[
            Link(f"/merchant/visits?days={each}", frame.t("merchant.days", n=each), here=each == days)
            for each in PERIODS
        ],
        sentence=summary.sentence(frame.language),
        page=page,
        proof_of=partial(proof_path, period=period),
        takings=takings(frame, summary),
        came_back=_came_back(frame, came_back),
        reasons=reasons(frame, summary),
        doubts=[_doubt(frame, visit, own, disputed) for visit in listed[PAGE * (page - 1) : PAGE * page]],
        pages=_pages(frame, days, page, len(listed)),
        credit=_credit(frame, credit),
        caused=_caused(frame, own, found, period),
        displacement=_displacement(frame, found),
    )


@router.post("/merchant/visits/dispute", dependencies=[LimitWrites, FromOurPage])
def dispute_visit(
    request: Request,
    container: ContainerDep,
    visit: Typed = "",
    note: Typed = "",
    days: Typed = "",
    page: Typed = "",
    event: Typed = "",
) -> Response:
    """Ask a person to look at a visit that was weighed down."""
    merchant = owner_of(frame_of(request, container))
    index = int(visit) if visit.isascii() and visit.isdecimal() and len(visit) <= len(str(2**53)) - 1 else -1
    done = "disputed"
    try:
        with writing(container.engine) as session:
            own = [listing.id for listing in accounts.listings_of(session, merchant)]
            said, named = note.strip()[:LONGEST_NOTE], event_id_of(event)
            dispute(session, own, index, note=said, now=container.clock(), event_id=named)
    except NotFound:
        done = "unknown"
    except Conflict:
        done = "waiting"
    kept = {"days": days} if days in {str(each) for each in PERIODS} else {}
    if page.isascii() and page.isdecimal() and len(page) <= _LONGEST_PAGE and int(page) > 1:
        kept["page"] = page
    return RedirectResponse(f"/merchant/visits?{urlencode({**kept, 'done': done})}", 303)


def _doubt(frame: Frame, visit: WeighedVisit, own: Sequence[Listing], disputed: Mapping[int, Disputed]) -> Doubt:
    said = disputed.get(visit.index)
    state = None
    if said is not None:
        state = frame.t("doubt.waiting" if said.is_open else "doubt.counts" if said.counts else "doubt.stays")
    waiting = said is not None and said.is_open
    places = {listing.id: listing for listing in own}
    return Doubt(
        index=visit.index,
        at=f"{moment(visit.at_ms, frame.container.settings.tz):%Y-%m-%d %H:%M}",
        place=name_of(frame, places[visit.listing]) if len(own) > 1 else "",
        weight=f"{visit.weight:.2g}",
        reasons=[reason.text.of(frame.language) for reason in visit.reasons],
        state=state,
        answer=said.answer if said is not None else "",
        can_dispute=frame.holder.role is Role.MERCHANT and visit.verdict.is_doubtful and not waiting,
    )


def _pages(frame: Frame, days: int, page: int, listed: int) -> Pages:
    def link(number: int, key: str) -> Link:
        return Link(f"/merchant/visits?{urlencode({'days': days, 'page': number})}#doubtful", frame.t(key))

    return Pages(
        link(page - 1, "doubt.newer") if page > 1 else None,
        link(page + 1, "doubt.older") if page * PAGE < listed else None,
    )


def _came_back(frame: Frame, found: Returning) -> str:
    if not found.remembered:
        return frame.t("doubt.nobody_remembered")
    return frame.t("doubt.returning", m=found.remembered, returned=found.returned)


def _credit(frame: Frame, credit: ReferralCredit) -> Table | None:
    rules = (("first", credit.first), ("last", credit.last), ("shared", credit.shared))
    if not any(parts for _, parts in rules):
        return None
    heads = [frame.t("doubt.rule"), frame.t("doubt.by_shown"), frame.t("doubt.by_opened")]
    kinds = (TouchKind.SHOWN, TouchKind.OPENED)
    rows = [[frame.t(f"doubt.{rule}"), *(f"{parts.get(kind, 0.0):.1f}" for kind in kinds)] for rule, parts in rules]
    return Table(heads, rows)


def _caused(frame: Frame, own: Sequence[Listing], found: Experiment, period: Period) -> Table | None:
    t = frame.t
    # One place needs no name, which would leave a telephone's screen no room for the figures.
    named = len(own) > 1
    rows: list[list[str | Link]] = []
    for listing in own:
        effect = found.by_listing.get(listing.id)
        if effect is not None:
            proof = proof_path("effect", period, id=listing.id)
            low, high = effect.low * _A_HUNDRED, effect.high * _A_HUNDRED
            rows.append(
                [
                    *([name_of(frame, listing)] if named else []),
                    f"{effect.per_unit * _A_HUNDRED:.1f}",
                    t("doubt.from_to", low=f"{low:.1f}", high=f"{high:.1f}"),
                    Link(proof, f"{effect.shown:,}"),
                    Link(proof, f"{effect.withheld:,}"),
                ]
            )
    heads = [t(f"doubt.effect_{name}") for name in ("place", "per_100", "interval", "shown", "withheld")]
    heads = heads if named else heads[1:]
    return Table(heads, rows) if rows else None


def _displacement(frame: Frame, found: Experiment) -> str | None:
    shift = found.displacement
    if shift is None:
        return None
    if shift.low == shift.high:
        return frame.t("doubt.displacement_none")
    per_100 = (f"{each * _A_HUNDRED:+.1f}" for each in (shift.per_unit, shift.low, shift.high))
    return frame.t("doubt.displacement", **dict(zip(("mean", "low", "high"), per_100, strict=True)))
