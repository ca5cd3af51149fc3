"""Named places: looked for, or looked from."""

import pytest

from index.listing import Category
from recommender.finder import Finder
from recommender.query import LimitKind
from tests.recommender.conftest import ask


@pytest.mark.parametrize(
    "text",
    [
        "我人在甲字号，附近哪有餐馆",
        "逛完灯塔记忆馆想就近找个景点",
        "住在旅居子号，旁边有景点吗",
        "甲字号那一带的餐馆",
        "a sight around the corner from Lighthouse Memory Hall",
    ],
)
def test_who_is_at_a_place_and_looks_around_does_not_look_for_it(city: Finder, text: str) -> None:
    query = city.understand(ask(text))
    assert query.near is not None
    assert not query.near.is_asker
    assert not query.values(LimitKind.NAME)


@pytest.mark.parametrize("text", ["灯塔记忆馆怎么去", "我在找灯塔记忆馆", "Lighthouse Memory Hall"])
def test_a_place_that_is_asked_about_is_looked_for(city: Finder, text: str) -> None:
    assert city.understand(ask(text)).values(LimitKind.NAME) == ("a2",)


def test_where_somebody_is_counts_by_lists_of_neighbours_too(city: Finder) -> None:
    answer = city.find(ask("逛完灯塔记忆馆，就近吃饭"))
    assert answer.query.categories == {Category.RESTAURANT}
    assert {result.listing.id for result in answer.results[:2]} == {"r0", "r1"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("高铁站附近吃饭", {"railway_station"}),
        ("vegetarian food near the railway station", {"railway_station"}),
        ("客运站附近的酒店", {"coach_station"}),
        ("a noodle place near the station", {"railway_station", "coach_station"}),
    ],
)
def test_a_station_of_the_kind_that_was_said_is_measured_from(starter: Finder, text: str, kinds: set[str]) -> None:
    near = starter.understand(ask(text)).near
    assert near is not None
    assert near.name in {place.name for place in starter.snapshot.places if place.kind in kinds}


@pytest.mark.parametrize("text", ["5公里以内有什么好吃的", "somewhere to eat within 20 minutes' drive"])
def test_a_distance_from_nowhere_is_measured_from_the_asker(starter: Finder, text: str) -> None:
    near = starter.understand(ask(text, origin=(30.55, 119.63))).near
    assert near is not None
    assert near.is_asker
    assert near.radius_m
    [limit] = starter.understand(ask(text)).of(LimitKind.NEAR)
    assert not limit.hard


def test_a_slip_in_an_anchors_name_is_forgiven_where_the_rest_agrees(starter: Finder) -> None:
    near = starter.understand(ask("hotel near Great Bambo Sea")).near
    assert near is not None
    assert near.name == "中国大竹海"
