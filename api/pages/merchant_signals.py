"""The first credit signals, which the owner alone sees: on a page of their own, since they read two years of visits."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import ContainerDep
from api.indicators import windows_of
from api.pages.merchant_parts import signal_figure
from api.pages.merchants import own_listings
from api.pages.page import frame_of, render
from api.pages.route import PageRoute
from index.database import reading
from ledger.credit import credit_signals
from ledger.periods import Period

router = APIRouter(route_class=PageRoute)


@router.get("/merchant/signals")
def signals_page(request: Request, container: ContainerDep) -> Response:
    """Show the owner what their verified visits say, each signal with how it is computed."""
    frame = frame_of(request, container)
    own = [listing.id for listing in own_listings(frame)]
    today, windows = Period.day_of(container.clock(), container.settings.tz), windows_of(container.settings)
    with reading(container.engine) as session:
        found = credit_signals(session, own, today.last_moment, windows=windows, weigh=container.weigh)
    return render(
        frame,
        "merchant_signals.html",
        signals=[signal_figure(frame, signal) for signal in found],
        made_up=any(signal.made_up for signal in found),
    )
