"""All pages, and the page that says what went wrong: what `api.app` takes in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages import accounts, admin, assets, board, listings, merchants, privacy, search, visits
from api.pages.page import frame_of, message, secure_headers
from api.problems import Problem

router = APIRouter()
for _pages in (assets, search, listings, visits, accounts, merchants, board, admin, privacy):
    router.include_router(_pages.router)

#: The texts for each status; others are told by the one of 500 when they are ours, else of 404.
_TEXTS = {401: "forbidden", 403: "forbidden", 404: "not_found", 429: "rate", 503: "unready"}


def render_problem(request: Request, problem: Problem) -> Response:
    """Return a problem as a page, for a browser that asked for one."""
    container = request.app.state.container
    frame = frame_of(request, container)
    name = _TEXTS.get(problem.status, "broken" if problem.status >= 500 else "asked")  # noqa: PLR2004
    lead = frame.t("error.asked", reason=problem.detail) if name == "asked" else frame.t(f"error.{name}")
    response = message(frame, frame.t(f"error.{name}_title"), lead, status=problem.status)
    secure_headers(response, container)
    return response
