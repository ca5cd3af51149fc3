"""What a merchant should look at: days far from their weekday's past, and hours that seem to be wrong."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.accounts import Role
from api.alerting import alerts_of, dismiss
from api.auth import ContainerDep, LimitWrites
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of, owner_or_staff
from api.pages.merchants import name_of
from api.pages.page import frame_of, render
from api.pages.route import PageRoute
from index.database import reading, writing
from ledger.alerts import AlertKind

router = APIRouter(route_class=PageRoute)

_LONGEST_ID = 500


@router.get("/merchant/alerts")
def alerts_page(request: Request, container: ContainerDep) -> Response:
    """Show what was noticed, each with its figures."""
    frame = frame_of(request, container)
    merchant = owner_or_staff(frame)
    with reading(container.engine) as session:
        found = alerts_of(container, session, merchant)
        names = {listing.id: name_of(frame, listing) for listing in accounts.listings_of(session, merchant)}
    return render(
        frame,
        "alerts.html",
        is_owner=frame.holder.role is Role.MERCHANT,
        said=request.query_params.get("done") == "1",
        alerts=[
            {
                "id": alert.id,
                "place": names.get(alert.listing or "", ""),
                "text": alert.text.of(frame.language),
                "proof": f"/merchant/proof?{urlencode({'figure': 'alert', 'id': alert.id})}",
                "listing": alert.listing if alert.kind in {AlertKind.HOURS, AlertKind.REPORTS} else None,
            }
            for alert in found
        ],
    )


@router.post("/merchant/alerts/dismiss", dependencies=[LimitWrites, FromOurPage])
def dismiss_alert(request: Request, container: ContainerDep, alert: Annotated[str, FormField()] = "") -> Response:
    """Hide one of them from now on."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    with writing(container.engine) as session:
        dismiss(container, session, merchant, alert[:_LONGEST_ID])
    return RedirectResponse("/merchant/alerts?done=1", 303)
