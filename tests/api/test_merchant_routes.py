from typing import Any

import pytest

from index.database import writing
from ledger.append import append
from ledger.events import Event, Grade, Impression, Visit
from tests.api.builders import TEA_HOUSE, Served, browser_with_visitor, let_key_read_credit


def _as_merchant(served: Served, path: str, **params: Any) -> dict[str, object]:
    reply = served.client.get(
        f"/v1/merchants/{served.merchant}/{path}", headers=served.keys.header("merchant"), params=params
    )
    assert reply.status_code == 200, reply.text
    found: dict[str, object] = reply.json()
    return found


@pytest.mark.parametrize("days", [7, 30, 90])
def test_the_board_has_the_periods_that_merchants_have(served: Served, days: int) -> None:
    reply = served.client.get("/v1/board/indicators", headers=served.keys.header("board"), params={"days": days})
    board = reply.json()
    assert (board["first"], board["last"]) == (_as_merchant(served, "stats", days=days)["first"], "2026-11-24")


def test_a_merchant_sees_what_tourists_did(served: Served) -> None:
    browser, _ = browser_with_visitor(served)
    browser.get("/v1/search", params={"q": "溪边茶馆"})
    at = served.clock().isoformat()
    events = [
        {"id": f"event-{kind}", "at": at, "listing": TEA_HOUSE, "payload": payload}
        for kind, payload in {
            "open": {"kind": "open"},
            "call": {"kind": "call"},
            "way": {"kind": "directions", "map": "geo"},
            "share": {"kind": "share"},
        }.items()
    ]
    browser.post("/v1/events", json={"events": events})
    served.container.recorder.flush()
    stats = _as_merchant(served, "stats", days=7)
    assert [stats[name] for name in ("impressions", "opens", "calls", "directions", "shares")] == [1, 1, 1, 1, 1]
    days = stats["by_day"]
    assert isinstance(days, list)
    assert len(days) == 7
    assert days[-1]["day"] == stats["last"] == "2026-11-24"
    assert stats["made_up"] is False


def test_a_new_merchant_has_zeros_and_a_sentence_in_both_languages(served: Served) -> None:
    zh, en = (_as_merchant(served, "stats", lang=language) for language in ("zh", "en"))
    assert zh["visits"] == en["visits"] == 0
    assert zh["interval"] is None
    assert zh["sentence"] != en["sentence"]


@pytest.mark.parametrize("days", [0, 8, "all"])
def test_periods_are_those_that_are_offered(served: Served, days: Any) -> None:
    path = f"/v1/merchants/{served.merchant}/stats"
    assert served.client.get(path, headers=served.keys.header("merchant"), params={"days": days}).status_code == 422


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_signal_has_its_definition(served: Served, language: str) -> None:
    let_key_read_credit(served)
    found = _as_merchant(served, "credit-signals", lang=language)
    # As of a day, so that what is shown stays the same until something is logged.
    assert found["as_of"] == "2026-11-24T23:59:59.999000+08:00"
    signals = found["signals"]
    assert isinstance(signals, list)
    assert signals
    assert all(signal["definition"] and signal["label"] and signal["unit"] for signal in signals)
    assert all(signal["value"] is None for signal in signals)  # absent data counts against nobody


def test_the_counter_leads_to_the_public_address(served: Served) -> None:
    counter = _as_merchant(served, "counter")
    assert counter["url"] == f"http://testserver/s/{counter['token']}"
    assert len(str(counter["digits"])) == 6


def test_made_up_figures_say_so(served: Served) -> None:
    now = served.clock()
    payloads = [Impression(query_id="query-0001", position=0), Visit(grade=Grade.SCANNED)]
    events = [
        Event(id=f"made-up-{number}", at=now, listing=TEA_HOUSE, visitor="made-up-1", made_up=True, payload=payload)
        for number, payload in enumerate(payloads)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=now, trusted=True)
    assert _as_merchant(served, "stats")["made_up"] is True


def _board(served: Served, language: str) -> list[dict[str, object]]:
    reply = served.client.get("/v1/board/indicators", headers=served.keys.header("board"), params={"lang": language})
    found: list[dict[str, object]] = reply.json()["indicators"]
    return found


def test_the_board_sees_five_indicators_with_definitions_in_both_languages(served: Served) -> None:
    zh, en = (_board(served, language) for language in ("zh", "en"))
    assert len(zh) == len(en) == 5
    assert all(one["definition"] for one in zh + en)
    assert [one["definition"] for one in zh] != [one["definition"] for one in en]


def test_the_board_sees_nothing_of_a_single_visitor(served: Served) -> None:
    token = _as_merchant(served, "counter")["token"]
    served.browser().post("/v1/visits", json={"token": token})
    for indicator in _board(served, "en"):
        assert indicator["value"] is None
        cells = indicator["cells"]
        assert isinstance(cells, list)
        assert all(cell["value"] is None for cell in cells)
