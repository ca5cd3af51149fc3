import json
from datetime import timedelta
from typing import Any

import pytest

from api.visitors import TICKET_COOKIE, VISITOR_COOKIE
from index.database import reading
from ledger.events import Event
from ledger.reading import events_of
from tests.api.builders import GARDEN, TEA_HOUSE, Served


def an_event(served: Served, number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"event-{number:04d}",
        "at": served.clock().isoformat(),
        "listing": TEA_HOUSE,
        "payload": {"kind": "share"},
    } | fields


def _send(served: Served, *events: dict[str, Any]) -> list[dict[str, Any]]:
    reply = served.client.post("/v1/events", json={"events": list(events)})
    assert reply.status_code == 200, reply.text
    receipts: list[dict[str, Any]] = reply.json()["receipts"]
    return receipts


def _stored(served: Served) -> list[Event]:
    with reading(served.container.engine) as session:
        return [logged.event for logged in events_of(session)]


def test_the_same_event_sent_twice_is_stored_once(served: Served) -> None:
    event = an_event(served)
    assert _send(served, event)[0]["status"] == "recorded"
    again = _send(served, event)[0]
    assert (again["status"], again["index"]) == ("duplicate", 0)
    assert len(_stored(served)) == 1


def test_each_event_is_answered_in_its_place(served: Served) -> None:
    receipts = _send(
        served,
        an_event(served, 1),
        {"id": "torn"},
        an_event(served, 2, listing="nowhere"),
        an_event(served, 3, payload={"kind": "directions", "map": "amap"}),
        an_event(served, 4, payload={"kind": "directions", "map": "paper"}),
        an_event(served, 5, at="2026-11-24T12:00:00"),
        an_event(served, 6, at=(served.clock() + timedelta(hours=1)).isoformat()),
    )
    assert [receipt["status"] for receipt in receipts] == [
        "recorded",
        "rejected",
        "rejected",
        "recorded",
        "rejected",
        "rejected",
        "rejected",
    ]
    assert [receipt["index"] for receipt in receipts if receipt["status"] == "recorded"] == [0, 1]
    assert all(receipt["reason"] for receipt in receipts if receipt["status"] == "rejected")


@pytest.mark.parametrize(
    "payload",
    [
        {"kind": "visit", "grade": "B"},
        {"kind": "visit", "grade": "D"},
        {"kind": "impression", "query_id": "query-0001", "position": 0},
        {"kind": "erasure", "indices": [0]},
        {"kind": "unheard"},
    ],
)
def test_devices_report_neither_visits_nor_impressions(served: Served, payload: dict[str, Any]) -> None:
    assert _send(served, an_event(served, payload=payload))[0]["status"] == "rejected"
    assert _stored(served) == []


def test_a_made_up_event_is_not_taken_from_a_device(served: Served) -> None:
    assert _send(served, an_event(served, made_up=True))[0]["status"] == "rejected"


def test_a_browser_speaks_for_its_own_visitor_only(served: Served) -> None:
    _send(served, an_event(served, 1))
    _send(served, an_event(served, 2, visitor="somebody-else"))
    own = served.client.cookies[VISITOR_COOKIE].split(".")[2]
    assert [event.visitor for event in _stored(served)] == [own, own]


def test_a_device_without_cookies_names_its_own_pseudonym(served: Served) -> None:
    reply = served.client.post("/v1/events", json={"events": [an_event(served, visitor="device-0001")]})
    assert "set-cookie" not in reply.headers
    [stored] = _stored(served)
    assert stored.visitor not in {None, "device-0001"}, "a day's id instead"


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_refuses_tracking_gets_no_id_and_no_ticket(served: Served, header: str) -> None:
    opened = an_event(served, payload={"kind": "open"})
    reply = served.client.post("/v1/events", json={"events": [opened]}, headers={header: "1"})
    assert reply.json()["receipts"][0]["status"] == "recorded"
    assert "set-cookie" not in reply.headers
    assert [event.visitor for event in _stored(served)] == [None]


def test_an_open_seals_a_ticket_on_the_device(served: Served) -> None:
    _send(served, an_event(served, 1))
    assert TICKET_COOKIE not in served.client.cookies
    _send(served, an_event(served, 2, payload={"kind": "open"}))
    assert TICKET_COOKIE in served.client.cookies
    assert TEA_HOUSE not in served.client.cookies[TICKET_COOKIE]


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": [1]}, {"events": "x"}, [], None])
def test_a_batch_of_another_form_is_refused(served: Served, body: object) -> None:
    assert served.client.post("/v1/events", json=body).status_code == 422


def test_a_batch_holds_at_most_a_thousand(served: Served) -> None:
    events = [an_event(served, number) for number in range(1_001)]
    assert served.client.post("/v1/events", json={"events": events}).status_code == 422
    assert {receipt["status"] for receipt in _send(served, *events[:1_000])} == {"recorded"}


@pytest.mark.parametrize(
    "raw",
    [
        '{"events":[{"id":"\\ud800\\ud800\\ud800xxxxx","\\udfff":1}]}',
        '{"events":[{"id":"event-0001","at":"2026-11-24T12:00:00+08:00","listing":"\\ud800","payload":{"kind":"share"}}]}',
        '{"events":[{"id":"event-0001","at":"2026-11-24T12:00:00+08:00","listing":"\\u0000","payload":{"kind":"share"}}]}',
        '{"events":[' + "[" * 5_000,
        '{"events":[{"id":' + "[" * 900 + "]" * 900 + "}]}",
        '{"events":[{"at":1e999}]}',
        '{"events":[{"at":NaN}]}',
        "\xff\xfe",
        "",
    ],
)
def test_no_bytes_make_it_fail(served: Served, raw: str) -> None:
    reply = served.client.post(
        "/v1/events", content=raw.encode("latin-1"), headers={"Content-Type": "application/json"}
    )
    assert reply.status_code < 500
    if reply.status_code == 200:
        assert {receipt["status"] for receipt in reply.json()["receipts"]} == {"rejected"}


def test_a_report_reaches_the_operator_who_can_close_the_listing(served: Served) -> None:
    note = {"kind": "correction", "what": "closed", "note": "门锁着 \x00"}
    _send(served, an_event(served, 1, payload=note), an_event(served, 2, listing=GARDEN, payload=note))
    waiting = served.client.get("/v1/admin/corrections", headers=served.admin()).json()["corrections"]
    assert [(one["listing_id"], one["what"]) for one in waiting] == [(TEA_HOUSE, "closed"), (GARDEN, "closed")]
    for number, decision in ((1, "close"), (2, "dismiss")):
        path = f"/v1/admin/corrections/event-{number:04d}/{decision}"
        assert served.client.post(path, headers=served.admin()).status_code == 200
        assert served.client.post(path, headers=served.admin()).status_code == 409
    assert served.client.get("/v1/admin/corrections", headers=served.admin()).json()["corrections"] == []
    closed = [served.client.get(f"/v1/listings/{name}").json()["closed"] for name in (TEA_HOUSE, GARDEN)]
    assert closed == [True, False]


def test_a_body_over_the_bound_is_refused_announced_or_not(served: Served) -> None:
    large = json.dumps({"events": [an_event(served, 1, extra="x" * 2_000_000)]}).encode()
    for content in (large, iter([large[:1_500_000], large[1_500_000:]])):
        reply = served.client.post("/v1/events", content=content, headers={"Content-Type": "application/json"})
        assert reply.status_code == 413
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["x-request-id"]


@pytest.mark.parametrize("payload", [{"kind": "website"}, {"kind": "save"}, {"kind": "review", "rating": 4}])
def test_what_a_tourist_does_elsewhere_on_a_page_is_recorded(served: Served, payload: dict[str, Any]) -> None:
    assert [one["status"] for one in _send(served, an_event(served, payload=payload))] == ["recorded"]


@pytest.mark.parametrize("payload", [{"kind": "booking", "day": "2026-12-01"}, {"kind": "stay", "nights": 1}])
def test_what_a_register_says_is_not_a_devices_to_report(served: Served, payload: dict[str, Any]) -> None:
    assert [one["status"] for one in _send(served, an_event(served, payload=payload))] == ["rejected"]
