"""A bound on what a request may send, kept while it is received: nothing larger is ever held in memory."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems

#: Largest body, bytes; a batch of a thousand events has about a quarter of it.
BODY_LIMIT = 2_000_000


class _TooLargeError(Exception):
    """More came than is taken."""


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
        started = False

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_LIMIT:
                raise _TooLargeError
            return message

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive_bounded, send_noted)
        except _TooLargeError:
            if not started:
                await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"a request holds at most {BODY_LIMIT:,} bytes; send less at a time"
    reply = problems.problem_response(Request(scope), 413, "too-large", detail, headers={"Connection": "close"})
    await reply(scope, receive, send)
