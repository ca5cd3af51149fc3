"""All pages, and the page that says what went wrong: what `api.app` takes in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages import (
    accounts,
    activity,
    admin,
    alerts,
    assets,
    board,
    counter,
    credit,
    credit_keys,
    devices,
    forgotten,
    judging,
    listings,
    log,
    merchant_proof,
    merchant_signals,
    merchant_visits,
    merchants,
    my_account,
    my_listing,
    payments,
    privacy,
    search,
    staff,
    visits,
    weekly,
)
from api.pages.page import frame_of, message
from api.pages.route import secure_headers
from api.problems import RETRY_WHEN_NOT_READY_S, Problem

router = APIRouter()
for _pages in (assets, search, listings, visits, accounts, forgotten, my_account, counter, staff, activity):
    router.include_router(_pages.router)
for _pages in (merchants, merchant_proof, merchant_signals, weekly, credit_keys):
    router.include_router(_pages.router)
for _pages in (my_listing, payments, alerts, credit, merchant_visits, devices, judging, board, log, admin, privacy):
    router.include_router(_pages.router)

_NOT_READY = 503
#: The texts for each status; others are told by the one of 500 when they are ours, else of 404.
_TEXTS = {401: "forbidden", 403: "forbidden", 404: "not_found", 429: "rate", _NOT_READY: "unready"}


def render_problem(request: Request, problem: Problem) -> Response:
    """Return a problem as a page, for a browser that asked for one."""
    container = request.app.state.container
    frame = frame_of(request, container)
    name = _TEXTS.get(problem.status, "broken" if problem.status >= 500 else "asked")  # noqa: PLR2004
    lead = frame.t("error.asked", reason=problem.detail) if name == "asked" else frame.t(f"error.{name}")
    response = message(frame, frame.t(f"error.{name}_title"), lead, status=problem.status)
    secure_headers(response, container)
    if problem.status == _NOT_READY and request.method == "GET":
        # Whoever comes in the first seconds after a start gets the page without doing anything.
        response.headers["Refresh"] = str(RETRY_WHEN_NOT_READY_S)
    return response
