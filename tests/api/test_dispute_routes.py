from datetime import timedelta
from typing import Any

import pytest

from index.database import writing
from ledger.append import append
from ledger.codes import qr_token
from ledger.events import Event, Impression, Withheld
from tests.api.builders import TEA_HOUSE, Served
from tests.api.builders import browser_with_visitor as with_visitor


def a_far_visit(served: Served) -> None:
    browser, _ = with_visitor(served)
    token = qr_token(served.container.secret, TEA_HOUSE, served.clock())
    body = {"token": token, "lat": 31.23, "lon": 121.47}
    assert browser.post("/v1/visits", json=body).json()["outcome"] == "recorded"


def get(served: Served, what: str, role: str = "merchant", **params: Any) -> Any:
    path = f"/v1/merchants/{served.merchant}/{what}" if role == "merchant" else f"/v1/admin/{what}"
    return served.client.get(path, headers=served.keys.header(role), params=params).json()


def test_a_doubtful_visit_is_shown_with_its_reason_disputed_and_decided_by_a_person(served: Served) -> None:
    a_far_visit(served)
    shown = get(served, "doubtful-visits", lang="zh")
    assert (shown["visits"], shown["weighted_visits"]) == (1, pytest.approx(0.05))
    [visit] = shown["doubtful"]
    assert visit["reasons"] == ["设备位置离店 5 公里以上"]
    assert get(served, "stats")["doubtful_visits"] == 1
    assert "doubtful" in get(served, "stats", lang="en")["sentence"]

    disputes = f"/v1/merchants/{served.merchant}/disputes"
    body = {"visit_index": visit["index"], "note": "they typed it at home"}
    assert served.client.post(disputes, headers=served.keys.header("merchant"), json=body).status_code == 200
    other_words = body | {"note": "it rained"}
    assert served.client.post(disputes, headers=served.keys.header("merchant"), json=other_words).status_code == 409
    [waiting] = get(served, "disputes", "admin")["disputes"]
    assert (waiting["visit_index"], waiting["note"]) == (visit["index"], body["note"])

    decision = f"/v1/admin/disputes/{visit['index']}"
    assert served.client.post(decision, headers=served.keys.header("admin"), json={"counts": True}).status_code == 200

    assert get(served, "disputes", "admin")["disputes"] == []
    assert get(served, "doubtful-visits")["doubtful"] == []
    assert get(served, "stats")["weighted_visits"] == 1


def test_a_visit_to_another_place_cannot_be_disputed(served: Served) -> None:
    a_far_visit(served)
    path = f"/v1/merchants/{served.other_merchant}/disputes"

    reply = served.client.post(path, headers=served.keys.header("other_merchant"), json={"visit_index": 0})

    assert reply.status_code == 404


def test_a_new_merchant_has_no_effect_yet_and_one_with_a_hold_out_has_an_interval(served: Served) -> None:
    assert get(served, "effect")["caused"] == {}
    assert get(served, "effect")["displacement"] is None
    now = served.clock() - timedelta(hours=1)
    events = [
        Event(id=f"impression-{n:04d}", at=now, listing=TEA_HOUSE, visitor=f"visitor-{n:04d}", payload=payload)
        for n in range(100)
        for payload in (
            (Withheld if n % 10 == 0 else Impression)(
                query_id="query-0001", position=0, propensity=0.1 if n % 10 == 0 else 0.9
            ),
        )
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)

    found = get(served, "effect")

    caused = found["caused"][TEA_HOUSE]
    assert (caused["shown"], caused["withheld"]) == (90, 10)
    assert caused["low"] <= 0 <= caused["high"] + 1e-3
    assert found["credit"] == {"first": {}, "last": {}, "shared": {}}
