import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from index.database import reading, writing
from ledger.reading import LoggedEvent, events_of
from tests.api.builders import TEA_HOUSE, Served
from tests.api.builders import browser_with_visitor as with_visitor

WORDS = "安静的茶馆，有停车"


def _ids(served: Served, **params: Any) -> list[str]:
    reply = served.client.get("/v1/search", params={"q": WORDS, **params})
    assert reply.status_code == 200, reply.text
    return [result["id"] for result in reply.json()["results"]]


def _impressions(served: Served) -> list[LoggedEvent]:
    served.container.recorder.flush()
    with reading(served.container.engine) as session:
        return list(events_of(session, kinds=["impression"]))


def test_a_reply_has_what_checks_rely_on(served: Served) -> None:
    reply = served.client.get("/v1/search", params={"q": WORDS}).json()
    assert len(reply["results"]) == 10
    for result in reply["results"]:
        assert result["id"]
        assert result["name"]
        assert result["reasons"]
        assert abs(sum(result["terms"].values()) - result["score"]) < 1e-9
        assert result["price_unit"] in {"head", "night", "ticket"}
    assert {"understood", "relaxed", "next", "total", "query_id", "language"} <= set(reply)


@pytest.mark.parametrize("words", ["", "农家乐", WORDS])
def test_pages_follow_each_other_without_repeats_or_gaps(served: Served, words: str) -> None:
    params: dict[str, Any] = {"q": words, "limit": 5}
    first = served.client.get("/v1/search", params=params).json()
    seen = [result["id"] for result in first["results"]]
    page = first
    while page["next"]:
        page = served.client.get("/v1/search", params=params | {"cursor": page["next"]}).json()
        assert page["query_id"] == first["query_id"]
        seen += [result["id"] for result in page["results"]]
    assert len(seen) == len(set(seen)) == max(10, first["total"])


@pytest.mark.parametrize("cursor", ["x", "", "%%%", "e30", "bnVsbA", "A" * 3000, "bnVs", "键"])
def test_a_foreign_cursor_is_a_clear_error(served: Served, cursor: str) -> None:
    reply = served.client.get("/v1/search", params={"q": WORDS, "cursor": cursor})
    assert reply.status_code == 400
    assert reply.json()["type"] == "urn:baicha:problem:bad-cursor"


def test_a_cursor_belongs_to_its_own_search(served: Served) -> None:
    cursor = served.client.get("/v1/search", params={"q": WORDS, "limit": 5}).json()["next"]
    reply = served.client.get("/v1/search", params={"q": "别的", "limit": 5, "cursor": cursor})
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("params", "headers", "language"),
    [
        ({"q": "a quiet tea house"}, {}, "en"),
        ({"q": "安静的茶馆"}, {"Accept-Language": "en"}, "zh"),
        ({"q": "安静的茶馆", "lang": "en"}, {}, "en"),
        ({"q": ""}, {"Accept-Language": "en-GB,zh;q=0.5"}, "en"),
        ({"q": ""}, {"Accept-Language": "fr"}, "zh"),
    ],
)
def test_the_reply_is_in_the_askers_language(
    served: Served, params: dict[str, str], headers: dict[str, str], language: str
) -> None:
    reply = served.client.get("/v1/search", params=params, headers=headers)
    assert reply.json()["language"] == reply.headers["content-language"] == language


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 51},
        {"limit": "ten"},
        {"lat": 91, "lon": 0},
        {"lat": 30},
        {"lat": "NaN", "lon": "NaN"},
        {"q": "x" * 10_001},
        {"lang": "fr"},
        {"category": "planet"},
        {"without": "x" * 301},
    ],
)
def test_impossible_parameters_are_named(served: Served, params: dict[str, Any]) -> None:
    reply = served.client.get("/v1/search", params={"q": WORDS} | params)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"][0]["where"].startswith("query")


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "😀🍵",
        "'; DROP TABLE listing; --",
        "\x00\x01\x1b",
        "tea" * 3_333,
        "茶" * 7_000,
        "%",
        '"(:*^',
        "\u202e\u0301",
        "NaN",
    ],
)
def test_any_words_get_an_answer(served: Served, words: str) -> None:
    assert served.client.get("/v1/search", params={"q": words}).status_code == 200


def test_a_category_filters(served: Served) -> None:
    reply = served.client.get("/v1/search", params={"q": "", "category": "hotel"}).json()
    assert {result["category"] for result in reply["results"]} == {"hotel"}


def test_a_closed_listing_is_gone_from_the_next_search_on(served: Served) -> None:
    assert TEA_HOUSE in _ids(served, q="溪边茶馆", limit=50)
    assert served.client.post(f"/v1/admin/listings/{TEA_HOUSE}/close", headers=served.admin()).json()["closed"]
    assert TEA_HOUSE not in _ids(served, q="溪边茶馆", limit=50)
    served.client.post(f"/v1/admin/listings/{TEA_HOUSE}/reopen", headers=served.admin())
    assert TEA_HOUSE in _ids(served, q="溪边茶馆", limit=50)


def test_what_is_shown_to_a_visitor_is_recorded(served: Served) -> None:
    browser, visitor = with_visitor(served)
    reply = browser.get("/v1/search", params={"q": WORDS}).json()
    events = [logged.event for logged in _impressions(served)]
    assert [event.listing for event in events] == [result["id"] for result in reply["results"]]
    assert {event.visitor for event in events} == {visitor}
    assert [json.loads(event.payload.model_dump_json())["position"] for event in events] == list(range(10))
    assert {json.loads(event.payload.model_dump_json())["query_id"] for event in events} == {reply["query_id"]}


def test_a_page_that_is_fetched_twice_is_recorded_once(served: Served) -> None:
    browser, _ = with_visitor(served)
    cursor = browser.get("/v1/search", params={"q": WORDS, "limit": 5, "record": False}).json()["next"]
    for _ in range(2):
        browser.get("/v1/search", params={"q": WORDS, "limit": 5, "cursor": cursor})
    assert len(_impressions(served)) == 5


def test_a_search_that_is_asked_again_within_the_half_hour_is_recorded_once(served: Served) -> None:
    browser, _ = with_visitor(served)
    replies = [browser.get("/v1/search", params={"q": WORDS}).json() for _ in range(2)]
    assert len(_impressions(served)) == 10
    assert replies[0]["query_id"] == replies[1]["query_id"]
    served.clock.forward(timedelta(minutes=30))
    assert browser.get("/v1/search", params={"q": WORDS}).json()["query_id"] != replies[0]["query_id"]
    assert len(_impressions(served)) == 20


def test_another_search_and_another_visitor_are_recorded_anew(served: Served) -> None:
    for browser in (with_visitor(served)[0], with_visitor(served)[0]):
        for words in (WORDS, WORDS + "吗"):
            browser.get("/v1/search", params={"q": words})
    assert len(_impressions(served)) == 40


def test_nothing_is_recorded_for_who_has_no_id_or_says_so(served: Served) -> None:
    served.client.get("/v1/search", params={"q": WORDS})
    browser, _ = with_visitor(served)
    browser.get("/v1/search", params={"q": WORDS, "record": False})
    assert _impressions(served) == []
    assert "set-cookie" not in served.client.get("/v1/search", params={"q": WORDS}).headers


def test_no_words_of_a_question_enter_the_ledger(served: Served) -> None:
    browser, _ = with_visitor(served)
    browser.get("/v1/search", params={"q": "我的名字是王小竹, quiet"})
    served.container.recorder.flush()
    with served.container.engine.connect() as connection:
        bodies = " ".join(connection.execute(text("SELECT body FROM payloads")).scalars())
    assert "impression" in bodies
    assert "王小竹" not in bodies


def test_a_search_waits_for_no_writer(served: Served) -> None:
    browser, _ = with_visitor(served)
    with writing(served.container.engine) as session:
        session.connection().execute(text("SELECT 1"))  # somebody holds the write lock from here on
        assert browser.get("/v1/search", params={"q": WORDS}).status_code == 200
    assert len(_impressions(served)) == 10


def test_a_ledger_that_fails_does_not_fail_a_search(served: Served, broken_ledger: Callable[[], None]) -> None:
    browser, _ = with_visitor(served)
    broken_ledger()
    assert browser.get("/v1/search", params={"q": WORDS}).status_code == 200
    served.container.recorder.flush(0.5)  # a full disk is tried again
    assert browser.get("/v1/search", params={"q": WORDS}).status_code == 200


def _follow(served: Served, first: str, then: str, **more: Any) -> dict[str, Any]:
    before = served.client.get("/v1/search", params={"q": first}).json()
    reply = served.client.get("/v1/search", params={"q": then, "after": before["follow"], **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_a_fragment_refines_the_search_whose_token_comes_with_it(served: Served) -> None:
    page = _follow(served, "天荒坪镇的农家乐", "有停车场吗")
    assert page["follows"]
    assert {"area", "facility"} <= {chip["kind"] for chip in page["understood"]}
    assert _follow(served, "天荒坪镇的农家乐", "换一家")["follows"]
    assert not _follow(served, "天荒坪镇的农家乐", "安静的茶馆，有停车")["follows"]


def test_every_chip_of_a_refined_search_can_be_removed(served: Served) -> None:
    page = _follow(served, "天荒坪镇的农家乐", "换一家")
    for chip in page["understood"]:
        left = _follow(served, "天荒坪镇的农家乐", "换一家", without=[chip["id"]])
        assert chip["id"] not in {one["id"] for one in left["understood"]}


def test_a_refined_search_has_pages(served: Served) -> None:
    before = served.client.get("/v1/search", params={"q": "农家乐"}).json()
    params: dict[str, Any] = {"q": "便宜一点的", "after": before["follow"], "limit": 5}
    first = served.client.get("/v1/search", params=params).json()
    second = served.client.get("/v1/search", params=params | {"cursor": first["next"]}).json()
    assert not {one["id"] for one in first["results"]} & {one["id"] for one in second["results"]}


@pytest.mark.parametrize("token", ["", "x", "e30.AAAA", "键", "A" * 5_000])
def test_a_torn_or_forged_token_starts_anew(served: Served, token: str) -> None:
    reply = served.client.get("/v1/search", params={"q": "有停车场吗", "after": token})
    assert reply.status_code == 200
    assert not reply.json()["follows"]


@pytest.mark.parametrize(
    ("words", "named"), [("静かな宿はありますか", "日语"), ("조용한 숙소", "韩语"), ("安静的民宿", None)]
)
def test_a_language_that_is_not_read_is_said_in_the_reply(served: Served, words: str, named: str | None) -> None:
    reply = served.client.get("/v1/search", params={"q": words}).json()
    assert [named in note for note in reply["notes"]] == ([] if named is None else [True])


def test_the_plan_is_told_to_who_asks_for_it(served: Served) -> None:
    near: dict[str, Any] = {"q": "附近五公里的茶馆", "lat": 30.53, "lon": 119.59}
    assert served.client.get("/v1/search", params=near).json()["plan"] is None
    reply = served.client.get("/v1/search", params={**near, "explain": True}).json()
    plan = reply["plan"]
    assert (plan["method"], plan["left"]) == ("exact", reply["total"])
    assert plan["share"] == pytest.approx(plan["left"] / plan["rows"], abs=1e-6)
    assert plan["scored"] <= plan["looked_at"] <= plan["rows"]
    assert set(plan["took_ms"]) == {"understand", "candidates", "rank", "reasons"}
