"""What is kept, why, for how long; and the two buttons: remember me, forget me."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.auth import ContainerDep, LimitWrites
from api.container import Container
from api.forgetting import forget_visitor
from api.pages.csrf import FromOurPage
from api.pages.page import Frame, frame_of, render
from api.pages.route import PageRoute
from api.visitors import clear_cookies, known_visitor, remember

router = APIRouter(route_class=PageRoute)

#: Digits of a count in the address that are believed.
_LONGEST_COUNT = 10


@router.get("/privacy")
def privacy_page(request: Request, container: ContainerDep) -> Response:
    """Show what is kept of this visitor, and why."""
    return _page(request, container)


@router.post("/privacy/remember", dependencies=[LimitWrites, FromOurPage])
def remember_me(request: Request, container: ContainerDep) -> Response:
    """Give the visitor an id that lasts, unless they have one."""
    visitor = known_visitor(request, container)
    response = RedirectResponse("/privacy?done=remembered", 303)
    if visitor is None or not visitor.is_remembered:
        remember(response, container)
    return response


@router.post("/privacy/forget", dependencies=[LimitWrites, FromOurPage])
def forget_me(request: Request, container: ContainerDep) -> Response:
    """Erase what is kept under the visitor's number, and take the number from the device."""
    visitor = known_visitor(request, container)
    erased = forget_visitor(container, visitor.id).erased if visitor is not None else 0
    response = RedirectResponse(f"/privacy?done=forgotten&n={erased}", 303)
    clear_cookies(response, container)
    return response


def _page(request: Request, container: Container) -> Response:
    frame = frame_of(request, container)
    visitor = known_visitor(request, container)
    state = "none" if visitor is None else "remembered" if visitor.is_remembered else "day"
    return render(frame, "privacy.html", said=_said(frame), state=frame.t(f"privacy.status_{state}"))


def _said(frame: Frame) -> str | None:
    """Return what a button just did, as the address says."""
    query = frame.request.query_params
    if query.get("done") == "remembered":
        return frame.t("privacy.remembered")
    if query.get("done") == "forgotten":
        count = query.get("n", "")
        return frame.t("privacy.forgotten", n=int(count) if count.isdecimal() and len(count) < _LONGEST_COUNT else 0)
    return None
