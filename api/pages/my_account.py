"""Your own account: the password, where a forgotten one is reset, and the devices that are logged in."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts.passwords import PASSWORD_MIN
from api.auth import ContainerDep, LimitWrites, current_session, set_session_cookie
from api.container import Container
from api.devices import device_of
from api.errors import TooManyTries
from api.pages.csrf import FromOurPage
from api.pages.forgotten import wrong_password
from api.pages.page import Form, Frame, frame_of, render
from api.pages.route import LoginNeeded, PageRoute
from index.database import reading, writing
from index.errors import NotFound, UsageError

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
_SAID = {
    "password": "account.done_password",
    "email": "account.done_email",
    "ended": "account.done_ended",
    "others": "account.done_others",
}


@router.get("/account")
def account_page(request: Request, container: ContainerDep) -> Response:
    """Show the account of who is logged in."""
    frame = _signed_in(request, container)
    said = _SAID.get(request.query_params.get("done", ""))
    return _page(frame, said=frame.t(said) if said else None)


@router.post("/account/password", dependencies=[LimitWrites, FromOurPage])
def change_password(request: Request, container: ContainerDep, old: Typed = "", password: Typed = "") -> Response:
    """Change the password: all other sessions end, and this one gets a fresh cookie."""
    frame = _signed_in(request, container)
    now = container.clock()
    try:
        with writing(container.engine) as session:
            done = accounts.change_password(session, frame.holder, old, password, keep=None, now=now)
            made = accounts.open_session(session, frame.holder, device=device_of(request), now=now) if done else None
    except TooManyTries:
        return _page(frame, password=Form("password", {}, {"old": frame.t("login.locked")}), status=429)
    except NotFound:
        raise
    except UsageError:
        return _page(frame, password=Form("password", {}, wrong_password(frame, password)), status=422)
    if made is None:
        return _page(frame, password=Form("password", {}, {"old": frame.t("account.wrong_old")}), status=422)
    response = _back("password")
    set_session_cookie(response, made, container)
    return response


@router.post("/account/email", dependencies=[LimitWrites, FromOurPage])
def set_email(request: Request, container: ContainerDep, email: Typed = "", old: Typed = "") -> Response:
    """Set where a forgotten password is reset; it takes the password, or a borrowed browser would be enough."""
    frame = _signed_in(request, container)
    now = container.clock()
    try:
        with writing(container.engine) as session:
            if not accounts.is_password(session, frame.holder, old, now=now):
                form = Form("email", {"email": email}, {"old": frame.t("account.wrong_old")})
            else:
                accounts.set_email(session, frame.holder, email, now=now)
                form = None
    except TooManyTries:
        return _page(frame, email=Form("email", {"email": email}, {"old": frame.t("login.locked")}), status=429)
    except NotFound:
        raise
    except UsageError:
        form = Form("email", {"email": email}, {"email": frame.t("account.bad_email")})
    return _page(frame, email=form, status=422) if form is not None else _back("email")


@router.post("/account/sessions/end-others", dependencies=[LimitWrites, FromOurPage])
def end_others(request: Request, container: ContainerDep) -> Response:
    """End all sessions of this login but this one, which gets a fresh cookie: a stolen copy of it ends too."""
    frame = _signed_in(request, container)
    now = container.clock()
    with writing(container.engine) as session:
        accounts.end_sessions(session, frame.holder)
        made = accounts.open_session(session, frame.holder, device=device_of(request), now=now)
        if frame.holder.merchant is not None:
            accounts.note(session, frame.holder.merchant, accounts.Action.SESSION_ENDED, by=frame.holder, now=now)
    response = _back("others")
    set_session_cookie(response, made, container)
    return response


@router.post("/account/sessions/{session_id}/end", dependencies=[LimitWrites, FromOurPage])
def end_session(session_id: str, request: Request, container: ContainerDep) -> Response:
    """End one session of this login; ending the one in use logs out."""
    frame = _signed_in(request, container)
    with writing(container.engine) as session:
        accounts.end_session(session, frame.holder, session_id, now=container.clock())
    return _back("ended")


def _signed_in(request: Request, container: Container) -> Frame:
    frame = frame_of(request, container)
    if not frame.signed_in:
        raise LoginNeeded("/login")
    return frame


def _back(done: str) -> Response:
    return RedirectResponse(f"/account?done={done}", 303)


def _page(
    frame: Frame, *, said: str | None = None, password: Form | None = None, email: Form | None = None, status: int = 200
) -> Response:
    container = frame.container
    here = current_session(frame.request, container)
    with reading(container.engine) as session:
        login = accounts.login_of(session, frame.holder)
        rows = accounts.sessions_of(session, frame.holder, now=container.clock())
    stored = login.email or "" if login is not None else ""
    return render(
        frame,
        "account.html",
        status=status,
        said=said,
        login=login.name if login is not None else None,
        has_email=bool(stored),
        shortest=PASSWORD_MIN,
        password=password or Form("password"),
        email=email or Form("email", {"email": stored}),
        sessions=[_session(frame, row, here.id if here is not None else "") for row in rows],
    )


def _session(frame: Frame, row: accounts.WebSessionRow, here: str) -> dict[str, Any]:
    return {
        "device": row.device or frame.t("account.unknown_device"),
        "opened": frame.t("account.opened", at=moment(frame, row.made_at)),
        "seen": frame.t("account.seen", at=moment(frame, row.seen_at)),
        "here": row.id == here,
        "action": f"/account/sessions/{row.id}/end",
    }


def moment(frame: Frame, at: datetime) -> str:
    """Return a time in the county's zone, to the minute."""
    return f"{at.astimezone(frame.container.settings.tz):%Y-%m-%d %H:%M}"
