"""Visits without the counter's code, through the real routes."""

from datetime import timedelta
from typing import Any

import pytest

from index.database import reading
from ledger.codes import printed_token, qr_token
from ledger.events import Grade, Visit
from ledger.geofence import STAY
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period
from tests.api.builders import GARDEN, ROWS, TEA_HOUSE, Served, browser_with_visitor
from tests.api.pages.reading import events_of_kind

[TEA_ROW] = [row for row in ROWS if row["id"] == TEA_HOUSE]
THERE = {"lat": TEA_ROW["lat"], "lon": TEA_ROW["lon"]}
#: About 330 m north of it.
NEXT_STREET = {"lat": TEA_ROW["lat"] + 0.003, "lon": TEA_ROW["lon"]}


def begun(browser: Any) -> str:
    reply = browser.post("/v1/visits/presence", json={"listing": TEA_HOUSE, **THERE})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["presence"])


def visits(served: Served) -> list[Visit]:
    return [event.payload for event in events_of_kind(served.container, "visit")]


def test_who_stays_within_the_fence_for_a_quarter_of_an_hour_was_there(served: Served) -> None:
    browser, _ = browser_with_visitor(served)
    presence = begun(browser)
    served.clock.forward(STAY)

    reply = browser.post("/v1/visits", json={"presence": presence, **THERE})

    assert reply.json()["outcome"] == "recorded"
    [visit] = visits(served)
    assert visit.grade is Grade.GEOFENCED
    assert visit.scan is not None
    assert (visit.scan.cell, visit.scan.step) == (visit.scan.place, None)


def test_who_passes_by_or_has_gone_was_not(served: Served) -> None:
    browser, _ = browser_with_visitor(served)
    presence = begun(browser)
    early = browser.post("/v1/visits", json={"presence": presence, **THERE})
    served.clock.forward(STAY)
    gone = browser.post("/v1/visits", json={"presence": presence, **NEXT_STREET})
    silent = browser.post("/v1/visits", json={"presence": presence})
    served.clock.forward(timedelta(hours=5))
    late = browser.post("/v1/visits", json={"presence": presence, **THERE})

    assert [reply.status_code for reply in (early, gone, silent, late)] == [400] * 4
    assert "too early" in early.json()["detail"]
    assert "not at the place" in gone.json()["detail"]
    assert visits(served) == []


def test_a_presence_is_its_visitors_own(served: Served) -> None:
    browser, _ = browser_with_visitor(served)
    other, _ = browser_with_visitor(served)
    presence = begun(browser)
    served.clock.forward(STAY)
    assert other.post("/v1/visits", json={"presence": presence, **THERE}).status_code == 400


@pytest.mark.parametrize(("listing", "status"), [(GARDEN, 400), ("no-such-place", 404)])
def test_a_place_that_is_known_only_roughly_has_no_fence(served: Served, listing: str, status: int) -> None:
    reply = served.client.post("/v1/visits/presence", json={"listing": listing, **THERE})
    assert reply.status_code == status


def test_who_is_elsewhere_begins_no_stay(served: Served) -> None:
    reply = served.client.post("/v1/visits/presence", json={"listing": TEA_HOUSE, **NEXT_STREET})
    assert reply.status_code == 400


@pytest.mark.parametrize("way", ["printed", "said"])
def test_a_word_and_a_printed_code_are_counted_apart(served: Served, way: str) -> None:
    browser, _ = browser_with_visitor(served)
    token = printed_token(served.container.secret, TEA_HOUSE)
    served.clock.forward(timedelta(days=2))
    said = {"token": token} if way == "printed" else {"stated": True, "listing": TEA_HOUSE}

    assert browser.post("/v1/visits", json=said).json()["outcome"] == "recorded"

    assert [visit.grade for visit in visits(served)] == [Grade.STATED]
    summary = _summary(served)
    assert (summary.visits, summary.stated_visits, summary.visitors) == (0, 1, 0)


def test_a_verified_visit_follows_a_stated_one_on_the_same_day(served: Served) -> None:
    browser, _ = browser_with_visitor(served)
    browser.post("/v1/visits", json={"stated": True, "listing": TEA_HOUSE})
    token = qr_token(served.container.secret, TEA_HOUSE, served.clock())
    assert browser.post("/v1/visits", json={"token": token}).json()["outcome"] == "recorded"


def test_one_way_is_given_and_a_word_says_where(served: Served) -> None:
    for wrong in ({}, {"stated": True}, {"digits": "000000", "presence": "x"}):
        assert served.client.post("/v1/visits", json=wrong).status_code == 422


def _summary(served: Served) -> Any:
    with reading(served.container.engine) as session:
        return merchant_summary(session, [TEA_HOUSE], Period.last_days(7, served.clock(), served.container.settings.tz))


def test_who_scans_after_a_stay_was_asked_already_where_they_came_from(served: Served) -> None:
    browser, _ = browser_with_visitor(served)
    presence = begun(browser)
    served.clock.forward(STAY)
    stayed = browser.post("/v1/visits", json={"presence": presence, **THERE}).json()
    token = qr_token(served.container.secret, TEA_HOUSE, served.clock())

    scanned = browser.post("/v1/visits", json={"token": token}).json()

    assert (stayed["outcome"], scanned["outcome"]) == ("recorded", "recorded")
    assert stayed["visit"] is not None
    assert scanned["visit"] is None
