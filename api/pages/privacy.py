"""What is kept, why, for how long; and the two buttons: remember me, forget me."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.auth import ContainerDep, LimitWrites
from api.container import Container
from api.pages.csrf import FromOurPage
from api.pages.page import PageRoute, frame_of, render
from api.visitors import clear_cookies, known_visitor, remember
from index.database import writing
from ledger.erasure import forget

router = APIRouter(route_class=PageRoute)


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
    erased = 0
    if visitor is not None:
        container.recorder.flush()  # what was shown a moment ago is erased as well
        with writing(container.engine) as session:
            erased = forget(session, visitor.id, now=container.clock()).erased
    response = RedirectResponse(f"/privacy?done=forgotten&n={erased}", 303)
    clear_cookies(response, container)
    return response


def _page(request: Request, container: Container) -> Response:
    frame = frame_of(request, container)
    visitor = known_visitor(request, container)
    state = "none" if visitor is None else "remembered" if visitor.is_remembered else "day"
    done, count = request.query_params.get("done"), request.query_params.get("n", "")
    said = {
        "remembered": lambda: frame.t("privacy.remembered"),
        "forgotten": lambda: frame.t("privacy.forgotten", n=int(count) if count.isdecimal() else 0),
    }.get(done or "")
    return render(frame, "privacy.html", said=said() if said else None, state=frame.t(f"privacy.status_{state}"))
