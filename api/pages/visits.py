"""At the counter: the page behind the scanned code, and the form for its six digits.

Opening a link records nothing, because chat programs fetch links to preview them; the button's POST does.
"""

import unicodedata
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api.auth import ContainerDep, LimitWrites, client_address
from api.errors import TooManyTries
from api.guest_origins import record_answer
from api.pages.cards import place_path
from api.pages.csrf import FromOurPage
from api.pages.page import Form, Frame, Link, frame_of, message, render, take_cookies
from api.pages.route import PageRoute
from api.replies import in_language
from api.scans import Device, can_be_asked, device_of, position_of
from api.staying import Stay, begin_stay, record_stated_visit, record_stay, stay_of
from api.visiting import Outcome, VisitOutcome, record_scanned_visit, record_typed_visit, scanned
from api.visitors import Visitor, current_visitor, known_visitor, opens_of
from index.database import reading
from index.errors import NotFound, UsageError
from index.listing import Listing
from ledger import codes
from ledger.append import Status
from ledger.codes import check_printed

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]


@router.get("/s/{token}")
def scan_page(token: str, request: Request, container: ContainerDep) -> Response:
    """Say where the scanned code is from and ask, by one button, whether to record the visit."""
    frame = frame_of(request, container)
    scan = scanned(container, token)
    if scan is None:
        return _expired(frame)
    title = frame.t("visit.scan_title", name=_name(frame, scan.listing))
    return render(
        frame,
        "visit.html",
        title=title,
        lead=frame.t("here.printed_lead" if scan.is_printed else "visit.scan_lead"),
        scan_url=f"/s/{scan.arrival}",
        digits=None if scan.is_printed else _digits_elsewhere(frame, scan.listing),
        choices=(),
        form=Form("visit"),
    )


@router.post("/s/{token}", dependencies=[LimitWrites, FromOurPage])
def record_scan(token: str, request: Request, container: ContainerDep, lat: Typed = "", lon: Typed = "") -> Response:
    """Record the visit that was confirmed, with the rough area when the visitor sends it."""
    frame = frame_of(request, container)
    cookies = Response()
    visitor = _visitor(frame, cookies)
    outcome = record_scanned_visit(
        container, token, visitor, opens_of(request, container), device=_device(frame, lat, lon)
    )
    stated = check_printed(container.secret, token) is not None
    page = _expired(frame) if outcome.listing is None else _thanks(frame, outcome, outcome.listing, stated=stated)
    return take_cookies(page, cookies)


@router.get("/visit")
def code_page(request: Request, container: ContainerDep) -> Response:
    """Show the form for the six digits."""
    return _code_form(frame_of(request, container), Form("visit"))


@router.post("/visit", dependencies=[LimitWrites, FromOurPage])
def record_code(
    request: Request,
    container: ContainerDep,
    code: Typed = "",
    listing: Typed = "",
    lat: Typed = "",
    lon: Typed = "",
) -> Response:
    """Record the visit that the six digits attest, or ask which of several places shows them."""
    frame = frame_of(request, container)
    digits = "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "")
    if len(digits) != codes.DIGITS or not digits.isdecimal():
        return _wrong(frame, code, "visit.malformed", status=422)
    cookies = Response()
    try:
        outcome = record_typed_visit(
            container,
            digits,
            _visitor(frame, cookies),
            opens_of(request, container),
            address=client_address(request),
            listing=listing or None,
            device=_device(frame, lat, lon),
        )
    except TooManyTries:
        return _wrong(frame, code, "visit.too_many", status=429)
    if outcome.outcome is Outcome.CHOOSE:
        return take_cookies(_choose(frame, Form("visit", {"code": digits, "lat": lat, "lon": lon}), outcome), cookies)
    if outcome.listing is None:
        return _wrong(frame, code, "visit.wrong", status=422)
    return take_cookies(_thanks(frame, outcome, outcome.listing), cookies)


@router.post("/visit/here", dependencies=[LimitWrites, FromOurPage])
def begin(request: Request, container: ContainerDep, listing: Typed = "", lat: Typed = "", lon: Typed = "") -> Response:
    """Begin a stay without a code: look whether the visitor is within the place's fence, and say when to look again."""
    frame = frame_of(request, container)
    cookies = Response()
    visitor = _visitor(frame, cookies)
    try:
        stay = begin_stay(container, listing, visitor, position_of(lat, lon))
    except NotFound:
        raise
    except UsageError:
        return take_cookies(_not_there(frame, "here.rough", listing), cookies)
    if stay is None:
        return take_cookies(_not_there(frame, "here.away", listing), cookies)
    return take_cookies(RedirectResponse(f"/visit/here/{stay.token}", 303), cookies)


@router.get("/visit/here/{token}")
def stay_page(token: str, request: Request, container: ContainerDep) -> Response:
    """Say from when on the second position is taken, and ask for it."""
    frame = frame_of(request, container)
    visitor = known_visitor(request, container)
    stay = stay_of(container, token, visitor) if visitor is not None else None
    return _stay(frame, stay) if stay is not None else _gone(frame)


@router.post("/visit/here/{token}", dependencies=[LimitWrites, FromOurPage])
def end(token: str, request: Request, container: ContainerDep, lat: Typed = "", lon: Typed = "") -> Response:
    """Record the visit by a second position within the fence."""
    frame = frame_of(request, container)
    cookies = Response()
    visitor = _visitor(frame, cookies)
    outcome = record_stay(container, token, visitor, opens_of(request, container), device=_device(frame, lat, lon))
    if outcome.listing is None:
        return take_cookies(_gone(frame), cookies)
    if outcome.outcome in {Outcome.TOO_EARLY, Outcome.AWAY}:
        stay = stay_of(container, token, visitor)
        error = frame.t("here.early" if outcome.outcome is Outcome.TOO_EARLY else "here.away")
        return take_cookies(_stay(frame, stay, error) if stay is not None else _gone(frame), cookies)
    return take_cookies(_thanks(frame, outcome, outcome.listing), cookies)


@router.post("/visit/from", dependencies=[LimitWrites, FromOurPage])
def say_from(
    request: Request, container: ContainerDep, visit: Typed = "", place: Typed = "", listing: Typed = ""
) -> Response:
    """Record where the visitor came from on the day of the visit that was just recorded; the first answer holds."""
    frame = frame_of(request, container)
    try:
        receipt = record_answer(container, visit, known_visitor(request, container), place)
    except NotFound:
        return message(frame, frame.t("from.unknown_title"), frame.t("from.unknown"), status=404)
    except UsageError:
        return message(frame, frame.t("from.unknown_title"), frame.t("from.not_offered"), status=422)
    said = frame.t("from.done" if receipt.status is Status.RECORDED else "from.already")
    return _said(frame, frame.t("from.done_title"), said, listing)


@router.post("/visit/said", dependencies=[LimitWrites, FromOurPage])
def say(request: Request, container: ContainerDep, listing: Typed = "") -> Response:
    """Record that the visitor says to be there, which is counted apart."""
    frame = frame_of(request, container)
    cookies = Response()
    outcome = record_stated_visit(container, listing, _visitor(frame, cookies), opens_of(request, container))
    assert outcome.listing is not None  # noqa: S101 - where it was recorded
    return take_cookies(_thanks(frame, outcome, outcome.listing, stated=True), cookies)


def _device(frame: Frame, lat: str, lon: str) -> Device:
    asked = can_be_asked(frame.request, frame.container)
    return device_of(frame.request, frame.container, position=position_of(lat, lon), asked=asked)


def _stay(frame: Frame, stay: Stay, error: str | None = None) -> Response:
    now = frame.container.clock()
    at = f"{stay.ready_at.astimezone(frame.container.settings.tz):%H:%M}"
    return render(
        frame,
        "here.html",
        status=422 if error else 200,
        title=frame.t("here.title", name=_name(frame, stay.listing)),
        lead=frame.t("here.ready") if now >= stay.ready_at else frame.t("here.wait", at=at),
        error=error,
        action=f"/visit/here/{stay.token}",
    )


def _not_there(frame: Frame, key: str, listing: str) -> Response:
    return _said(frame, frame.t("site.visit"), frame.t(key), listing, status=422)


def _said(frame: Frame, title: str, lead: str, listing: str, *, status: int = 200) -> Response:
    """Say something after a form about a listing, from which one goes on to its page."""
    with reading(frame.container.engine) as session:
        place = session.get(Listing, listing)
    return render(
        frame,
        "visited.html",
        status=status,
        title=title,
        lead=lead,
        failed=status != HTTPStatus.OK,
        referred=False,
        place=Link(place_path(place.id), _name(frame, place)) if place is not None else None,
        ask=None,
    )


def _gone(frame: Frame) -> Response:
    return message(frame, frame.t("here.gone_title"), frame.t("here.gone"), status=410)


def _visitor(frame: Frame, cookies: Response) -> Visitor:
    visitor = current_visitor(frame.request, cookies, frame.container, asked=True)
    assert visitor is not None  # noqa: S101 - one who asks to be recorded gets an id
    return visitor


def _digits_elsewhere(frame: Frame, listing: Listing) -> str | None:
    """Return the counter's digits where this browser did not open the listing: the one that did has the ticket.

    They are offered before a visit is recorded and not after, because who does both would be counted twice.
    """
    if listing.id in opens_of(frame.request, frame.container):
        return None
    return codes.six_digits(frame.container.secret, listing.id, frame.container.clock())


def _name(frame: Frame, listing: Listing) -> str:
    return str(in_language(listing, "name", frame.language))


def _code_form(frame: Frame, form: Form, *, status: int = 200) -> Response:
    title, lead = frame.t("visit.title"), frame.t("visit.lead")
    return render(frame, "visit.html", status=status, title=title, lead=lead, scan_url=None, choices=(), form=form)


def _wrong(frame: Frame, code: str, key: str, *, status: int) -> Response:
    return _code_form(frame, Form("visit", {"code": code[:20]}, {"code": frame.t(key)}), status=status)


def _choose(frame: Frame, form: Form, outcome: VisitOutcome) -> Response:
    return render(
        frame,
        "visit.html",
        title=frame.t("visit.choose_title"),
        lead=frame.t("visit.choose"),
        scan_url=None,
        choices=[{"id": place.id, "name": _name(frame, place)} for place in outcome.candidates],
        form=form,
    )


def _thanks(frame: Frame, outcome: VisitOutcome, listing: Listing, *, stated: bool = False) -> Response:
    container, name = frame.container, _name(frame, listing)
    done = "recorded" if outcome.outcome is Outcome.RECORDED else "duplicate"
    key = "here.stated" if stated and done == "recorded" else f"visit.{done}"
    found_here = listing.id in opens_of(frame.request, container)
    return render(
        frame,
        "visited.html",
        title=frame.t(f"visit.{done}_title"),
        lead=frame.t(key, name=name),
        failed=False,
        referred=found_here,
        place=Link(place_path(listing.id), name),
        ask=_ask(frame, outcome.answerable, listing),
    )


def _ask(frame: Frame, visit: str | None, listing: Listing) -> dict[str, Any] | None:
    """Return the question where the guest came from that day: once, after a verified visit was recorded."""
    if visit is None:
        return None
    places = [{"id": each.id, "name": each.name.of(frame.language)} for each in frame.container.guest_origins]
    return {"visit": visit, "listing": listing.id, "places": places}


def _expired(frame: Frame) -> Response:
    return render(
        frame,
        "visited.html",
        status=410,
        title=frame.t("visit.expired_title"),
        lead=frame.t("visit.expired"),
        failed=True,
        referred=False,
        place=None,
        ask=None,
    )
