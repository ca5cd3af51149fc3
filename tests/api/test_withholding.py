"""The hold-out of results, through the real search."""

from collections import Counter
from typing import Any

from fastapi.testclient import TestClient

from api.visitors import VISITOR_COOKIE
from index.database import reading
from ledger.events import Event, Impression, Withheld
from ledger.reading import events_of
from tests.api.builders import Served

WORDS = ""


def served_with(served: Served, share: float) -> None:
    """Withhold `share`; the secret is fixed, so that the draws are the same in every run."""
    served.container.settings = served.container.settings.model_copy(update={"hold_out": share})
    served.container.secret = bytes(32)


def with_visitor(served: Served) -> TestClient:
    """Return another browser, with a visitor's id that is the same in every run."""
    browser = served.browser()
    today = served.clock().astimezone(served.container.settings.tz).date()
    browser.cookies.set(VISITOR_COOKIE, f"d.{today.isoformat()}.visitor-number-{len(served.browsers):07d}")
    return browser


def results(browser: Any, **params: Any) -> list[str]:
    page = browser.get("/v1/search", params={"q": WORDS, **params}).json()
    return [result["id"] for result in page["results"]]


def events(served: Served, kind: str) -> list[Event]:
    served.container.recorder.flush()
    with reading(served.container.engine) as session:
        return [logged.event for logged in events_of(session, kinds=[kind])]


def test_pages_stay_full_and_what_is_missing_is_logged_as_withheld(served: Served) -> None:
    served_with(served, 0.3)
    everybody = results(served.client, limit=50)
    browser = with_visitor(served)

    shown = results(browser)

    withheld = [event.listing for event in events(served, "withheld")]
    assert len(shown) == 10
    assert set(shown).isdisjoint(withheld)
    assert sorted([*shown, *map(str, withheld)]) == sorted(everybody[: 10 + len(withheld)])
    payloads = [event.payload for event in events(served, "withheld")]
    assert all(isinstance(each, Withheld) and abs(each.propensity - 0.3) < 1e-9 for each in payloads)
    impressions = [event.payload for event in events(served, "impression")]
    assert {each.propensity for each in impressions if isinstance(each, Impression)} == {0.7}


def test_the_next_pages_go_on_without_repeats_and_lack_only_what_is_withheld(served: Served) -> None:
    served_with(served, 0.3)
    browser = with_visitor(served)
    page = browser.get("/v1/search", params={"q": WORDS, "limit": 5}).json()
    seen = [result["id"] for result in page["results"]]
    while page["next"]:
        page = browser.get("/v1/search", params={"q": WORDS, "limit": 5, "cursor": page["next"]}).json()
        seen += [result["id"] for result in page["results"]]

    withheld = [event.listing for event in events(served, "withheld")]
    assert max(Counter(seen).values()) == 1
    assert len(withheld) == len(set(withheld)) > 0
    assert len(seen) + len(withheld) == page["total"]


def test_a_visitor_gets_the_same_draw_again_and_others_get_theirs(served: Served) -> None:
    served_with(served, 0.3)
    browser = with_visitor(served)
    first = results(browser)

    assert results(browser) == first
    draws = set()
    for _ in range(4):
        another = with_visitor(served)
        draws.add(tuple(results(another)))
    assert len(draws) > 1


def test_nothing_is_withheld_from_who_has_no_id_asks_by_name_or_has_little_to_choose_from(served: Served) -> None:
    served_with(served, 0.5)
    browser = with_visitor(served)

    assert results(served.client) == results(served.client)
    assert browser.get("/v1/search", params={"q": "溪边茶馆"}).json()["results"][0]["name"] == "溪边茶馆"
    assert browser.get("/v1/search", params={"q": "评分4.9以上的农家乐"}).status_code == 200
    assert events(served, "withheld") == []


def test_by_setting_nothing_is_withheld(served: Served) -> None:
    served_with(served, 0.0)
    browser = with_visitor(served)

    assert results(browser) == results(served.client)
    assert {
        each.payload.propensity for each in events(served, "impression") if isinstance(each.payload, Impression)
    } == {1.0}
