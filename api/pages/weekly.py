"""The weekly letter's settings, and the page that its link ends it by."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.auth import ContainerDep, LimitWrites
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of
from api.pages.page import frame_of, message, render
from api.pages.route import PageRoute
from api.weekly import WeeklyLetter, login_of_token, subscribe, unsubscribe
from index.database import reading, writing
from index.errors import NotFound

router = APIRouter(route_class=PageRoute)


@router.get("/merchant/weekly")
def weekly_page(request: Request, container: ContainerDep) -> Response:
    """Show whether the owner gets the letter."""
    frame = frame_of(request, container)
    owner_of(frame)
    with reading(container.engine) as session:
        login = accounts.login_of(session, frame.holder)
        asked = login is not None and session.get(WeeklyLetter, login.name) is not None
        email = login.email if login is not None else None
    return render(frame, "weekly.html", asked=asked, email=email, said=request.query_params.get("done") == "1")


@router.post("/merchant/weekly", dependencies=[LimitWrites, FromOurPage])
def set_weekly(request: Request, container: ContainerDep, send: Annotated[str, FormField()] = "") -> Response:
    """Ask for the letter in the page's language, or end it."""
    frame = frame_of(request, container)
    owner_of(frame)
    with writing(container.engine) as session:
        login = accounts.login_of(session, frame.holder)
        if login is None:
            raise NotFound("login", frame.holder.credential or "")
        if send == "yes":
            subscribe(session, login, frame.language, now=container.clock())
        else:
            unsubscribe(session, login.name)
    return RedirectResponse("/merchant/weekly?done=1", 303)


@router.get("/weekly/{token}")
def leave_page(token: str, request: Request, container: ContainerDep) -> Response:
    """Ask whether the letter should end."""
    frame = frame_of(request, container)
    login_of_token(container.secret, token)
    return render(frame, "weekly_leave.html", token=token)


@router.post("/weekly/{token}", dependencies=[LimitWrites, FromOurPage])
def leave(token: str, request: Request, container: ContainerDep) -> Response:
    """End it, without a login."""
    frame = frame_of(request, container)
    login = login_of_token(container.secret, token)
    with writing(container.engine) as session:
        unsubscribe(session, login)
    return message(frame, frame.t("weekly.left"), frame.t("weekly.left_lead"))
