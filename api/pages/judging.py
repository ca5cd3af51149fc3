"""The operator's page of disputed visits, payments and bills: a person reads the reasons and decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from api.accounts import Role
from api.auth import ContainerDep, LimitWrites
from api.indicators import windows_of
from api.pages.credit_lines import line_of
from api.pages.csrf import FromOurPage
from api.pages.merchants import name_of
from api.pages.once import event_id_of
from api.pages.page import Frame, frame_of, render
from api.pages.route import LoginNeeded, PageRoute
from index.database import reading, writing
from index.errors import UsageError
from index.listing import Listing
from ledger.credit_inputs import Input, input_at
from ledger.disputes import OpenDispute, decide, open_disputes, withdraw
from ledger.periods import Period, moment
from ledger.reading import event_at, has_event
from ledger.weighing import WeighedVisit, weighed_visits

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
LONGEST_NOTE = 1_000
#: Digits: places in the log are below 2**53.
_LONGEST_INDEX = 16


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute with what the checks said of the visit; or, for a payment or a bill, with what it says.

    `choices` are the decisions that there are, each with what its button says.
    """

    index: int
    place: str
    at: str
    note: str
    weight: str
    reasons: Sequence[str]
    choices: Sequence[tuple[str, str]]


@router.get("/admin/disputes")
def disputes_page(request: Request, container: ContainerDep) -> Response:
    """Show what waits for a decision, oldest first."""
    frame = _admin(request, container)
    with reading(container.engine) as session:
        cases = [_case(frame, session, one) for one in open_disputes(session)]
    return render(frame, "disputes.html", cases=cases, said=request.query_params.get("done") == "1")


@router.post("/admin/disputes", dependencies=[LimitWrites, FromOurPage])
def decide_dispute(
    request: Request,
    container: ContainerDep,
    *,
    visit: Typed = "",
    decision: Typed = "",
    note: Typed = "",
    event: Typed = "",
) -> Response:
    """Write a decision into the ledger."""
    frame = _admin(request, container)
    if decision not in {"counts", "stays", "withdrawn"}:
        raise UsageError("a decision is counts, stays or withdrawn")
    now, said, by = container.clock(), note.strip()[:LONGEST_NOTE], frame.holder.credential or "admin"
    named = event_id_of(event)
    with writing(container.engine) as session:
        waiting = {str(one.visit_index): one.visit_index for one in open_disputes(session)}
        index = waiting.get(visit, _sent_before(session, visit, named))
        if index is None:
            raise UsageError("this waits for no decision; reload the page")
        if decision == "withdrawn":
            withdraw(session, index, decided_by=by, note=said, now=now, event_id=named)
        else:
            counts = decision == "counts"
            decide(session, index, counts=counts, decided_by=by, note=said, now=now, event_id=named)
    return RedirectResponse("/admin/disputes?done=1", 303)


def _sent_before(session: Session, visit: str, named: str | None) -> int | None:
    """Return of what the same form was sent already, which is one decision; None when it was not."""
    is_index = visit.isascii() and visit.isdecimal() and len(visit) < _LONGEST_INDEX
    return int(visit) if is_index and named is not None and has_event(session, named) else None


def _admin(request: Request, container: ContainerDep) -> Frame:
    frame = frame_of(request, container)
    if frame.holder.role is not Role.ADMIN:
        raise LoginNeeded("/admin")
    return frame


def _case(frame: Frame, session: Session, waiting: OpenDispute) -> Case:
    found = input_at(session, waiting.visit_index, frame.container.settings.tz)
    return _visit(frame, session, waiting) if found is None else _input(frame, session, waiting, found)


def _input(frame: Frame, session: Session, waiting: OpenDispute, found: Input) -> Case:
    listing = session.get(Listing, waiting.listing)
    line, t = line_of(frame, found), frame.t
    taken_out_or_not = [("withdrawn", t("judge.withdrawn")), ("stays", t("judge.input_stays"))]
    return Case(
        index=waiting.visit_index,
        place=name_of(frame, listing) if listing is not None else waiting.listing,
        at=line.what,
        note=waiting.note,
        weight="",
        reasons=[line.detail],
        choices=[*([("counts", t("judge.paid_on_time"))] if found.on_time is False else []), *taken_out_or_not],
    )


def _visit(frame: Frame, session: Session, waiting: OpenDispute) -> Case:
    visit = _weighed(frame, session, waiting)
    listing = session.get(Listing, waiting.listing)
    tz = frame.container.settings.tz
    return Case(
        index=waiting.visit_index,
        place=name_of(frame, listing) if listing is not None else waiting.listing,
        at=f"{moment(visit.at_ms, tz) if visit else waiting.at.astimezone(tz):%Y-%m-%d %H:%M}",
        note=waiting.note,
        weight=f"{visit.weight:.2g}" if visit else "–",
        reasons=[reason.text.of(frame.language) for reason in visit.reasons] if visit else [],
        choices=[("counts", frame.t("judge.counts")), ("stays", frame.t("judge.stays"))],
    )


def _weighed(frame: Frame, session: Session, waiting: OpenDispute) -> WeighedVisit | None:
    """Return the visit as its listing's day weighs it; None when its visitor was forgotten meanwhile."""
    at = event_at(session, waiting.visit_index)
    if at is None:
        return None
    settings = frame.container.settings
    day = Period.day_of(at, settings.tz)
    visits = weighed_visits(session, [waiting.listing], day.start_ms, day.end_ms, windows_of(settings))
    return next((visit for visit in visits if visit.index == waiting.visit_index), None)
