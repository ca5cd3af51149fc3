"""Forms come from our own pages: a signed double-submit token, bound to the login.

The cookie holds a random number, the form its HMAC together with the session cookie. Another site can make a browser
send the cookie, but cannot compute what the form has to hold, and a planted cookie does not fit another login.
"""

import hashlib
import hmac
import re
import secrets
from typing import Annotated

from fastapi import Depends, Form, Request
from starlette.responses import Response

from api.auth import SESSION_COOKIE, ContainerDep, is_https
from api.container import Container
from api.errors import Forbidden

CSRF_COOKIE = "baicha_csrf"
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_PURPOSE = b"baicha csrf 1\0"


class FormExpired(Forbidden):
    """A form was sent without the token of a page of ours."""

    def __init__(self) -> None:
        super().__init__("this form has expired; go back, reload the page and send it again")


def csrf_nonce(request: Request) -> str:
    """Return the random number of the browser's cookie, or a fresh one."""
    found = request.cookies.get(CSRF_COOKIE, "")
    return found if _NONCE.fullmatch(found) else secrets.token_urlsafe(16)


def csrf_token(request: Request, container: Container, nonce: str) -> str:
    """Return what a form on this browser's pages has to hold."""
    message = _PURPOSE + nonce.encode() + b"\0" + request.cookies.get(SESSION_COOKIE, "").encode()
    return hmac.new(container.secret, message, hashlib.sha256).hexdigest()


def set_csrf_cookie(response: Response, container: Container, nonce: str) -> None:
    """Give the browser the number that its forms' tokens are made from."""
    response.set_cookie(CSRF_COOKIE, nonce, httponly=True, samesite="lax", secure=is_https(container))


def check_csrf(request: Request, container: ContainerDep, csrf: Annotated[str, Form()] = "") -> None:
    """Let a form in that holds this browser's token.

    Raises:
        FormExpired: It does not.
    """
    nonce = request.cookies.get(CSRF_COOKIE, "")
    expected = csrf_token(request, container, nonce)
    if not _NONCE.fullmatch(nonce) or not hmac.compare_digest(expected.encode(), csrf.encode()):
        raise FormExpired


FromOurPage = Depends(check_csrf)
