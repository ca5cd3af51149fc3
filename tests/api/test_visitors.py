from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from api.visitors import (
    REMEMBERED_FOR,
    TICKET_COOKIE,
    VISITOR_COOKIE,
    Visitor,
    clear_cookies,
    current_visitor,
    keep_tickets,
    known_visitor,
    note_open,
    opens_of,
    remember,
)
from index.database import reading
from ledger.events import Consent, Ticket
from ledger.reading import events_of
from tests.api.builders import TEA_HOUSE, Served


def _request(cookies: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Request:
    sent = (headers or {}) | {"cookie": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())}
    headers_sent = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "headers": headers_sent})


def _cookies(response: Response) -> dict[str, str]:
    lines = response.headers.getlist("set-cookie")
    return {name: rest.partition(";")[0] for name, _, rest in (line.partition("=") for line in lines)}


def test_a_days_id_ends_with_the_countys_day(served: Served) -> None:
    response = Response()
    first = current_visitor(_request(), response, served.container)
    assert first is not None
    assert first.consent is Consent.DAY
    kept = _cookies(response)
    assert f"Max-Age={12 * 3600}" in response.headers["set-cookie"]  # it is noon in the county
    assert "HttpOnly" in response.headers["set-cookie"]
    served.clock.forward(timedelta(hours=12, seconds=-1))
    assert current_visitor(_request(kept), Response(), served.container) == first
    served.clock.forward(timedelta(seconds=1))
    second = current_visitor(_request(kept), Response(), served.container)
    assert second is not None
    assert second.id != first.id


def test_who_asks_to_be_remembered_is_known_for_180_days(served: Served) -> None:
    response = Response()
    visitor = remember(response, served.container)
    kept = _cookies(response)
    served.clock.forward(REMEMBERED_FOR)
    assert known_visitor(_request(kept), served.container) == visitor
    served.clock.forward(timedelta(days=1))
    assert known_visitor(_request(kept), served.container) is None


def test_being_remembered_does_not_lengthen_the_days_id(served: Served) -> None:
    response = Response()
    day = current_visitor(_request(), response, served.container)
    assert day is not None
    assert remember(Response(), served.container).id != day.id


@pytest.mark.parametrize(
    "value",
    ["", "d", "d.2026-11-24.short", "x.2026-11-24." + "a" * 22, "d.2026-99-99." + "a" * 22, "r.2030-01-01." + "a" * 22],
)
def test_a_cookie_of_another_form_is_nobodys(served: Served, value: str) -> None:
    assert known_visitor(_request({VISITOR_COOKIE: value}), served.container) is None


@pytest.mark.parametrize("header", [{"DNT": "1"}, {"Sec-GPC": "1"}])
def test_who_refuses_tracking_gets_an_id_only_for_what_needs_one(served: Served, header: dict[str, str]) -> None:
    response = Response()
    request = _request(headers=header)
    assert current_visitor(request, response, served.container) is None
    note_open(request, response, served.container, TEA_HOUSE)
    assert "set-cookie" not in response.headers
    assert current_visitor(request, response, served.container, asked=True) is not None


def test_opening_a_page_is_recorded_and_sealed_on_the_device(served: Served) -> None:
    response = Response()
    note_open(_request(), response, served.container, TEA_HOUSE, query_id="query-0001")
    with reading(served.container.engine) as session:
        events = [logged.event for logged in events_of(session)]
    assert [(event.kind, event.listing) for event in events] == [("open", TEA_HOUSE)]
    assert opens_of(_request(_cookies(response)), served.container) == {TEA_HOUSE: Ticket(opened_at=served.clock())}


@pytest.mark.parametrize(
    ("share", "visitor", "arm"),
    [
        (0.0, "a-visitor-of-the-tests", None),
        (0.5, "a-visitor-of-the-tests", "shown"),
        (0.5, "another-visitor-tests", "withheld"),
    ],
)
def test_a_ticket_says_which_arm_was_drawn(served: Served, share: float, visitor: str, arm: str | None) -> None:
    served.container.settings = served.container.settings.model_copy(update={"hold_out": share})
    # The secret, the visitor and the day decide the draw; all are fixed here.
    served.container.__dict__["secret"] = b"a secret of the tests, 32 bytes."
    response = Response()
    drawn_for = Visitor(visitor, Consent.DAY, served.clock().date())
    keep_tickets(_request(), response, served.container, [TEA_HOUSE], drawn_for)
    assert opens_of(_request(_cookies(response)), served.container)[TEA_HOUSE].arm == arm


def test_a_ticket_is_worth_nothing_after_its_window(served: Served) -> None:
    response = Response()
    keep_tickets(_request(), response, served.container, [TEA_HOUSE], None)
    kept = _cookies(response)
    served.clock.forward(timedelta(days=7))
    assert opens_of(_request(kept), served.container)
    served.clock.forward(timedelta(seconds=1))
    assert opens_of(_request(kept), served.container) == {}


def test_opens_are_kept_beside_each_other(served: Served) -> None:
    first, second = Response(), Response()
    keep_tickets(_request(), first, served.container, ["a"], None)
    keep_tickets(_request(_cookies(first)), second, served.container, ["b"], None)
    assert set(opens_of(_request(_cookies(second)), served.container)) == {"a", "b"}


def test_cookies_stay_on_https_where_the_service_is_reached_by_it(served: Served) -> None:
    plain, secure = Response(), Response()
    remember(plain, served.container)
    served.container.settings = served.container.settings.model_copy(update={"public_url": "https://anji.example"})
    remember(secure, served.container)
    assert "Secure" not in plain.headers["set-cookie"]
    assert "Secure" in secure.headers["set-cookie"]


def test_forgetting_takes_both_cookies(served: Served) -> None:
    response = Response()
    clear_cookies(response, served.container)
    assert set(_cookies(response)) == {VISITOR_COOKIE, TICKET_COOKIE}
    assert all("Max-Age=0" in line for line in response.headers.getlist("set-cookie"))
