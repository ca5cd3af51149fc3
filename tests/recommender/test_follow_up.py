"""Follow-ups: a fragment refines the query before, a whole question starts anew."""

from datetime import timedelta

import pytest

from index.listing import Category
from recommender.finder import Finder
from recommender.query import LimitKind
from recommender.remembering import as_data, of_data
from recommender.result import Answer
from tests.recommender.conftest import ask

FIRST = "余村附近的民宿"
FIRST_EN = "a guesthouse near Yucun Village"


def then(finder: Finder, before: Answer, text: str, **fields: object) -> Answer:
    shown = tuple(result.listing.id for result in before.results)
    return finder.find(ask(text, previous=before.query, shown=shown, **fields))


@pytest.mark.parametrize("text", ["便宜一点的", "有没有更便宜的", "cheaper", "something less expensive?"])
def test_cheaper_is_cheaper_than_the_middle_of_what_was_shown(starter: Finder, text: str) -> None:
    before = starter.find(ask(FIRST))
    prices = sorted(result.listing.price for result in before.results if result.listing.price is not None)
    after = then(starter, before, text)
    asked = after.query.range(LimitKind.PRICE)
    assert after.query.follows
    assert asked is not None
    assert asked.high is not None
    assert asked.high < prices[len(prices) // 2]
    assert after.query.near is not None
    assert after.query.near.name == "余村"
    assert all((result.listing.price or 0) <= asked.high for result in after.results[: after.total])


@pytest.mark.parametrize("text", ["换一家", "还有别的吗", "another one", "anything else?"])
def test_another_one_leaves_out_all_that_were_shown_so_far(starter: Finder, text: str) -> None:
    first = starter.find(ask("民宿"))
    second = then(starter, first, text)
    third = then(starter, second, text)
    seen = [{result.listing.id for result in answer.results} for answer in (first, second, third)]
    assert not seen[0] & seen[1]
    assert not (seen[0] | seen[1]) & {result.listing.id for result in third.results[: third.total]}
    assert third.query.categories == first.query.categories
    assert any(chip.label in ("不要看过的20家", "not the 20 seen before") for chip in third.understood)


@pytest.mark.parametrize("text", ["with parking?", "要有停车场", "能停车吗", "free parking"])
def test_a_facility_is_added(starter: Finder, text: str) -> None:
    before = starter.find(ask(FIRST))
    after = then(starter, before, text)
    kinds = [limit.kind for limit in after.query.limits]
    assert LimitKind.FACILITY in kinds
    assert {limit.id for limit in before.query.limits} <= {limit.id for limit in after.query.limits}


@pytest.mark.parametrize("text", ["what about dinner near there", "那附近有什么好吃的", "那附近吃饭呢"])
def test_a_new_topic_near_there_keeps_the_place_and_who_comes_along(starter: Finder, text: str) -> None:
    before = starter.find(ask("带孩子住余村附近的民宿，人均300以下"))
    after = then(starter, before, text)
    assert after.query.follows
    assert after.query.categories == {Category.RESTAURANT}
    assert after.query.near is not None
    assert after.query.near.name == "余村"
    assert after.query.values(LimitKind.PARTY) == ("family",)
    assert after.query.range(LimitKind.PRICE) is None


def test_there_is_the_place_that_was_named_or_the_first_one_shown(starter: Finder) -> None:
    named = starter.find(ask("江南天池怎么样"))
    near = then(starter, named, "那附近有什么玩的").query.near
    assert near is not None
    assert near.name == "江南天池"
    before = starter.find(ask("安静的民宿"))
    near = then(starter, before, "what about dinner near there").query.near
    assert near is not None
    assert near.anchors == (before.results[0].listing.id,)


@pytest.mark.parametrize("text", ["closer", "近一点的"])
def test_closer_is_within_the_middle_of_the_distances_shown(starter: Finder, text: str) -> None:
    before = starter.find(ask(FIRST_EN))
    distances = sorted(result.distance_m or 0 for result in before.results)
    near = then(starter, before, text).query.near
    assert near is not None
    assert near.radius_m is not None
    assert near.radius_m <= max(100, distances[len(distances) // 2])


@pytest.mark.parametrize("text", ["人均200以下", "under 200 yuan"])
def test_a_number_replaces_the_one_before(starter: Finder, text: str) -> None:
    before = starter.find(ask("民宿，500元以内"))
    prices = [limit.range for limit in then(starter, before, text).query.of(LimitKind.PRICE)]
    assert [asked.high for asked in prices if asked is not None] == [200]


@pytest.mark.parametrize(
    "text",
    [
        "安吉站附近的酒店",
        "竹林鸡",
        "江南天池",
        "a restaurant with parking",
        "周日开着的茶馆",
        "quiet hotel near tea gardens",
        "",
    ],
)
def test_a_whole_question_starts_anew(starter: Finder, text: str) -> None:
    before = starter.find(ask("带狗住余村附近的民宿"))
    after = then(starter, before, text)
    assert not after.query.follows
    assert after.query == starter.find(ask(text)).query


def test_a_chip_of_the_query_before_can_be_removed(starter: Finder) -> None:
    before = starter.find(ask(FIRST))
    near = next(chip.id for chip in before.understood if chip.kind is LimitKind.NEAR)
    after = then(starter, before, "with parking?", without=frozenset({near}))
    assert after.query.follows
    assert after.query.near is None
    assert [chip.label for chip in after.understood]


def test_a_chip_keeps_the_words_it_was_read_from(starter: Finder) -> None:
    after = then(starter, starter.find(ask(FIRST)), "with parking?")
    words = {chip.kind: chip.words for chip in after.understood}
    assert words[LimitKind.NEAR] == "余村附近"
    assert words[LimitKind.FACILITY] == "parking"


@pytest.mark.parametrize(
    "text", [FIRST, "从安吉站到余村的路上吃饭，周日晚上8点", "4.5分以上，不要火锅，带狗", "最便宜的"]
)
def test_a_query_kept_as_data_is_the_same_query(starter: Finder, text: str) -> None:
    query = starter.understand(ask(text))
    assert of_data(as_data(query)) == query


def test_a_listing_that_is_gone_is_left_out_of_what_was_asked(starter: Finder, city: Finder) -> None:
    before = starter.find(ask("江南天池怎么样"))
    after = then(city, before, "便宜一点的")
    assert after.query.follows
    assert not after.query.values(LimitKind.NAME)
    assert after.results


def test_an_hour_in_a_follow_up_is_of_its_own_day(starter: Finder) -> None:
    before = starter.find(ask("周日晚上7点开着的餐馆"))
    later = then(starter, before, "改成8点呢").query.open_at
    assert before.query.open_at is not None
    assert later is not None
    assert later - before.query.open_at != timedelta()


@pytest.mark.parametrize(("text", "place"), [("第二个怎么样", 1), ("tell me about the first one", 0), ("第三家", 2)])
def test_one_of_those_shown_is_pointed_at_by_its_place(starter: Finder, text: str, place: int) -> None:
    first = starter.find(ask("想找个民宿，三百左右"))
    shown = tuple(result.listing.id for result in first.results[:3])
    query = starter.understand(ask(text, previous=first.query, shown=shown))
    assert query.values(LimitKind.NAME) == (shown[place],)
    assert query.follows


def test_a_place_beyond_those_shown_points_at_nothing(starter: Finder) -> None:
    first = starter.find(ask("想找个民宿"))
    query = starter.understand(ask("第五个怎么样", previous=first.query, shown=(first.results[0].listing.id,)))
    assert not query.values(LimitKind.NAME)
