"""Every write that appends an event, sent twice as a phone on a slow network does: one event, and the same receipt."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from api.visitors import VISITOR_COOKIE
from index.database import reading
from ledger.codes import qr_token
from ledger.reading import count_events
from tests.api.builders import TEA_HOUSE, Served, browser_with_visitor
from tests.api.test_feeds import TEXT, line, trusted
from tests.api.test_record_routes import PAYMENT

__all__ = ["trusted"]
#: Sends one write; a second call sends the same bytes.
Send: TypeAlias = Callable[[], Any]
#: What a receipt says of whether it was the first one, which is all that may differ; `visit` asks a question, once.
_FIRST_OR_NOT = {"status", "outcome", "reason", "inserted", "unchanged", "visit"}


def events(served: Served) -> int:
    served.container.recorder.flush()
    with reading(served.container.engine) as session:
        return count_events(session)


def same(receipt: Any) -> Any:
    """Return a receipt without what says that it is the second one."""
    if isinstance(receipt, dict):
        return {name: same(value) for name, value in receipt.items() if name not in _FIRST_OR_NOT}
    return [same(one) for one in receipt] if isinstance(receipt, list) else receipt


def posted(served: Served, role: str, path: str, body: dict[str, Any]) -> Send:
    return lambda: served.client.post(path, headers=served.keys.header(role), json=body)


def an_input(served: Served) -> int:
    """A payment that the merchant stated: its place in the log."""
    reply = own_record(served)().json()
    index: int = reply["receipts"][0]["index"]
    return index


def own_record(served: Served) -> Send:
    one = {"id": "record-0001", "at": served.clock().isoformat(), "listing": TEA_HOUSE, "payload": PAYMENT}
    return posted(served, "merchant", f"/v1/merchants/{served.merchant}/events", {"events": [one]})


def events_route(served: Served) -> Send:
    one = {"id": "call-0001", "at": served.clock().isoformat(), "listing": TEA_HOUSE, "payload": {"kind": "call"}}
    return posted(served, "nobody", "/v1/events", {"events": [one]})


def dispute(served: Served, **named: str) -> Send:
    body = {"visit_index": an_input(served), "note": "not ours", **named}
    return posted(served, "merchant", f"/v1/merchants/{served.merchant}/disputes", body)


def decision(served: Served, **fields: Any) -> Send:
    return posted(
        served, "admin", f"/v1/admin/disputes/{an_input(served)}", {"counts": False, "note": "seen", **fields}
    )


def feed(served: Served) -> Send:
    return lambda: served.client.post("/v1/feeds/payments", content=line(1), headers=TEXT)


def visit(served: Served, **named: str) -> Send:
    browser, _ = browser_with_visitor(served)
    body = {"token": qr_token(served.container.secret, TEA_HOUSE, served.clock()), **named}
    return lambda: browser.post("/v1/visits", json=body)


def origin(served: Served) -> Send:
    browser, _ = browser_with_visitor(served)
    body = {"token": qr_token(served.container.secret, TEA_HOUSE, served.clock())}
    answerable = browser.post("/v1/visits", json=body).json()["visit"]
    place = browser.get("/v1/visits/origins").json()[0]["id"]
    return lambda: browser.post("/v1/visits/origin", json={"visit": answerable, "place": place})


def forgetting(served: Served) -> Send:
    browser, _ = browser_with_visitor(served)
    cookie = browser.cookies[VISITOR_COOKIE]

    def send() -> Any:
        # The reply that took the cookie away was lost.
        browser.cookies.clear()
        return browser.delete("/v1/visitor", headers={"Cookie": f"{VISITOR_COOKIE}={cookie}"})

    return send


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "write",
    [
        events_route,
        own_record,
        dispute,
        lambda served: dispute(served, id="dispute-0001"),
        decision,
        lambda served: decision(served, id="decision-0001"),
        lambda served: decision(served, withdrawn=True),
        lambda served: decision(served, withdrawn=True, id="withdrawal-1"),
        feed,
        visit,
        lambda served: visit(served, id="visit-0001"),
        origin,
        forgetting,
    ],
)
def test_a_write_sent_twice_over_the_api_is_one_event_with_one_receipt(
    served: Served, write: Callable[[Served], Send]
) -> None:
    send = write(served)
    before = events(served)
    first = send()
    assert first.status_code == 200, first.text
    assert events(served) == before + 1

    again = send()

    assert again.status_code == 200, again.text
    assert same(again.json()) == same(first.json())
    assert events(served) == before + 1
