from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api import accounts
from api.visitors import TICKET_COOKIE, VISITOR_COOKIE
from index.database import reading, writing
from index.listing import Listing
from ledger.codes import six_digits
from ledger.events import Visit
from ledger.reading import events_of
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served, browser_with_visitor


def _counter(served: Served) -> dict[str, Any]:
    reply = served.client.get(f"/v1/merchants/{served.merchant}/counter", headers=served.keys.header("merchant"))
    counter: dict[str, Any] = reply.json()
    return counter


def _open(served: Served, browser: TestClient, listing: str = TEA_HOUSE) -> None:
    event = {"id": "opened-0001", "at": served.clock().isoformat(), "listing": listing, "payload": {"kind": "open"}}
    assert browser.post("/v1/events", json={"events": [event]}).json()["receipts"][0]["status"] == "recorded"


def _visits(served: Served) -> list[Visit]:
    with reading(served.container.engine) as session:
        found = [logged.event.payload for logged in events_of(session, kinds=["visit"])]
    return [payload for payload in found if isinstance(payload, Visit)]


def _stats(served: Served) -> dict[str, Any]:
    reply = served.client.get(
        f"/v1/merchants/{served.merchant}/stats", headers=served.keys.header("merchant"), params={"lang": "en"}
    )
    stats: dict[str, Any] = reply.json()
    return stats


@pytest.mark.parametrize("code", ["token", "digits"])
def test_a_visit_is_traced_to_the_open_that_led_to_it(served: Served, code: str) -> None:
    browser = served.browser()
    _open(served, browser)
    served.clock.forward(timedelta(hours=2))
    reply = browser.post("/v1/visits", json={code: _counter(served)[code]})
    assert reply.json()["outcome"] == "recorded"
    assert reply.json()["listing"]["id"] == TEA_HOUSE
    assert _visits(served)[0].ticket is not None
    stats = _stats(served)
    assert (stats["visits"], stats["visitors"], stats["referred_visitors"]) == (1, 1, 1)
    assert "1 of your 1 recorded visitors found you here" in stats["sentence"]


def test_a_visit_on_another_day_is_traced_by_its_ticket_alone(served: Served) -> None:
    browser = served.browser()
    _open(served, browser)
    day_id = browser.cookies[VISITOR_COOKIE]
    served.clock.forward(timedelta(days=2))
    browser.post("/v1/visits", json={"digits": _counter(served)["digits"]})
    assert browser.cookies[VISITOR_COOKIE] != day_id
    assert _stats(served)["referred_visitors"] == 1


def test_a_visit_from_a_browser_that_never_searched_is_not_referred(served: Served) -> None:
    served.browser().post("/v1/visits", json={"token": _counter(served)["token"]})
    stats = _stats(served)
    assert (stats["visitors"], stats["referred_visitors"]) == (1, 0)


def test_a_forged_ticket_is_worth_nothing(served: Served) -> None:
    browser = served.browser()
    _open(served, browser)
    ticket = browser.cookies[TICKET_COOKIE]
    other = served.browser()
    other.cookies.set(TICKET_COOKIE, ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB"))
    assert other.post("/v1/visits", json={"token": _counter(served)["token"]}).json()["outcome"] == "recorded"
    assert _visits(served)[0].ticket is None


def test_a_second_visit_on_the_same_day_says_so(served: Served) -> None:
    browser = served.browser()
    first = browser.post("/v1/visits", json={"token": _counter(served)["token"]}).json()
    served.clock.forward(timedelta(hours=1))
    second = browser.post("/v1/visits", json={"digits": _counter(served)["digits"]}).json()
    assert (second["outcome"], second["index"]) == ("already_recorded", first["index"])
    assert len(_visits(served)) == 1


def test_a_code_is_worth_nothing_two_minutes_later(served: Served) -> None:
    counter = _counter(served)
    served.clock.forward(timedelta(minutes=2))
    for body in ({"token": counter["token"]}, {"digits": counter["digits"]}):
        reply = served.client.post("/v1/visits", json=body)
        assert reply.status_code == 400
        assert "now" in reply.json()["detail"]
    assert _visits(served) == []


def test_digits_fit_at_the_place_that_shows_them_only(served: Served) -> None:
    digits = _counter(served)["digits"]
    assert served.client.post("/v1/visits", json={"digits": digits, "listing": FARM_STAY}).status_code == 400
    assert served.client.post("/v1/visits", json={"digits": digits, "listing": TEA_HOUSE}).status_code == 200


def test_a_closed_listing_has_no_visits(served: Served) -> None:
    counter = _counter(served)
    served.client.post(f"/v1/admin/listings/{TEA_HOUSE}/close", headers=served.admin())
    assert served.client.post("/v1/visits", json={"token": counter["token"]}).status_code == 400
    assert served.client.post("/v1/visits", json={"digits": counter["digits"]}).status_code == 400


def test_guessing_ends_after_ten_wrong_codes(served: Served) -> None:
    right = _counter(served)["digits"]
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert [served.client.post("/v1/visits", json={"digits": wrong}).status_code for _ in range(10)] == [400] * 10
    refused = served.client.post("/v1/visits", json={"digits": right})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert served.client.post("/v1/visits", json={"token": _counter(served)["token"]}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"token": "x", "digits": "123456"}, {"digits": "1" * 21}, {"token": 1}, {"digits": "123456", "id": "?"}],
)
def test_a_visit_has_one_code(served: Served, body: dict[str, object]) -> None:
    assert served.client.post("/v1/visits", json=body).status_code == 422


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "12 34", "\x00", "😀"])
def test_what_is_no_code_is_a_wrong_code(served: Served, code: str) -> None:
    assert served.client.post("/v1/visits", json={"digits": code}).status_code == 400
    assert served.client.post("/v1/visits", json={"token": code}).status_code == 400


def test_a_retry_with_the_same_id_counts_once(served: Served) -> None:
    body = {"token": _counter(served)["token"], "id": "visit-0001"}
    replies = [served.client.post("/v1/visits", json=body).json() for _ in range(2)]
    assert [reply["outcome"] for reply in replies] == ["recorded", "already_recorded"]
    assert len(_visits(served)) == 1


def test_who_refuses_tracking_can_still_record_a_visit(served: Served) -> None:
    reply = served.client.post("/v1/visits", json={"token": _counter(served)["token"]}, headers={"Sec-GPC": "1"})
    assert reply.json()["outcome"] == "recorded"


def test_a_visitor_who_asks_is_forgotten(served: Served) -> None:
    browser, visitor = browser_with_visitor(served)
    _open(served, browser)
    browser.get("/v1/search", params={"q": "茶馆"})
    browser.post("/v1/visits", json={"token": _counter(served)["token"]})
    reply = browser.delete("/v1/visitor")
    assert reply.json()["erased"] == 13  # a share, an open, ten impressions, a visit
    assert VISITOR_COOKIE not in browser.cookies
    assert TICKET_COOKIE not in browser.cookies
    with reading(served.container.engine) as session:
        assert [logged.event.kind for logged in events_of(session)] == ["erasure"]
    with served.container.engine.connect() as connection:
        assert visitor not in str(connection.exec_driver_sql("SELECT * FROM payloads").all())


def test_who_is_not_known_has_nothing_to_forget(served: Served) -> None:
    assert served.client.delete("/v1/visitor").json() == {"erased": 0, "index": None}


def test_digits_that_fit_two_counters_ask_which_one(served: Served) -> None:
    with reading(served.container.engine) as session:
        places = list(session.exec(select(Listing.id)))
    moment = next(
        now
        for now in (served.clock() + timedelta(seconds=30) * step for step in range(1_000_000))
        if len({six_digits(served.container.secret, place, now) for place in places}) < len(places)
    )
    by_digits: dict[str, list[str]] = {}
    for place in places:
        by_digits.setdefault(six_digits(served.container.secret, place, moment), []).append(place)
    digits, same = next((digits, same) for digits, same in by_digits.items() if len(same) > 1)
    with writing(served.container.engine) as session:
        for place in set(same) - {TEA_HOUSE, FARM_STAY}:
            accounts.add_listing(session, served.merchant, place, now=served.clock())
    served.clock.now = moment
    asked = served.client.post("/v1/visits", json={"digits": digits}).json()
    assert asked["outcome"] == "choose"
    assert {one["id"] for one in asked["candidates"]} == set(same)
    assert _visits(served) == []
    chosen = served.client.post("/v1/visits", json={"digits": digits, "listing": same[0]}).json()
    assert (chosen["outcome"], chosen["listing"]["id"]) == ("recorded", same[0])
