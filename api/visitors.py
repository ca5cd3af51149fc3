"""The visitor's pseudonym and tickets: what a device keeps, and for how long.

Two cookies, neither readable by scripts. `baicha_visitor` holds a random id that is new each day of the county, or
stays 180 days for who asks to be remembered. `baicha_ticket` holds, sealed, which listings this device opened in the
last seven days, so that a visit can be traced to the search that led to it without keeping an id for longer.
A browser that sends Do Not Track or Global Privacy Control gets neither, until its user asks to be remembered.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.auth import is_https
from api.container import Container
from api.heads import is_head
from ledger import tickets
from ledger.events import Arm, Consent, Event, Open, Ticket
from recommender.holding import hold_out, window_of

_log = structlog.get_logger(__name__)

VISITOR_COOKIE = "baicha_visitor"
TICKET_COOKIE = "baicha_ticket"
REMEMBERED_FOR = timedelta(days=180)
#: A ticket is worth nothing after the attribution window.
TICKET_KEPT_FOR = timedelta(days=7)
_FORM = re.compile(r"(d|r)\.(\d{4}-\d\d-\d\d)\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A pseudonym. `since` is the county's day on which it was made."""

    id: str
    consent: Consent
    since: date

    @property
    def is_remembered(self) -> bool:
        """Whether the visitor asked for an id that lasts."""
        return self.consent is Consent.REMEMBERED


def refuses_tracking(request: Request) -> bool:
    """Whether the browser says so by Global Privacy Control or Do Not Track."""
    return request.headers.get("sec-gpc") == "1" or request.headers.get("dnt") == "1"


def known_visitor(request: Request, container: Container) -> Visitor | None:
    """Return the visitor of the cookie, None when there is none, its day is over, or nobody looks at the answer."""
    if is_head(request):
        return None
    match = _FORM.fullmatch(request.cookies.get(VISITOR_COOKIE, ""))
    if match is None:
        return None
    today = _today(container)
    try:
        since = date.fromisoformat(match[2])
    except ValueError:
        return None
    if match[1] == "r":
        kept = today - REMEMBERED_FOR <= since <= today
        return Visitor(match[3], Consent.REMEMBERED, since) if kept else None
    return Visitor(match[3], Consent.DAY, since) if since == today else None


def current_visitor(
    request: Request, response: Response, container: Container, *, make: bool = True, asked: bool = False
) -> Visitor | None:
    """Return the visitor, with a fresh id in the response's cookie when there was none.

    None when there is no id and none is made: `make` is false, or the browser refuses tracking and the visitor has not
    `asked` for something that needs an id, as recording a visit does.
    """
    visitor = known_visitor(request, container)
    if visitor is not None or not make or is_head(request) or (refuses_tracking(request) and not asked):
        return visitor
    made = Visitor(secrets.token_urlsafe(16), Consent.DAY, _today(container))
    _set_visitor(response, made, container)
    return made


def remember(response: Response, container: Container) -> Visitor:
    """Give the visitor an id that lasts, because they asked for it; not the day's id, which stays a day's."""
    made = Visitor(secrets.token_urlsafe(16), Consent.REMEMBERED, _today(container))
    _set_visitor(response, made, container)
    return made


def clear_cookies(response: Response, container: Container) -> None:
    """Take from the device all that it kept of the visitor."""
    for name in (VISITOR_COOKIE, TICKET_COOKIE):
        response.delete_cookie(name, httponly=True, samesite="lax", secure=is_https(container))


def opens_of(request: Request, container: Container) -> dict[str, Ticket]:
    """Return what this device opened, by listing; empty for a ticket that is too old or tampered with."""
    sealed = request.cookies.get(TICKET_COOKIE)
    return tickets.unseal(container.secret, sealed, container.clock()) if sealed else {}


def keep_tickets(
    request: Request, response: Response, container: Container, listings: list[str], visitor: Visitor | None
) -> None:
    """Seal on the device that it opened these listings now; nothing where the browser refuses tracking."""
    if not listings or (refuses_tracking(request) and (visitor is None or not visitor.is_remembered)):
        return
    now = container.clock()
    opened = {listing: Ticket(opened_at=now, arm=_arm(container, visitor, listing)) for listing in listings}
    opens = opens_of(request, container) | opened
    response.set_cookie(
        TICKET_COOKIE,
        tickets.seal(container.secret, opens),
        max_age=int(TICKET_KEPT_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https(container),
    )


def note_open(
    request: Request, response: Response, container: Container, listing: str, *, query_id: str | None = None
) -> None:
    """Record that a listing's page was opened, and seal a ticket for it on the device.

    Once in half an hour, however often the page is loaded; not where the visitor has no id and gets none. Where the
    database is away it is recorded as soon as it is back. Another failure is logged and does not fail the page.
    """
    visitor = current_visitor(request, response, container)
    if visitor is None:
        return
    now = container.clock()
    keep_tickets(request, response, container, [listing], visitor)
    try:
        event = Event(
            id=container.query_ids.of(visitor.id, ["open", listing], now),
            at=now,
            listing=listing,
            visitor=visitor.id,
            consent=visitor.consent,
            payload=Open(query_id=query_id),
        )
        container.recorder.record([event])
    except Exception:  # noqa: BLE001 - a page is worth more than its record
        _log.exception("open not recorded", listing=listing)


def _arm(container: Container, visitor: Visitor | None, listing: str) -> Arm | None:
    settings = container.settings
    if visitor is None or not settings.hold_out:
        return None
    window = window_of(_today(container), settings.hold_out_window_days)
    withheld = hold_out(container.secret, visitor.id, listing, window, share=settings.hold_out)
    return Arm.WITHHELD if withheld else Arm.SHOWN


def new_event_id() -> str:
    """Return a fresh id for an event."""
    return secrets.token_urlsafe(16)


def _today(container: Container) -> date:
    return container.clock().astimezone(container.settings.tz).date()


def _set_visitor(response: Response, visitor: Visitor, container: Container) -> None:
    now = container.clock().astimezone(container.settings.tz)
    if visitor.is_remembered:
        seconds = int(REMEMBERED_FOR.total_seconds())
    else:
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
        seconds = max(1, int((midnight - now).total_seconds()))
    letter = "r" if visitor.is_remembered else "d"
    response.set_cookie(
        VISITOR_COOKIE,
        f"{letter}.{visitor.since.isoformat()}.{visitor.id}",
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=is_https(container),
    )
