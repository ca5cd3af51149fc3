"""How a page is answered: its security headers, and what happens to a stale form or a reader who must log in."""

from collections.abc import Callable, Coroutine
from http.client import OK
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from api.auth import current_session
from api.container import Container
from api.pages.csrf import FormExpired
from api.pages.page import frame_of, message
from api.seeing import PAGES, note_seen


class LoginNeeded(Exception):
    """A page needs a login; `at` is where to get one."""

    def __init__(self, at: str) -> None:
        super().__init__(f"log in at {at}")
        self.at = at


def secure_headers(response: Response, container: Container) -> None:
    """Add what keeps a page from loading or being loaded by others.

    Styles come from our own sheets only; MapLibre's pictures are data URLs, its worker is a file of ours.
    """
    tiles = _origin(container.settings.tiles)
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob:{tiles}",
        "connect-src": f"'self'{tiles}",
        "worker-src": "'self' blob:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    response.headers.setdefault("Content-Security-Policy", "; ".join(f"{key} {value}" for key, value in policy.items()))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")


class PageRoute(APIRoute):
    """A route whose replies carry the security headers, and which knows what to do when a login is needed.

    Who saw a page of a merchant's is noted for the owner (`api.seeing`).
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            container: Container = request.app.state.container
            try:
                response = await handler(request)
            except LoginNeeded as needed:
                response = RedirectResponse(needed.at, 303)
            except FormExpired:
                frame = frame_of(request, container)
                response = message(frame, frame.t("error.form_title"), frame.t("error.csrf"), status=403)
            if request.method == "GET" and self.path in PAGES and response.status_code == OK:
                await run_in_threadpool(_note, request, container, self.path)
            secure_headers(response, container)
            return response

        return handle


def _note(request: Request, container: Container, path: str) -> None:
    web = current_session(request, container)
    if web is not None:
        note_seen(container, web.holder, PAGES[path])


def _origin(tiles: str | None) -> str:
    if tiles is None:
        return ""
    parts = urlsplit(tiles)
    return f" {parts.scheme}://{parts.netloc}"
