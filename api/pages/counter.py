"""The counter's page: a QR code and six digits that a guest scans or types, new every half minute."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.accounts import Role
from api.auth import ContainerDep
from api.counters import counter_code
from api.pages.merchants import name_of, own_listings
from api.pages.page import Frame, Link, environment, frame_of, render
from api.pages.route import PageRoute
from api.scans import note_counter
from api.staff_devices import mark
from index.errors import NotFound
from index.listing import Listing
from ledger.codes import printed_token

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Counter:
    """What the counter shows now, and where its page asks for the next."""

    listing: str
    name: str
    qr: Markup
    digits: str
    url: str


@router.get("/merchant/counter")
def counter_page(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Show the code of one of the merchant's places, for the phone at the counter."""
    frame = frame_of(request, container)
    own = [each for each in own_listings(frame, staff_too=True) if not each.closed]
    if not own:
        return RedirectResponse("/merchant", 303)
    shown = _counter(frame, listing)
    note_counter(request, container, shown.listing)
    others = [
        Link(_counter_path(each, "/merchant/counter"), name_of(frame, each), here=each.id == shown.listing)
        for each in own
    ]
    printed = _counter_path(next(each for each in own if each.id == shown.listing), "/merchant/counter/printed")
    page = render(frame, "counter.html", code=shown, others=others if len(own) > 1 else [], printed=printed)
    # A device that shows the counter is no guest's, after the login's end either.
    mark(page, container, frame.holder.merchant or "")
    return page


@router.get("/merchant/counter/code")
def fresh_code(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Give the part of the counter's page that changes; 304 while it is the same, 401 when the session is over."""
    frame = frame_of(request, container)
    if frame.holder.role not in {Role.MERCHANT, Role.STAFF}:
        return Response(status_code=401)
    counter = _counter(frame, listing)
    etag = '"' + hashlib.sha256(f"{frame.language} {counter.qr}".encode()).hexdigest()[:32] + '"'
    headers = {"ETag": etag, "Cache-Control": "no-store"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    html = environment().get_template("counter_code.html").render(t=frame.t, code=counter)
    return HTMLResponse(html, headers=headers)


@router.get("/merchant/counter/printed")
def printed_page(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Show a code to print, for a table or a wall: it never changes, so that it attests no more than a guest's word."""
    frame = frame_of(request, container)
    own = [each for each in own_listings(frame, staff_too=True) if not each.closed]
    place = next((each for each in own if listing in {"", each.id}), None)
    if place is None:
        raise NotFound("open listing of yours", listing)
    path = f"/s/{printed_token(container.secret, place.id)}"
    return render(frame, "printed.html", name=name_of(frame, place), qr=_picture(frame, path))


def _counter_path(listing: Listing, page: str) -> str:
    return f"{page}?{urlencode({'listing': listing.id})}"


def _counter(frame: Frame, listing: str) -> Counter:
    code = counter_code(frame.container, frame.holder.merchant or "", listing or None)
    return Counter(
        listing=code.listing.id,
        name=name_of(frame, code.listing),
        qr=_picture(frame, code.path),
        digits=_spaced(code.digits),
        url=_counter_path(code.listing, "/merchant/counter/code"),
    )


def _picture(frame: Frame, path: str) -> Markup:
    # Medium error correction: a scratched screen protector still reads, and the squares stay large.
    picture = segno.make_qr(frame.root + path, error="m").svg_inline(
        scale=8, border=2, dark="#000", light="#fff", title=frame.t("counter.qr"), omitsize=True
    )
    return Markup(picture)  # noqa: S704 - segno's own picture of a URL that we made


def _spaced(digits: str) -> str:
    return f"{digits[:3]} {digits[3:]}"
