"""Login, logout, and the invitation by which a merchant sets a login and a password."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts.passwords import PASSWORD_MAX, PASSWORD_MIN, email_address
from api.auth import (
    SESSION_COOKIE,
    ContainerDep,
    LimitWrites,
    clear_session_cookie,
    origin_of,
    set_session_cookie,
)
from api.container import Container
from api.devices import device_of
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
    said = frame.t("login.reset_done") if request.query_params.get("done") == "reset" else None
    return render(frame, "login.html", form=Form("login"), said=said)


@router.post("/login", dependencies=[LimitWrites, FromOurPage])
def log_in(request: Request, container: ContainerDep, login: Typed = "", password: Typed = "") -> Response:
    """Open a session for who knows login and password."""
    frame = frame_of(request, container)
    missing = {name: frame.t("login.required") for name, value in _named(login, password) if not value.strip()}
    if missing:
        return _login_again(frame, login, missing, status=422)
    try:
        with writing(container.engine) as session:
            holder = accounts.authenticate(
                session, login, password, origin=origin_of(request, container), now=container.clock()
            )
    except TooManyTries:
        return _login_again(frame, login, {"form": frame.t("login.locked")}, status=429)
    if holder is None:
        return _login_again(frame, login, {"form": frame.t("login.wrong")}, status=401)
    return open_session(request, container, holder)


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
        invitation = accounts.open_invitation(session, token, now=container.clock())
        merchant = accounts.invitation_merchant(session, token, now=container.clock())
    if invitation is None or merchant is None:
        return _over(frame)
    return _invitation(frame, token, merchant, Form("invite"), staff=invitation.role == accounts.Role.STAFF)


@router.post("/invite/{token}", dependencies=[LimitWrites, FromOurPage])
def accept_invitation(
    token: str,
    request: Request,
    container: ContainerDep,
    login: Typed = "",
    password: Typed = "",
    email: Typed = "",
) -> Response:
    """Make the login that an invitation is for, and log in."""
    frame = frame_of(request, container)
    now = container.clock()
    with reading(container.engine) as session:
        invitation = accounts.open_invitation(session, token, now=now)
        merchant = accounts.invitation_merchant(session, token, now=now)
    if invitation is None or merchant is None:
        return _over(frame)
    try:
        with writing(container.engine) as session:
            accounts.accept_invitation(session, token, login, password, email=email, now=now)
            holder = accounts.authenticate(session, login, password, origin=origin_of(request, container), now=now)
    except NotFound:
        return _over(frame)
    except (Conflict, UsageError) as error:
        form = Form("invite", {"login": login, "email": email}, _wrong_fields(frame, error, password, email))
        staff = invitation.role == accounts.Role.STAFF
        return _invitation(frame, token, merchant, form, staff=staff, status=422)
    assert holder is not None  # noqa: S101 - the login was made a moment ago
    return open_session(request, container, holder)


def open_session(request: Request, container: Container, holder: accounts.Holder) -> Response:
    """Open a web session with a fresh cookie and go to the holder's page; the one that the browser had is over."""
    now = container.clock()
    with writing(container.engine) as session:
        accounts.close_session(session, request.cookies.get(SESSION_COOKIE, ""), now=now)
        made = accounts.open_session(session, holder, device=device_of(request), now=now)
        if holder.merchant is not None:
            accounts.note(
                session, holder.merchant, accounts.Action.LOGIN, by=holder, subject=device_of(request), now=now
            )
    response = RedirectResponse(_home_of(holder), 303)
    set_session_cookie(response, made, container)
    return response


def _home_of(holder: accounts.Holder) -> str:
    return {accounts.Role.ADMIN: "/admin", accounts.Role.BOARD: "/board"}.get(holder.role, "/merchant")


def _named(login: str, password: str) -> list[tuple[str, str]]:
    return [("login", login), ("password", password)]


def _login_again(frame: Frame, login: str, errors: dict[str, str], *, status: int) -> Response:
    return render(frame, "login.html", status=status, form=Form("login", {"login": login}, errors), said=None)


def _over(frame: Frame) -> Response:
    return message(frame, frame.t("invite.over_title"), frame.t("invite.over"), status=404)


def _invitation(
    frame: Frame, token: str, merchant: accounts.Merchant, form: Form, *, staff: bool, status: int = 200
) -> Response:
    return render(
        frame,
        "invite.html",
        status=status,
        lead=frame.t("invite.lead_staff" if staff else "invite.lead", name=merchant.name),
        action=f"/invite/{token}",
        form=form,
        shortest=PASSWORD_MIN,
    )


def _wrong_fields(frame: Frame, error: Exception, password: str, email: str) -> dict[str, str]:
    if isinstance(error, Conflict):
        return {"login": frame.t("invite.taken")}
    if len(password) < PASSWORD_MIN:
        return {"password": frame.t("invite.short", n=PASSWORD_MIN)}
    if len(password) > PASSWORD_MAX:
        return {"password": frame.t("invite.long", n=PASSWORD_MAX)}
    try:
        email_address(email)
    except UsageError:
        return {"email": frame.t("account.bad_email")}
    return {"login": frame.t("invite.bad_login")}
