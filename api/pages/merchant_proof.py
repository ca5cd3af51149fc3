"""Which entries of the ledger a figure of the merchant's page was counted from, and how to compute it again.

What was searched is proved by the impressions that were read, and never by those of one wish: who is in the lists of
two wishes would be one visitor, with what they asked for. Which visits were found here is told of days of five visitors
at least. What like merchants did is theirs, and is not listed.
"""

import shlex
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.asked_periods import DAYS
from api.auth import ContainerDep
from api.indicators import windows_of
from api.pages.merchants import KINDS, own_listings, period_named
from api.pages.page import Frame, Link, frame_of, render
from api.pages.route import PageRoute
from index.database import reading
from ledger.counted import CountedEntry, attesting_payments, counted_entries, entries_at
from ledger.disclosure import FEWEST_VISITORS
from ledger.events import Grade
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period, moment
from ledger.searches import asked
from ledger.weighing import WeighedVisit

router = APIRouter(route_class=PageRoute)

#: What else can be proved than the counts of `KINDS`.
SENTENCE, PAID, SEARCHES, WANTED, PEERS = "sentence", "paid_visits", "searches", "wanted", "peers"
OTHERS = (SENTENCE, PAID, SEARCHES, WANTED, PEERS)
#: Entries on one page.
PAGE = 50
#: Beyond what any log holds, and within what both databases compare.
_LAST = 2**53


@dataclass(frozen=True, slots=True)
class Proof:
    """What a figure was counted from: what it says, its entries, newest first, and what is said of some of them."""

    counted: str
    entries: list[CountedEntry] = field(default_factory=list)
    marks: Mapping[int, str] = field(default_factory=dict)


@router.get("/merchant/proof")
def proof_page(
    request: Request,
    container: ContainerDep,
    figure: str = "visits",
    period: str = "",
    before: Annotated[int, Query()] = _LAST,
) -> Response:
    """Show a figure's entries, each with the way to its inclusion proof, and the command that computes it again."""
    frame = frame_of(request, container)
    own = [listing.id for listing in own_listings(frame, staff_too=True)]
    figure, name = figure if figure in {*KINDS, *OTHERS} else "visits", period_named(period)
    tz, t = container.settings.tz, frame.t
    days = Period.last_days(DAYS[name], container.clock(), tz)
    with reading(container.engine) as session:
        found = _proof(frame, session, own, days, figure, max(0, min(before, _LAST)))
    shown = found.entries[:PAGE]
    following = {"figure": figure, "period": name, "before": shown[-1].index} if len(found.entries) > PAGE else None
    listings = " ".join(f"--listing {shlex.quote(listing)}" for listing in own)
    return render(
        frame,
        "merchant_proof.html",
        label=_label(frame, figure),
        counted=found.counted,
        definition=t(f"define.{figure}"),
        is_listed=figure != PEERS,
        entries=[
            (
                t("proof.entry", index=entry.index),
                " · ".join(
                    [f"{moment(entry.at_ms, tz):%Y-%m-%d}", *([mark] if (mark := found.marks.get(entry.index)) else [])]
                ),
                f"/v1/ledger/inclusion/{entry.event_id}",
            )
            for entry in shown
        ],
        older=Link(f"/merchant/proof?{urlencode(following)}", t("proof.older")) if following else None,
        back=Link(f"/merchant?{urlencode({'period': name})}", t("proof.back")),
        commands=[
            "baicha ledger verify ledger.jsonl",
            f"baicha ledger recompute ledger.jsonl {listings} --on {days.last} --days {days.days}",
        ],
    )


def _label(frame: Frame, figure: str) -> str:
    labels = {SENTENCE: "proof.sentence", PAID: "more.paid", SEARCHES: "more.found", WANTED: "more.lacking"}
    return frame.t(labels.get(figure, "more.peers" if figure == PEERS else f"merchant.{figure}"))


def _proof(frame: Frame, session: Session, own: list[str], days: Period, figure: str, before: int) -> Proof:
    if figure in {SEARCHES, WANTED, PEERS}:
        return _of_searches(frame, session, own, days, figure, before)
    container = frame.container
    windows = windows_of(container.settings)
    summary = merchant_summary(session, own, days, windows=windows, weigh=container.weigh)
    if figure in KINDS:
        total = getattr(summary, figure)
        entries = counted_entries(session, own, days, KINDS[figure], before=before, limit=PAGE + 1)
        return Proof(_counted(frame, f"merchant.{figure}", total, days), entries)
    return _of_visits(frame, session, own, days, summary, paid=figure == PAID, before=before)


def _of_visits(
    frame: Frame, session: Session, own: list[str], days: Period, summary: MerchantSummary, *, paid: bool, before: int
) -> Proof:
    """Return the visits that were paid with their payments, or all of them with what each is in the sentence."""
    t, container = frame.t, frame.container
    visits = container.weigh(session, own, days.start_ms, days.end_ms, windows_of(container.settings))
    if paid:
        payments = attesting_payments(session, visits)
        lifted = [visit.index for visit in visits if visit.grade is Grade.PAID]
        marks = dict.fromkeys(lifted, t("proof.visit")) | dict.fromkeys(payments, t("proof.payment"))
        told = _counted(frame, "more.paid", summary.paid_visits, days)
    else:
        marks = _marks(frame, visits, days)
        told = summary.sentence(frame.language)
    return Proof(told, entries_at(session, _newest(marks, before)), marks)


def _marks(frame: Frame, visits: Sequence[WeighedVisit], days: Period) -> dict[int, str]:
    """Return what each visit is in the sentence; whether it was found here, of days of enough visitors only."""
    t, came = frame.t, defaultdict(set)
    on = {visit.index: moment(visit.at_ms, days.tz).date() for visit in visits}
    for visit in visits:
        came[on[visit.index]].add(visit.visitor)
    marks: dict[int, str] = {}
    for visit in visits:
        said = []
        if len(came[on[visit.index]]) >= FEWEST_VISITORS:
            said.append(t("proof.referred") if visit.referred else t("proof.not_referred"))
        if visit.verdict.is_doubtful:
            said.append(t("proof.weight", weight=f"{visit.weight:.2g}"))
        marks[visit.index] = " · ".join(said)
    return marks


def _of_searches(frame: Frame, session: Session, own: list[str], days: Period, figure: str, before: int) -> Proof:
    t = frame.t
    if figure == PEERS:
        return Proof(t("proof.peers"))
    found = asked(session, own, days)
    told = t("proof.searches", n=f"{found.impressions:,}", first=str(days.first), last=str(days.last))
    entries = counted_entries(session, own, days, "impression", before=before, limit=PAGE + 1)
    return Proof(
        f"{told} {t('proof.wanted')}" if figure == WANTED else told,
        [entry for entry in entries if found.since_ms is None or entry.at_ms >= found.since_ms],
    )


def _counted(frame: Frame, label: str, total: int, days: Period) -> str:
    return frame.t("proof.counted", label=frame.t(label), n=f"{total:,}", first=str(days.first), last=str(days.last))


def _newest(indices: Collection[int], before: int) -> list[int]:
    return sorted((index for index in indices if index < before), reverse=True)[: PAGE + 1]
