"""A forgotten password: ask for a link by letter, and set another password by it."""

from typing import Annotated

import structlog
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts.passwords import PASSWORD_MAX, PASSWORD_MIN
from api.addresses import address
from api.auth import ContainerDep, LimitWrites, origin_of
from api.container import Container
from api.mailing import Letter
from api.pages.csrf import FromOurPage
from api.pages.messages import Texts
from api.pages.page import Form, Frame, frame_of, message, render
from api.pages.route import PageRoute
from index.database import reading, writing
from index.errors import BaichaError, NotFound, UsageError
from index.settings import Language

_log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]


@router.get("/forgot")
def forgotten_page(request: Request, container: ContainerDep) -> Response:
    """Ask for the login or the e-mail address."""
    return render(frame_of(request, container), "forgotten.html", form=Form("forgot"))


@router.post("/forgot", dependencies=[LimitWrites, FromOurPage])
def ask_link(request: Request, container: ContainerDep, tasks: BackgroundTasks, named: Typed = "") -> Response:
    """Send a link to whoever has this login or address; the answer, and how long it takes, is the same for nobody."""
    frame = frame_of(request, container)
    if not named.strip():
        form = Form("forgot", {}, {"named": frame.t("login.required")})
        return render(frame, "forgotten.html", status=422, form=form)
    # After the answer: how long looking up and sending take would tell whether there is such a login.
    tasks.add_task(send_links, container, named, frame.language)
    response = message(frame, frame.t("forgot.sent_title"), frame.t("forgot.sent"))
    response.background = tasks
    return response


@router.get("/reset/{token}")
def reset_page(token: str, request: Request, container: ContainerDep) -> Response:
    """Show the form of a link, or say that it is over."""
    frame = frame_of(request, container)
    with reading(container.engine) as session:
        login = accounts.reset_login(session, token, now=container.clock())
    return _form(frame, token, login, Form("reset")) if login is not None else _over(frame)


@router.post("/reset/{token}", dependencies=[LimitWrites, FromOurPage])
def reset(token: str, request: Request, container: ContainerDep, password: Typed = "") -> Response:
    """Set the password; every session of the login ends, and its holder logs in anew."""
    frame = frame_of(request, container)
    now = container.clock()
    with reading(container.engine) as session:
        login = accounts.reset_login(session, token, now=now)
    if login is None:
        return _over(frame)
    try:
        with writing(container.engine) as session:
            accounts.reset_password(session, token, password, origin=origin_of(request, container), now=now)
    except NotFound:
        return _over(frame)
    except UsageError:
        return _form(frame, token, login, Form("reset", {}, wrong_password(frame, password)), status=422)
    return RedirectResponse("/login?done=reset", 303)


def wrong_password(frame: Frame, password: str) -> dict[str, str]:
    """Return what is wrong with a new password, at its field."""
    if len(password) < PASSWORD_MIN:
        return {"password": frame.t("invite.short", n=PASSWORD_MIN)}
    return {"password": frame.t("invite.long", n=PASSWORD_MAX)}


def send_links(container: Container, named: str, language: Language) -> None:
    """Send the links that somebody asked for; what goes wrong is logged, because they have gone on."""
    t = Texts(language)
    try:
        with writing(container.engine) as session:
            resets = accounts.ask_reset(session, named, now=container.clock())
        for one in resets:
            link = f"{address(container.settings)}/reset/{one.token}"
            text = t("forgot.letter", login=one.login, link=link)
            container.mailer.send(Letter(one.email, t("forgot.subject"), text), now=container.clock())
    except BaichaError:
        _log.exception("reset link not sent")


def _form(frame: Frame, token: str, login: str, form: Form, *, status: int = 200) -> Response:
    lead = frame.t("forgot.reset_lead", login=login)
    return render(
        frame, "reset.html", status=status, lead=lead, action=f"/reset/{token}", form=form, shortest=PASSWORD_MIN
    )


def _over(frame: Frame) -> Response:
    return message(frame, frame.t("forgot.over_title"), frame.t("forgot.over"), status=404)
