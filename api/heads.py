"""HEAD is answered like GET, without the body, and leaves no trace: nobody has seen the page."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MARK = "is_head"


class AnswersHead:
    """ASGI middleware: the routes see a GET that is marked; what they send as a body is dropped."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        # A copy, because the server looks at its own scope to know that no body follows.
        inner = {**scope, "method": "GET", "state": {**scope.get("state", {}), _MARK: True}}
        await self._app(inner, receive, send_head)
        if "route" in inner:
            scope["route"] = inner["route"]


def is_head(request: Request) -> bool:
    """Whether only the head of the answer is asked for."""
    return bool(getattr(request.state, _MARK, False))
