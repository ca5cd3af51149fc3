"""Login, logout, and the invitation by which a merchant sets a login and a password."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts.merchants import PASSWORD_MIN
from api.auth import SESSION_COOKIE, ContainerDep, LimitWrites, clear_session_cookie, set_session_cookie
from api.container import Container
from api.errors import TooManyTries
from api.pages.csrf import FromOurPage
from api.pages.page import Form, Frame, frame_of, message, render
from api.pages.route import PageRoute
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]


@router.get("/login")
def login_page(request: Request, container: ContainerDep) -> Response:
    """Show the login form; who is logged in already goes on to their page."""
    frame = frame_of(request, container)
    if frame.signed_in:
        return RedirectResponse(_home_of(frame.holder), 303)
    return render(frame, "login.html", form=Form("login"))


@router.post("/login", dependencies=[LimitWrites, FromOurPage])
def log_in(request: Request, container: ContainerDep, login: Typed = "", password: Typed = "") -> Response:
    """Open a session for who knows login and password."""
    frame = frame_of(request, container)
    missing = {name: frame.t("login.required") for name, value in _named(login, password) if not value.strip()}
    if missing:
        return _login_again(frame, login, missing, status=422)
    try:
        with writing(container.engine) as session:
            holder = accounts.authenticate(session, login, password, now=container.clock())
    except TooManyTries:
        return _login_again(frame, login, {"form": frame.t("login.locked")}, status=429)
    if holder is None:
        return _login_again(frame, login, {"form": frame.t("login.wrong")}, status=401)
    return open_session(container, holder)


@router.post("/logout", dependencies=[FromOurPage])
def log_out(request: Request, container: ContainerDep) -> Response:
    """Close the session, here and on the device."""
    with writing(container.engine) as session:
        accounts.close_session(session, request.cookies.get(SESSION_COOKIE, ""), now=container.clock())
    response = RedirectResponse("/", 303)
    clear_session_cookie(response, container)
    return response


@router.get("/invite/{token}")
def invitation_page(token: str, request: Request, container: ContainerDep) -> Response:
    """Show the form of an invitation, or say that it is over."""
    frame = frame_of(request, container)
    with reading(container.engine) as session:
        merchant = accounts.invitation_merchant(session, token, now=container.clock())
    return _invitation(frame, token, merchant, Form("invite")) if merchant is not None else _over(frame)


@router.post("/invite/{token}", dependencies=[LimitWrites, FromOurPage])
def accept_invitation(
    token: str, request: Request, container: ContainerDep, login: Typed = "", password: Typed = ""
) -> Response:
    """Make the login that an invitation is for, and log in."""
    frame = frame_of(request, container)
    now = container.clock()
    with reading(container.engine) as session:
        merchant = accounts.invitation_merchant(session, token, now=now)
    if merchant is None:
        return _over(frame)
    try:
        with writing(container.engine) as session:
            accounts.accept_invitation(session, token, login, password, now=now)
            holder = accounts.authenticate(session, login, password, now=now)
    except NotFound:
        return _over(frame)
    except (Conflict, UsageError) as error:
        form = Form("invite", {"login": login}, _wrong_fields(frame, error, password))
        return _invitation(frame, token, merchant, form, status=422)
    assert holder is not None  # noqa: S101 - the login was made a moment ago
    return open_session(container, holder)


def open_session(container: Container, holder: accounts.Holder) -> Response:
    """Open a web session and go to the holder's page."""
    with writing(container.engine) as session:
        made = accounts.open_session(session, holder, now=container.clock())
    response = RedirectResponse(_home_of(holder), 303)
    set_session_cookie(response, made, container)
    return response


def _home_of(holder: accounts.Holder) -> str:
    return {accounts.Role.ADMIN: "/admin", accounts.Role.BOARD: "/board"}.get(holder.role, "/merchant")


def _named(login: str, password: str) -> list[tuple[str, str]]:
    return [("login", login), ("password", password)]


def _login_again(frame: Frame, login: str, errors: dict[str, str], *, status: int) -> Response:
    return render(frame, "login.html", status=status, form=Form("login", {"login": login}, errors))


def _over(frame: Frame) -> Response:
    return message(frame, frame.t("invite.over_title"), frame.t("invite.over"), status=404)


def _invitation(frame: Frame, token: str, merchant: accounts.Merchant, form: Form, *, status: int = 200) -> Response:
    return render(
        frame,
        "invite.html",
        status=status,
        lead=frame.t("invite.lead", name=merchant.name),
        action=f"/invite/{token}",
        form=form,
        shortest=PASSWORD_MIN,
    )


def _wrong_fields(frame: Frame, error: Exception, password: str) -> dict[str, str]:
    if isinstance(error, Conflict):
        return {"login": frame.t("invite.taken")}
    if len(password) < PASSWORD_MIN:
        return {"password": frame.t("invite.short", n=PASSWORD_MIN)}
    return {"login": frame.t("invite.bad_login")}
