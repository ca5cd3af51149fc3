"""At the counter: the page behind the scanned code, and the form for its six digits.

Opening a link records nothing, because chat programs fetch links to preview them; the button's POST does.
"""

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import Response

from api.auth import ContainerDep, LimitWrites, client_address
from api.errors import TooManyTries
from api.pages.cards import place_path
from api.pages.csrf import FromOurPage
from api.pages.page import Form, Frame, Link, frame_of, render, take_cookies
from api.pages.route import PageRoute
from api.replies import in_language
from api.scans import device_of
from api.visiting import Outcome, VisitOutcome, record_scanned_visit, record_typed_visit, scanned
from api.visitors import Visitor, current_visitor, opens_of
from index.listing import Listing
from ledger import codes

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
        lead=frame.t("visit.scan_lead"),
        scan_url=f"/s/{scan.arrival}",
        digits=_digits_elsewhere(frame, scan.listing),
        choices=(),
        form=Form("visit"),
    )


@router.post("/s/{token}", dependencies=[LimitWrites, FromOurPage])
def record_scan(token: str, request: Request, container: ContainerDep) -> Response:
    """Record the visit that was confirmed."""
    frame = frame_of(request, container)
    cookies = Response()
    visitor = _visitor(frame, cookies)
    outcome = record_scanned_visit(
        container, token, visitor, opens_of(request, container), device=device_of(request, container)
    )
    page = _expired(frame) if outcome.listing is None else _thanks(frame, outcome, outcome.listing)
    return take_cookies(page, cookies)


@router.get("/visit")
def code_page(request: Request, container: ContainerDep) -> Response:
    """Show the form for the six digits."""
    return _code_form(frame_of(request, container), Form("visit"))


@router.post("/visit", dependencies=[LimitWrites, FromOurPage])
def record_code(request: Request, container: ContainerDep, code: Typed = "", listing: Typed = "") -> Response:
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
            device=device_of(request, container),
        )
    except TooManyTries:
        return _wrong(frame, code, "visit.too_many", status=429)
    if outcome.outcome is Outcome.CHOOSE:
        return take_cookies(_choose(frame, digits, outcome), cookies)
    if outcome.listing is None:
        return _wrong(frame, code, "visit.wrong", status=422)
    return take_cookies(_thanks(frame, outcome, outcome.listing), cookies)


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


def _choose(frame: Frame, digits: str, outcome: VisitOutcome) -> Response:
    return render(
        frame,
        "visit.html",
        title=frame.t("visit.choose_title"),
        lead=frame.t("visit.choose"),
        scan_url=None,
        choices=[{"id": place.id, "name": _name(frame, place)} for place in outcome.candidates],
        form=Form("visit", {"code": digits}),
    )


def _thanks(frame: Frame, outcome: VisitOutcome, listing: Listing) -> Response:
    container, name = frame.container, _name(frame, listing)
    done = "recorded" if outcome.outcome is Outcome.RECORDED else "duplicate"
    found_here = listing.id in opens_of(frame.request, container)
    return render(
        frame,
        "visited.html",
        title=frame.t(f"visit.{done}_title"),
        lead=frame.t(f"visit.{done}", name=name),
        failed=False,
        referred=found_here,
        place=Link(place_path(listing.id), name),
    )


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
    )
