import shutil

import pytest

from index.database import writing
from index.listing import Listing
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served


def test_suggestions_are_labelled_in_the_askers_language_with_both_names(served: Served) -> None:
    for header, label, display, other in (
        ("zh", "店名", "溪边茶馆", "Brook Tea House"),
        ("en", "place", "Brook Tea House", "溪边茶馆"),
    ):
        reply = served.client.get("/v1/suggest", params={"q": "brook"}, headers={"Accept-Language": header})
        [found] = reply.json()["suggestions"]
        assert (found["label"], found["display"], found["other"]) == (label, display, other)
        assert (found["name"], found["name_en"], found["id"]) == ("溪边茶馆", "Brook Tea House", TEA_HOUSE)
        assert reply.headers["content-language"] == header


@pytest.mark.parametrize(
    ("typed", "kind", "display", "detail"),
    [
        ("xibian", "listing", "溪边茶馆", "农家乐 · 天荒坪镇"),
        ("xbcg", "listing", "溪边茶馆", "农家乐 · 天荒坪镇"),
        ("天荒", "area", "天荒坪镇", "27 家"),
        ("免费停", "facility", "免费停车", "27 家"),
        ("nongjia", "kind", "农家乐", "27 家"),
        ("溪边茶倌", "listing", "溪边茶馆", "农家乐 · 天荒坪镇"),
    ],
)
def test_names_areas_kinds_and_facilities_are_found(
    served: Served, typed: str, kind: str, display: str, detail: str
) -> None:
    first = served.client.get("/v1/suggest", params={"q": typed, "lang": "zh"}).json()["suggestions"][0]
    assert (first["kind"], first["display"], first["detail"]) == (kind, display, detail)


def test_the_end_of_a_sentence_is_completed(served: Served) -> None:
    reply = served.client.get("/v1/suggest", params={"q": "quiet guesthouse with free pa", "lang": "en"}).json()
    assert reply["suggestions"][0]["text"] == "quiet guesthouse with free parking"


@pytest.mark.parametrize("typed", [{}, {"q": ""}, {"q": "  "}, {"q": "🍵"}, {"q": "\x00"}, {"q": "qqqqqqqq"}])
def test_nothing_that_fits_is_an_empty_list(served: Served, typed: dict[str, str]) -> None:
    reply = served.client.get("/v1/suggest", params=typed)
    assert reply.status_code == 200
    assert reply.json()["suggestions"] == []


@pytest.mark.parametrize("params", [{"q": "x" * 501}, {"limit": 0}, {"limit": 21}, {"lang": "fr"}])
def test_what_cannot_be_asked_is_refused(served: Served, params: dict[str, str | int]) -> None:
    assert served.client.get("/v1/suggest", params=params).status_code == 422


def test_as_many_as_asked_for(served: Served) -> None:
    assert len(served.client.get("/v1/suggest", params={"q": "第", "limit": 3}).json()["suggestions"]) == 3


def test_a_closed_listing_is_suggested_no_more(served: Served) -> None:
    served.client.get("/v1/suggest", params={"q": "竹里"})
    with writing(served.container.engine) as session:
        listing = session.get(Listing, FARM_STAY)
        assert listing is not None
        listing.closed = True
        session.add(listing)
    assert served.client.get("/v1/suggest", params={"q": "竹里人家"}).json()["suggestions"] == []


def test_a_rebuilt_index_is_taken_up(served: Served) -> None:
    from index.snapshot import build

    before = served.client.get("/v1/suggest", params={"q": "溪边"}).json()
    with writing(served.container.engine) as session:
        listing = session.get(Listing, TEA_HOUSE)
        assert listing is not None
        listing.closed = True
        session.add(listing)
    build(served.container.engine, served.container.settings)
    after = served.client.get("/v1/suggest", params={"q": "溪边"}).json()
    assert before["snapshot"] != after["snapshot"]
    assert (len(before["suggestions"]), after["suggestions"]) == (1, [])


def test_without_an_index_there_is_a_problem_that_says_so(served: Served) -> None:
    shutil.rmtree(served.container.settings.data / "snapshots")
    reply = served.client.get("/v1/suggest", params={"q": "茶"})
    assert reply.status_code == 503
    assert reply.json()["type"] == "urn:baicha:problem:no-index"
