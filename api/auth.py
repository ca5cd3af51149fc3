"""Who calls, and whether they may: a key in `Authorization`, or the cookie of a web session.

Routes say whom they are for by `Caller`, `AdminOnly`, `BoardOnly`, `OwnOnly`, `CreditOnly` or `StaffToo`; the table in
`tests/api/test_roles.py` tries every route with every role.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from api import accounts, credit_consents
from api.accounts import NOBODY, Holder, NewSession, Role, WebSession
from api.container import Container
from api.errors import Forbidden, Unauthenticated
from api.limiting import group
from index.database import reading, writing

SESSION_COOKIE = "baicha_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(auto_error=False, description="A key made by `baicha keys make`: `bch_<prefix>_<secret>`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="The cookie of a login on the pages.")


def get_container(request: Request) -> Container:
    """Return the container that the app was made with."""
    container: Container = request.app.state.container
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


def current_session(request: Request, container: Container) -> WebSession | None:
    """Return the web session of a request's cookie, None when nobody is logged in."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    now = container.clock()
    with reading(container.engine) as session:
        found = accounts.session_holder(session, token, now=now)
    if found is not None and found.due:
        with writing(container.engine) as session:
            accounts.touch_session(session, token, now=now)
    return found


def current_holder(
    request: Request,
    container: ContainerDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
    _token: Annotated[str | None, Depends(_cookie)] = None,
) -> Holder:
    """Return who calls; nobody when neither a key nor a session is sent.

    Raises:
        Unauthenticated: A key was sent that is not ours, or is revoked.
        Forbidden: A session changes something without its CSRF token.
    """
    if "authorization" in request.headers:
        return _key_holder(container, bearer.credentials if bearer is not None else "")
    web = current_session(request, container)
    if web is None:
        return NOBODY
    if request.method not in _SAFE_METHODS and not web.csrf_fits(request.headers.get(CSRF_HEADER)):
        raise Forbidden(f"a logged-in browser sends the CSRF token of its page in {CSRF_HEADER}")
    return web.holder


Caller = Annotated[Holder, Depends(current_holder)]


def _key_holder(container: Container, plain: str) -> Holder:
    now = container.clock()
    with reading(container.engine) as session:
        holder = accounts.key_holder(session, plain, now=now)
        due = holder is not None and accounts.needs_touch(session, holder.credential or "", now=now)
    if holder is None:
        raise Unauthenticated("this key is not known or was revoked; ask the operator for one", key_was_sent=True)
    if due:
        with writing(container.engine) as session:
            accounts.touch_key(session, holder.credential or "", now=now)
    return holder


def require(*roles: Role) -> Callable[[Holder], Holder]:
    """Return a dependency that lets only these roles in.

    Raises:
        Unauthenticated: Nobody called.
        Forbidden: Another role did.
    """

    def check(holder: Caller) -> Holder:
        if holder.role is Role.NOBODY:
            raise Unauthenticated("send a key as `Authorization: Bearer bch_…`")
        if holder.role not in roles:
            raise Forbidden(f"this is for {' or '.join(roles)}, not for {holder.role}")
        return holder

    return check


def merchant_self(merchant_id: str, holder: Annotated[Holder, Depends(require(Role.MERCHANT))]) -> Holder:
    """Let a merchant in to their own figures, and nobody to another's.

    Raises:
        Forbidden: The path names another merchant; whether that one exists is not told.
    """
    if not holder.owns(merchant_id):
        raise Forbidden("a merchant sees their own figures only")
    return holder


def credit_reader(
    holder: Annotated[Holder, Depends(merchant_self)], container: Annotated[Container, Depends(get_container)]
) -> Holder:
    """Let the owner in to their credit, and their programs only with a key that the owner allowed it.

    Raises:
        Forbidden: It is another merchant's, or the owner has not allowed this key.
    """
    with reading(container.engine) as session:
        if not credit_consents.may_read(session, holder):
            raise Forbidden("the owner has not let this key read credit; they can on /merchant/credit")
    return holder


def merchant_or_staff(
    merchant_id: str, holder: Annotated[Holder, Depends(require(Role.MERCHANT, Role.STAFF))]
) -> Holder:
    """Let a merchant and their staff in, and nobody of another's.

    Raises:
        Forbidden: The path names another merchant; whether that one exists is not told.
    """
    if not holder.works_for(merchant_id):
        raise Forbidden("a merchant sees their own figures only")
    return holder


#: Dependencies of whole routers, or of single routes. Staff see figures and the counter; what changes, exports or
#: discloses something is the owner's (`OwnOnly`).
AdminOnly = Depends(require(Role.ADMIN))
BoardOnly = Depends(require(Role.BOARD, Role.ADMIN))
OwnOnly = Depends(merchant_self)
CreditOnly = Depends(credit_reader)
StaffToo = Depends(merchant_or_staff)
AdminCaller = Annotated[Holder, AdminOnly]
OwnCaller = Annotated[Holder, OwnOnly]


def client_address(request: Request) -> str:
    """Return the address that limits count by; behind a proxy uvicorn has put the visitor's here."""
    return request.client.host if request.client is not None else "unknown"


def origin_of(request: Request, container: Container) -> str:
    """Return what stands for a request's address where wrong passwords are counted: it is not kept itself."""
    address = group(client_address(request)).encode()
    return hmac.new(container.secret, b"baicha origin 1\0" + address, hashlib.sha256).hexdigest()


def limit_writes(request: Request, container: ContainerDep) -> None:
    """Count a write of this address.

    Raises:
        TooManyTries: It has used up its minute.
    """
    container.limiter.write(client_address(request))


LimitWrites = Depends(limit_writes)


def is_https(container: Container) -> bool:
    """Whether visitors reach the service by HTTPS, so that cookies must stay on it."""
    return (container.settings.public_url or "").startswith("https://")


def set_session_cookie(response: Response, made: NewSession, container: Container) -> None:
    """Give the browser its session."""
    seconds = int((made.expires_at - container.clock()).total_seconds())
    response.set_cookie(
        SESSION_COOKIE, made.token, max_age=seconds, httponly=True, samesite="lax", secure=is_https(container)
    )


def clear_session_cookie(response: Response, container: Container) -> None:
    """Take the session from the browser; `accounts.close_session` ends it on our side."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=is_https(container))
