"""The owner's staff: invite them, see who has joined, let them go."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts import Role
from api.auth import ContainerDep, LimitWrites
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of
from api.pages.my_account import moment
from api.pages.page import Form, Frame, frame_of, render
from api.pages.route import PageRoute
from index.database import reading, writing
from index.errors import Conflict

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
LONGEST_LABEL = 60
_SAID = {"withdrawn": "team.done_withdrawn", "removed": "team.done_removed"}


@router.get("/merchant/staff")
def staff_page(request: Request, container: ContainerDep) -> Response:
    """Show who has a login, and who is invited."""
    frame = frame_of(request, container)
    owner_of(frame)
    said = _SAID.get(request.query_params.get("done", ""))
    return _page(frame, said=frame.t(said) if said else None)


@router.post("/merchant/staff/invite", dependencies=[LimitWrites, FromOurPage])
def invite(request: Request, container: ContainerDep, label: Typed = "") -> Response:
    """Make an invitation and show its link, this once."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    name = label.strip()
    if not name or len(name) > LONGEST_LABEL or not name.isprintable():
        error = frame.t("team.bad_label", n=LONGEST_LABEL)
        return _page(frame, form=Form("staff", {"label": label}, {"label": error}), status=422)
    now = container.clock()
    try:
        with writing(container.engine) as session:
            accounts.ensure_room(session, merchant, now=now)
            token = accounts.invite(session, merchant, role=Role.STAFF, label=name, by=frame.holder, now=now)
    except Conflict:
        form = Form("staff", {"label": label}, {"label": frame.t("team.full")})
        return _page(frame, form=form, status=409)
    return _page(frame, said=frame.t("team.invited", name=name), link=f"{frame.root}/invite/{token}")


@router.post("/merchant/staff/withdraw", dependencies=[LimitWrites, FromOurPage])
def withdraw(request: Request, container: ContainerDep, invitation: Typed = "") -> Response:
    """Make an invitation useless."""
    frame = frame_of(request, container)
    owner_of(frame)
    with writing(container.engine) as session:
        accounts.withdraw_invitation(session, frame.holder, invitation, now=container.clock())
    return RedirectResponse("/merchant/staff?done=withdrawn", 303)


@router.post("/merchant/staff/remove", dependencies=[LimitWrites, FromOurPage])
def remove(request: Request, container: ContainerDep, login: Typed = "") -> Response:
    """Take a login away; whoever uses it is out with their next tap."""
    frame = frame_of(request, container)
    owner_of(frame)
    with writing(container.engine) as session:
        accounts.remove_staff(session, frame.holder, login, now=container.clock())
    return RedirectResponse("/merchant/staff?done=removed", 303)


def _page(
    frame: Frame, *, said: str | None = None, link: str | None = None, form: Form | None = None, status: int = 200
) -> Response:
    merchant, now = owner_of(frame), frame.container.clock()
    with reading(frame.container.engine) as session:
        logins = accounts.logins_of(session, merchant)
        invitations = accounts.open_invitations(session, merchant, now=now)
    return render(
        frame,
        "team.html",
        status=status,
        said=said,
        link=link,
        form=form or Form("staff"),
        logins=[_login(frame, login) for login in logins],
        invitations=[
            {
                "id": one.token_hash,
                "name": one.label or frame.t(f"role.{one.role}"),
                "until": frame.t("team.until", at=moment(frame, one.expires_at)),
            }
            for one in invitations
        ],
    )


def _login(frame: Frame, login: accounts.Login) -> dict[str, Any]:
    return {
        "login": login.name,
        "name": login.label or login.name,
        "role": frame.t(f"role.{login.role}"),
        "since": frame.t("team.since", at=moment(frame, login.made_at)),
        "you": login.name == frame.holder.credential,
        "removable": login.role == Role.STAFF,
    }
