"""The operator's page: claims to decide, and what visitors reported as wrong or closed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Form as FormField
from fastapi import Path as PathParam
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts import Role
from api.auth import ContainerDep, LimitWrites
from api.corrections import Decision, decide_correction, open_corrections
from api.listing_edits import edits_page as edits_of
from api.listing_edits import take_back
from api.pages.accounts import open_session
from api.pages.cards import place_path
from api.pages.csrf import FromOurPage
from api.pages.my_listing import LARGEST_ID, edits_shown
from api.pages.page import Form, Frame, frame_of, message, render
from api.pages.route import LoginNeeded, PageRoute
from api.replies import in_language
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from index.listing import Listing

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
_SAID = {
    "rejected": "admin.rejected",
    "closed": "admin.closed",
    "dismissed": "admin.dismissed",
    "decided": "admin.decided",
}


@router.get("/admin")
def admin_page(request: Request, container: ContainerDep) -> Response:
    """Show what waits for a decision; who has not logged in is asked for the admin key."""
    frame = frame_of(request, container)
    if frame.holder.role is not Role.ADMIN:
        return render(frame, "admin_key.html", form=Form("admin"))
    key = _SAID.get(request.query_params.get("done", ""))
    return _page(frame, said=frame.t(key) if key else None)


@router.post("/admin/login", dependencies=[LimitWrites, FromOurPage])
def log_in(request: Request, container: ContainerDep, key: Typed = "") -> Response:
    """Exchange an admin's key for a session."""
    frame = frame_of(request, container)
    with reading(container.engine) as session:
        holder = accounts.key_holder(session, key.strip(), now=container.clock())
    if holder is None or holder.role is not Role.ADMIN:
        form = Form("admin", errors={"key": frame.t("admin.wrong_key")})
        return render(frame, "admin_key.html", status=401, form=form)
    return open_session(request, container, holder)


@router.post("/admin/claims/{claim_id}", dependencies=[LimitWrites, FromOurPage])
def decide_claim(claim_id: str, request: Request, container: ContainerDep, decision: Typed = "") -> Response:
    """Approve a claim, which shows the invitation's link this once, or reject it."""
    frame = _admin(request, container)
    _ensure_known(decision, ("approve", "reject"))
    try:
        with writing(container.engine) as session:
            approval = accounts.decide_claim(
                session,
                claim_id,
                approve=decision == "approve",
                by=frame.holder.credential or "admin",
                now=container.clock(),
            )
    except (Conflict, NotFound):
        return _back("decided")
    if approval is None:
        return _back("rejected")
    link = f"{frame.root}/invite/{approval.invitation}" if approval.invitation else None
    return _page(frame, said=frame.t("admin.invitation" if link else "admin.approved"), invitation=link)


@router.post("/admin/corrections/{event_id}", dependencies=[LimitWrites, FromOurPage])
def decide(event_id: str, request: Request, container: ContainerDep, decision: Typed = "") -> Response:
    """Close the listing that a report is about, or dismiss the report."""
    frame = _admin(request, container)
    _ensure_known(decision, ("close", "dismiss"))
    decided = Decision.CLOSED if decision == "close" else Decision.DISMISSED
    by = frame.holder.credential or "admin"
    try:
        with writing(container.engine) as session:
            decide_correction(session, event_id, decided, by=by, now=container.clock())
    except (Conflict, NotFound):
        return _back("decided")
    return _back(decided)


@router.get("/admin/edits")
def edits_page(
    request: Request, container: ContainerDep, before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None
) -> Response:
    """Show what merchants changed of their listings, newest first."""
    frame = _admin(request, container)
    with reading(container.engine) as session:
        page = edits_of(session, before=before)
    return render(
        frame,
        "admin_edits.html",
        edits=edits_shown(frame, page.edits),
        older=f"/admin/edits?before={page.before}" if page.before is not None else None,
        said=frame.t("edit.done_undone") if request.query_params.get("done") == "undone" else None,
    )


@router.post("/admin/edits/{edit_id}/revert", dependencies=[LimitWrites, FromOurPage])
def revert_edit(
    edit_id: Annotated[int, PathParam(ge=1, le=LARGEST_ID)], request: Request, container: ContainerDep
) -> Response:
    """Take a merchant's edit back; it stands in the merchant's own list who did."""
    frame = _admin(request, container)
    try:
        with writing(container.engine) as session:
            take_back(session, frame.holder, edit_id, now=container.clock())
    except Conflict:
        return message(frame, frame.t("edit.later_title"), frame.t("edit.later"), status=409)
    return RedirectResponse("/admin/edits?done=undone", 303)


def _admin(request: Request, container: ContainerDep) -> Frame:
    frame = frame_of(request, container)
    if frame.holder.role is not Role.ADMIN:
        raise LoginNeeded("/admin")
    return frame


def _ensure_known(decision: str, known: tuple[str, str]) -> None:
    if decision not in known:
        raise UsageError(f"a decision is {known[0]} or {known[1]}")


def _back(done: str) -> Response:
    return RedirectResponse(f"/admin?done={done}", 303)


def _page(frame: Frame, *, said: str | None = None, invitation: str | None = None) -> Response:
    with reading(frame.container.engine) as session:
        claims = [_claim(frame, session, claim) for claim in accounts.pending_claims(session)]
        corrections = [
            {
                "place": one.listing_name or one.listing_id,
                "href": place_path(one.listing_id),
                "what": frame.t(f"report.{one.what}"),
                "note": one.note,
                "at": _moment(frame, one.at),
                "action": f"/admin/corrections/{one.id}",
            }
            for one in open_corrections(session)
        ]
    return render(frame, "admin.html", said=said, invitation=invitation, claims=claims, corrections=corrections)


def _claim(frame: Frame, session: Session, claim: accounts.Claim) -> dict[str, Any]:
    listing = session.get(Listing, claim.listing_id)
    return {
        "place": in_language(listing, "name", frame.language) if listing is not None else claim.listing_id,
        "href": place_path(claim.listing_id),
        "name": claim.name,
        "contact": frame.t("admin.contact", contact=claim.contact),
        "note": claim.note,
        "at": _moment(frame, claim.made_at),
        "action": f"/admin/claims/{claim.id}",
    }


def _moment(frame: Frame, at: datetime) -> str:
    return f"{at.astimezone(frame.container.settings.tz):%Y-%m-%d %H:%M}"
