from typing import Any

import pytest

from index.database import writing
from index.listing import Listing
from tests.api.builders import FARM_STAY, GARDEN, TEA_HOUSE, Served

CHEAP = "天荒坪镇，价格85以下"


def why_not(served: Served, listing: str, **params: Any) -> dict[str, Any]:
    reply = served.client.get("/v1/search/why-not", params={"listing": listing, **params})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_an_absent_listing_is_told_which_limit_it_misses_and_what_brings_it_in(served: Served) -> None:
    found = why_not(served, TEA_HOUSE, q=CHEAP)
    assert (found["present"], found["rank"], found["closed"], found["indexed"]) == (False, None, False, True)
    [missed] = found["missed"]
    assert (missed["kind"], missed["note"], missed["widened"]) == ("price", "人均90元，超过85元", 90)
    assert abs(sum(found["terms"].values()) - found["score"]) < 1e-9
    assert found["terms"]["limits"] < 0
    assert found["change"]["without"] == [missed["id"]]
    assert found["change"]["advice"] == ["把价格提高到90元"]
    assert found["summary"].startswith("没有出现：人均90元，超过85元。把价格提高到90元，就排在第")


def test_the_change_does_bring_it_into_the_search(served: Served) -> None:
    change = why_not(served, TEA_HOUSE, q=CHEAP)["change"]
    params = {"q": CHEAP, "without": change["without"], "limit": 50, "record": False}
    results = served.client.get("/v1/search", params=params).json()["results"]
    assert [result["id"] for result in results].index(TEA_HOUSE) + 1 == change["rank"]
    again = why_not(served, TEA_HOUSE, q=CHEAP, without=change["without"])
    assert (again["present"], again["rank"], again["change"]) == (True, change["rank"], None)


def test_one_that_is_found_is_told_its_rank_and_the_searchs_own_terms(served: Served) -> None:
    first = served.client.get("/v1/search", params={"q": CHEAP}).json()["results"][0]
    found = why_not(served, first["id"], q=CHEAP)
    assert (found["present"], found["rank"], found["missed"]) == (True, 1, [])
    assert (found["terms"], found["score"], found["reasons"]) == (first["terms"], first["score"], first["reasons"])
    assert found["summary"] == "符合全部条件，排在第1位。"


def test_the_reply_is_in_the_askers_language(served: Served) -> None:
    found = why_not(served, TEA_HOUSE, q="in Tianhuangping, price under 85")
    assert found["language"] == "en"
    assert found["missed"][0]["note"] == "¥90 a head, over 85"
    assert "To change that: raise the price to 90" in found["summary"]
    assert why_not(served, TEA_HOUSE, q=CHEAP, lang="en")["language"] == "en"


def test_a_later_page_is_told(served: Served) -> None:
    summaries = [why_not(served, f"place-{number:02d}", q="农家乐")["summary"] for number in range(24)]
    assert sum("（第2页）" in summary for summary in summaries) > 3


def test_an_unknown_listing_is_not_found(served: Served) -> None:
    reply = served.client.get("/v1/search/why-not", params={"q": "茶", "listing": "nowhere"})
    assert reply.status_code == 404
    assert "nowhere" in reply.json()["detail"]


def test_a_closed_listing_says_so(served: Served) -> None:
    with writing(served.container.engine) as session:
        listing = session.get(Listing, FARM_STAY)
        assert listing is not None
        listing.closed = True
        session.add(listing)
    found = why_not(served, FARM_STAY, q="竹里人家")
    assert (found["closed"], found["present"], found["score"], found["terms"]) == (True, False, None, {})
    assert "停业" in found["summary"]


def test_a_listing_that_came_after_the_index_was_built_is_there_at_the_next_look(served: Served) -> None:
    with writing(served.container.engine) as session:
        listing = session.get(Listing, FARM_STAY)
        assert listing is not None
        new = {**listing.model_dump(), "id": "brand-new", "source_id": "brand-new", "name": "新开的店"}
        session.add(Listing(**new))
    found = why_not(served, "brand-new", q="新开的店", lang="en")
    assert (found["indexed"], found["closed"], found["present"]) == (True, False, True)


def test_a_closed_listing_says_so_whether_the_index_has_it_or_not(served: Served) -> None:
    with writing(served.container.engine) as session:
        listing = session.get(Listing, FARM_STAY)
        assert listing is not None
        listing.closed = True
        session.add(listing)
    found = why_not(served, FARM_STAY, q="竹里人家", lang="en")
    assert (found["closed"], found["present"]) == (True, False)


@pytest.mark.parametrize("question", ["", "🎋", "'; DROP TABLE listing; --", "x" * 9_000, "%00", "50以下100以上"])
def test_an_odd_question_gets_an_answer(served: Served, question: str) -> None:
    assert why_not(served, GARDEN, q=question)["name"] == "竹子园"


@pytest.mark.parametrize(
    "params", [{"q": "茶"}, {"listing": ""}, {"listing": GARDEN, "lat": 30}, {"listing": GARDEN, "q": "x" * 10_001}]
)
def test_what_cannot_be_asked_is_refused(served: Served, params: dict[str, str | float]) -> None:
    assert served.client.get("/v1/search/why-not", params=params).status_code == 422


def test_nothing_is_recorded(served: Served) -> None:
    from tests.api.pages.reading import events_of_kind

    why_not(served, GARDEN, q="竹子园")
    assert events_of_kind(served.container, "impression") == []
