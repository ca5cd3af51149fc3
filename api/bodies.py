"""A bound on what a request may send, kept while it is received: nothing larger is ever held in memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems

#: Largest body, bytes; a batch of a thousand events has about a quarter of it.
BODY_LIMIT = 2_000_000


TOO_LARGE = f"a request holds at most {BODY_LIMIT:,} bytes; send less at a time"


class BodyLimit:
    """ASGI middleware that answers 413 to a larger body, whether its length was announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as far as it fits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > BODY_LIMIT:
            await _refuse(scope, receive, send)
            return
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_LIMIT:
                # Raised where the body is read, inside the app, which turns it into a problem.
                raise HTTPException(413, TOO_LARGE)
            return message

        await self._app(scope, receive_bounded, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    reply = problems.problem_response(Request(scope), 413, "too-large", TOO_LARGE, headers={"Connection": "close"})
    await reply(scope, receive, send)
