"""Who saw and changed what: the owner's list, newest first, page by page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import accounts
from api.auth import ContainerDep
from api.pages.entrance import owner_of
from api.pages.my_account import moment
from api.pages.page import Frame, frame_of, render
from api.pages.route import PageRoute
from index.database import reading

router = APIRouter(route_class=PageRoute)

#: Largest id that both databases take.
_LARGEST_ID = 2**31 - 1


@router.get("/merchant/activity")
def activity_page(
    request: Request, container: ContainerDep, before: Annotated[int | None, Query(ge=1, le=_LARGEST_ID)] = None
) -> Response:
    """Show a page of the list."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    with reading(container.engine) as session:
        page = accounts.audit_page(session, merchant, before=before)
    return render(
        frame,
        "activity.html",
        entries=[_entry(frame, entry) for entry in page.entries],
        older=f"/merchant/activity?before={page.before}" if page.before is not None else None,
        newest="/merchant/activity" if before is not None else None,
    )


def _entry(frame: Frame, entry: accounts.AuditEntry) -> dict[str, Any]:
    is_seen = entry.action == accounts.Action.SEEN
    return {
        "at": moment(frame, entry.at),
        "what": frame.t(f"audit.{entry.action}"),
        "who": _who(frame, entry),
        "subject": frame.t(f"seen.{entry.subject}") if is_seen else entry.subject,
    }


def _who(frame: Frame, entry: accounts.AuditEntry) -> str:
    if not entry.role:
        return frame.t("audit.operator") if entry.actor == accounts.OPERATOR else entry.actor
    if entry.actor.startswith(accounts.KEY):
        return frame.t("audit.key", prefix=entry.actor.removeprefix(accounts.KEY))
    return frame.t("role.of", who=entry.actor, role=frame.t(f"role.{entry.role}"))
