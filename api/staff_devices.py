"""Devices of a merchant and of their staff, whose visits to the merchant's own places are self-visits.

A browser in which a merchant is logged in is one. Others say so themselves, by a link that the merchant shows for a
day: then the browser keeps the merchant, sealed, in a cookie of its own. Of a visit is kept whose device it was, and
nothing else of it.
"""

import json
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from api.auth import current_session, is_https
from api.container import Container
from ledger.sealing import seal, unseal

STAFF_COOKIE = "baicha_staff"
#: How long a browser stays a staff device after the merchant's page was last seen on it or the link was taken.
KEPT_FOR = timedelta(days=365)
#: How long a link may be passed on to staff.
LINK_GOOD_FOR = timedelta(days=1)
_DEVICE, _LINK = "staff device 1", "staff link 1"


def staff_of(request: Request, container: Container) -> str | None:
    """Return the merchant whose device sent a request, None for a guest's."""
    web = current_session(request, container)
    if web is not None and web.holder.merchant is not None:
        return web.holder.merchant
    return _opened(container, _DEVICE, request.cookies.get(STAFF_COOKIE, ""), KEPT_FOR)


def is_marked(request: Request, container: Container) -> bool:
    """Whether this browser was marked, apart from a login."""
    return _opened(container, _DEVICE, request.cookies.get(STAFF_COOKIE, ""), KEPT_FOR) is not None


def mark(response: Response, container: Container, merchant: str) -> None:
    """Make the browser a staff device of a merchant."""
    response.set_cookie(
        STAFF_COOKIE,
        _sealed(container, _DEVICE, merchant),
        max_age=int(KEPT_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https(container),
    )


def unmark(response: Response, container: Container) -> None:
    """Make the browser a guest's again, as when a telephone changes hands."""
    response.delete_cookie(STAFF_COOKIE, httponly=True, samesite="lax", secure=is_https(container))


def link_token(container: Container, merchant: str) -> str:
    """Return what a link for staff ends with, good for a day."""
    return _sealed(container, _LINK, merchant)


def merchant_of_link(container: Container, token: str) -> str | None:
    """Return whose link it is; None for one that is too old, forged or torn."""
    return _opened(container, _LINK, token, LINK_GOOD_FOR)


def _sealed(container: Container, purpose: str, merchant: str) -> str:
    message = json.dumps([int(container.clock().timestamp()), merchant], separators=(",", ":"))
    return seal(container.secret, purpose, message.encode())


def _opened(container: Container, purpose: str, sealed: str, good_for: timedelta) -> str | None:
    message = unseal(container.secret, purpose, sealed)
    if message is None:
        return None
    seconds, merchant = json.loads(message)
    age = container.clock() - datetime.fromtimestamp(seconds, UTC)
    return str(merchant) if age <= good_for else None
