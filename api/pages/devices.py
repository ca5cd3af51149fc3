"""A merchant's own devices and those of their staff, whose visits count as self-visits."""

from dataclasses import dataclass

import segno
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.auth import ContainerDep, LimitWrites
from api.container import Container
from api.pages.csrf import FromOurPage
from api.pages.page import Frame, frame_of, message, render
from api.pages.route import LoginNeeded, PageRoute
from api.replies import in_language
from api.staff_devices import is_marked, link_token, mark, merchant_of_link, unmark
from index.database import reading

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class StaffLink:
    """The address that staff open on their telephones, and its QR code."""

    url: str
    qr: Markup


@router.get("/merchant/devices")
def devices_page(request: Request, container: ContainerDep) -> Response:
    """Show whether this browser is marked, and the link for the staff's."""
    frame = frame_of(request, container)
    merchant = _merchant(frame)
    url = f"{frame.root}/staff/{link_token(container, merchant)}"
    picture = segno.make_qr(url, error="m").svg_inline(
        scale=6, border=2, dark="#000", light="#fff", title=frame.t("device.qr"), omitsize=True
    )
    link = StaffLink(url, Markup(picture))  # noqa: S704 - segno's own picture of a URL that we made
    return render(frame, "devices.html", link=link, marked=is_marked(request, container))


@router.post("/merchant/devices", dependencies=[LimitWrites, FromOurPage])
def mark_this(request: Request, container: ContainerDep) -> Response:
    """Make this browser one of the merchant's own, after the login's end too."""
    merchant = _merchant(frame_of(request, container))
    response = RedirectResponse("/merchant/devices", 303)
    mark(response, container, merchant)
    return response


@router.get("/staff/{token}")
def staff_page(token: str, request: Request, container: ContainerDep) -> Response:
    """Say whose device this browser would be, and ask."""
    frame = frame_of(request, container)
    merchant = merchant_of_link(container, token)
    if merchant is None:
        return message(frame, frame.t("device.expired_title"), frame.t("device.expired"), status=410)
    name = _name(frame, container, merchant)
    return render(frame, "staff.html", name=name, action=f"/staff/{token}", marked=is_marked(request, container))


@router.post("/staff/{token}", dependencies=[LimitWrites, FromOurPage])
def take_link(token: str, request: Request, container: ContainerDep) -> Response:
    """Make this browser a staff device of the link's merchant."""
    frame = frame_of(request, container)
    merchant = merchant_of_link(container, token)
    if merchant is None:
        return message(frame, frame.t("device.expired_title"), frame.t("device.expired"), status=410)
    name = _name(frame, container, merchant)
    response = message(frame, frame.t("device.done_title"), frame.t("device.done", name=name))
    mark(response, container, merchant)
    return response


@router.post("/staff-device/forget", dependencies=[LimitWrites, FromOurPage])
def unmark_this(request: Request, container: ContainerDep) -> Response:
    """Make this browser a guest's again, as when a telephone changes hands."""
    frame = frame_of(request, container)
    response = message(frame, frame.t("device.undone_title"), frame.t("device.undone"))
    unmark(response, container)
    return response


def _merchant(frame: Frame) -> str:
    if frame.holder.merchant is None:
        raise LoginNeeded("/login")
    return frame.holder.merchant


def _name(frame: Frame, container: Container, merchant: str) -> str:
    with reading(container.engine) as session:
        own = accounts.listings_of(session, merchant)
    return str(in_language(own[0], "name", frame.language)) if own else frame.t("site.merchant")
