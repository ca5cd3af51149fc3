"""A place's page, and what a visitor does there: ask the way, call, share, report, claim."""

import re
from typing import Annotated

import structlog
from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts import Role
from api.auth import ContainerDep, LimitWrites
from api.container import Container
from api.directions import directions
from api.heads import is_head
from api.pages.cards import place_path
from api.pages.csrf import FromOurPage
from api.pages.once import event_id_of
from api.pages.page import Form, Frame, frame_of, render
from api.pages.places import place_of, website_of
from api.pages.route import PageRoute
from api.visitors import current_visitor, note_open
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from index.listing import Listing
from ledger.append import append
from ledger.events import ID_PATTERN, Call, Consent, Correction, Directions, Event, Payload, Save, Share, Website

_log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
WRONGS = ("closed", "wrong_hours", "wrong_price", "wrong_place", "wrong_phone", "other")
LONGEST_NOTE = 1_000
LONGEST_NAME = 200
SHORTEST_CONTACT = 3
_QUERY_ID = re.compile(ID_PATTERN)
_DONE = {"report": "report.done", "claim": "claim.done"}


@router.get("/listings/{listing_id:path}/go/{app}")
def go(listing_id: str, app: str, request: Request, container: ContainerDep) -> Response:
    """Note that the way, or the place's own website, was asked for, and lead on to it."""
    listing = _listing(container, listing_id)
    if app == "website":
        website = website_of(listing)
        if website is None:
            raise NotFound("website of", listing_id)
        response = RedirectResponse(website, 302, headers={"Cache-Control": "no-store"})
        _note(request, response, container, listing, Website())
        return response
    links = directions(listing, container.settings, frame_of(request, container).language).links
    if app not in links:
        raise NotFound("map link", app)
    response = RedirectResponse(links[app], 302, headers={"Cache-Control": "no-store"})
    _note(request, response, container, listing, Directions.model_validate({"map": app}))
    return response


@router.post("/listings/{listing_id:path}/tap", dependencies=[LimitWrites, FromOurPage])
def tap(
    listing_id: str,
    request: Request,
    container: ContainerDep,
    kind: Typed = "",
    app: Annotated[str, FormField(alias="map")] = "",
) -> Response:
    """Note a tap on the telephone, on a map app, on sharing or on saving, which leave the page without asking us."""
    listing = _listing(container, listing_id)
    payloads: dict[str, Payload] = {
        "call": Call(),
        "share": Share(),
        "save": Save(),
        "directions": Directions(map="geo"),
    }
    if kind not in payloads or (kind == "directions" and app != "geo"):
        raise UsageError("a tap is call, share, save, or directions by geo")
    response = Response(status_code=204)
    _note(request, response, container, listing, payloads[kind])
    return response


@router.post("/listings/{listing_id:path}/report", dependencies=[LimitWrites, FromOurPage])
def report(
    listing_id: str,
    request: Request,
    container: ContainerDep,
    *,
    what: Typed = "",
    note: Typed = "",
    event: Typed = "",
) -> Response:
    """Keep a visitor's report that something is wrong or closed, for a person to look at."""
    frame = frame_of(request, container)
    listing = _listing(container, listing_id)
    errors = {}
    if what not in WRONGS:
        errors["what"] = frame.t("report.choose")
    if len(note) > LONGEST_NOTE:
        errors["note"] = frame.t("report.too_long", n=LONGEST_NOTE)
    if errors:
        return _page(frame, listing, report=Form("report", {"what": what, "note": note}, errors), status=422)
    response = _done(listing, "report")
    payload = Correction.model_validate({"what": what, "note": note.strip()})
    _append(request, response, container, listing, payload, event_id=event_id_of(event))
    return response


@router.post("/listings/{listing_id:path}/claim", dependencies=[LimitWrites, FromOurPage])
def claim(
    listing_id: str,
    request: Request,
    container: ContainerDep,
    name: Typed = "",
    contact: Typed = "",
    note: Typed = "",
) -> Response:
    """Keep somebody's claim that a place is theirs, for a person to decide."""
    frame = frame_of(request, container)
    listing = _listing(container, listing_id)
    form = Form("claim", {"name": name, "contact": contact, "note": note}, _claim_errors(frame, name, contact, note))
    if form.errors:
        return _page(frame, listing, claim=form, status=422)
    merchant = frame.holder.merchant if frame.holder.role is Role.MERCHANT else None
    try:
        with writing(container.engine) as session:
            accounts.claim_listing(
                session,
                listing.id,
                name=name.strip(),
                contact=contact.strip(),
                note=note.strip(),
                merchant=merchant,
                now=container.clock(),
            )
    except Conflict:
        taken = Form("claim", form.values, {"name": frame.t("claim.conflict")})
        return _page(frame, listing, claim=taken, status=409)
    return _done(listing, "claim")


@router.get("/saved")
def saved_page(request: Request, container: ContainerDep) -> Response:
    """Show the list that the device keeps; the server knows nothing of it."""
    return render(frame_of(request, container), "saved.html")


@router.get("/listings/{listing_id:path}")
def listing_page(listing_id: str, request: Request, container: ContainerDep) -> Response:
    """Show a place, note that it was opened, and seal a ticket for it on the device."""
    frame = frame_of(request, container)
    listing = _listing(container, listing_id)
    done = _DONE.get(request.query_params.get("done", ""))
    response = _page(frame, listing, said=frame.t(done) if done else None)
    # A prefetch is the browser's idea, and the page after a form was open before.
    if done is None and "prefetch" not in request.headers.get("sec-purpose", ""):
        note_open(request, response, container, listing.id, query_id=_query_id(request))
    return response


def _listing(container: Container, listing_id: str) -> Listing:
    with reading(container.engine) as session:
        listing = session.get(Listing, listing_id)
    if listing is None:
        raise NotFound("listing", listing_id)
    return listing


def _page(
    frame: Frame,
    listing: Listing,
    *,
    said: str | None = None,
    report: Form | None = None,
    claim: Form | None = None,
    status: int = 200,
) -> Response:
    forms = {"visit": Form("visit"), "report": report or Form("report"), "claim": claim or Form("claim")}
    options = [{"value": what, "label": frame.t(f"report.{what}")} for what in WRONGS]
    place = place_of(frame, listing)
    return render(frame, "listing.html", status=status, place=place, said=said, forms=forms, report_options=options)


def _done(listing: Listing, what: str) -> Response:
    return RedirectResponse(f"{place_path(listing.id)}?done={what}", 303)


def _claim_errors(frame: Frame, name: str, contact: str, note: str) -> dict[str, str]:
    errors = {}
    for field, value, shortest in (("name", name, 1), ("contact", contact, SHORTEST_CONTACT)):
        if len(value.strip()) < shortest:
            errors[field] = frame.t("claim.required")
        elif len(value) > LONGEST_NAME:
            errors[field] = frame.t("report.too_long", n=LONGEST_NAME)
    if len(note) > LONGEST_NOTE:
        errors["note"] = frame.t("report.too_long", n=LONGEST_NOTE)
    return errors


def _query_id(request: Request) -> str | None:
    """Return which search led here, when the address says one that can be one."""
    given = request.query_params.get("from", "")
    return given if _QUERY_ID.fullmatch(given) else None


def _note(request: Request, response: Response, container: Container, listing: Listing, payload: Payload) -> None:
    """Record what a visitor did; a failure is logged, and the visitor gets where they wanted to go."""
    try:
        _append(request, response, container, listing, payload)
    except Exception:  # noqa: BLE001 - whatever goes wrong, the way there is worth more than its record
        _log.exception("event not recorded", kind=payload.kind, listing=listing.id)


def _append(
    request: Request,
    response: Response,
    container: Container,
    listing: Listing,
    payload: Payload,
    *,
    event_id: str | None = None,
) -> None:
    """Record it once: a form has an id of its own; a second tap on the same within half an hour is the first one's."""
    if is_head(request):
        return
    visitor = current_visitor(request, response, container)
    now = container.clock()
    tapped = ["tap", listing.id, payload.kind, payload.model_dump_json()]
    event = Event(
        id=event_id or container.query_ids.of(visitor.id if visitor is not None else None, tapped, now),
        at=now,
        listing=listing.id,
        visitor=visitor.id if visitor is not None else None,
        consent=visitor.consent if visitor is not None else Consent.DAY,
        payload=payload,
    )
    with writing(container.engine) as session:
        append(session, [event], now=now)
