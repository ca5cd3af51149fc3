from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.gazetteer import Gazetteer
from index.places import PlaceFields
from tests.index.builders import a_listing


def _place(kind: str, name: str, name_en: str) -> PlaceFields:
    return PlaceFields(kind=kind, name=name, name_en=name_en, lat=30.5, lon=119.5, accuracy_m=2000)


_GAZETTEER = Gazetteer(
    [
        _place("township", "天荒坪镇", "Tianhuangping Town"),
        _place("township", "梅溪镇", "Meixi Town"),
        _place("township", "安吉县", "Anji County"),
        _place("station", "安吉站", "Anji Station"),
        _place("village", "上墅乡", "Shangshu Township"),
        _place("village", "上墅村", "Shangshu Village"),
    ],
    [
        a_listing(id="park", name="安吉竹子博览园", name_en="Anji Bamboo Expo Park", lat=30.6, lon=119.67),
        a_listing(id="lake", name="天荒坪", name_en="The Lake"),
        a_listing(id="east", name="老茶馆(东店)", name_en="Old Tea House"),
        a_listing(id="west", name="老茶馆(西店)", name_en="Art"),
        a_listing(id="twin1", name="双胞面馆"),
        a_listing(id="twin2", name="双胞面馆"),
        a_listing(id="place", name="the place"),
        a_listing(id="bar", name="酒吧"),
        a_listing(id="inn", name="山居(孝丰店)", name_en="Hill & Sons' Inn"),
    ],
    ("安吉", "Anji"),
)


def _found(text: str) -> list[tuple[str, str]]:
    """What is found, as the words of the sentence and the listing's id or the place's name."""
    matches = _GAZETTEER.find(text)
    return [(text[match.start : match.end], match.listing_id or match.name) for match in matches]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("天荒坪镇附近吃饭", [("天荒坪镇", "天荒坪镇")]),
        ("天荒坪附近吃饭", [("天荒坪", "lake")]),
        ("梅溪有什么民宿", [("梅溪", "梅溪镇")]),
        ("near Meixi, with parking", [("Meixi", "梅溪镇")]),
        ("near MEIXI TOWN", [("MEIXI TOWN", "梅溪镇")]),
        ("竹子博览园怎么走", [("竹子博览园", "park")]),
        ("去安吉竹子博覽園", [("安吉竹子博覽園", "park")]),
        ("the bamboo expo park, please", [("bamboo expo park", "park")]),
        ("从安吉站到安吉竹子博览园", [("安吉竹子博览园", "park"), ("安吉站", "安吉站")]),
        ("山居", [("山居", "inn")]),
        ("hill & sons' inn", [("hill & sons' inn", "inn")]),
        ("Hill & Sons’ Inn", [("Hill & Sons’ Inn", "inn")]),
        ("the hill & sons inn", [("hill & sons inn", "inn")]),
        ("is the place near The Place?", [("The Place", "place")]),
        ("找个酒吧", []),
        ("酒吧", [("酒吧", "bar")]),
        ("双胞面馆", [("双胞面馆", "twin1"), ("双胞面馆", "twin2")]),
        ("", []),
        ("没有地名", []),
    ],
)
def test_places_are_found_by_their_names(text: str, found: list[tuple[str, str]]) -> None:
    assert _found(text) == found


@pytest.mark.parametrize("text", ["老茶馆好吗", "上墅怎么走"])
def test_a_shortened_name_of_several_places_stands_for_none(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize("text", ["party", "heart of art deco"])
def test_an_english_name_ends_where_words_end(text: str) -> None:
    assert [words for words, _ in _found(text)] == [word for word in text.split() if word == "art"]


def test_a_shortened_name_says_that_it_is_one() -> None:
    assert _GAZETTEER.find("梅溪镇")[0].is_full
    assert not _GAZETTEER.find("梅溪")[0].is_full


def test_a_match_carries_what_distances_need() -> None:
    match = _GAZETTEER.find("梅溪镇")[0]
    assert (match.kind, match.lat, match.lon, match.accuracy_m) == ("township", 30.5, 119.5, 2000)
    lake = _GAZETTEER.find("The Lake")[0]
    assert (lake.kind, lake.lat, lake.listing_id) == ("listing", None, "lake")


def test_named_takes_the_whole_name() -> None:
    assert [match.listing_id for match in _GAZETTEER.named("ANJI Bamboo  Expo Park")] == ["park"]
    assert _GAZETTEER.named("no such place") == []


@given(st.text(max_size=60))
def test_matches_never_overlap_and_lie_inside_the_text(text: str) -> None:
    spans = sorted({(match.start, match.end) for match in _GAZETTEER.find(text)})
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_nothing_known_finds_nothing() -> None:
    assert Gazetteer([], []).find("天荒坪镇") == []
