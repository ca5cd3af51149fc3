"""What must be read from sentences: the walk of the first page, and a city whose words the code has never seen."""

import pytest

from index.listing import Category
from recommender.finder import Finder
from recommender.query import LimitKind, Query, Range
from tests.recommender.conftest import ask


def read(finder: Finder, text: str) -> Query:
    return finder.understand(ask(text))


def things(query: Query, kind: LimitKind) -> set[str]:
    return {value for value in query.values(kind) if not value.startswith("@")}


def test_with_children_and_not_too_dear_is_about_sights_that_suit_children(starter: Finder) -> None:
    query = read(starter, "带孩子去哪里玩，不要太贵")
    assert query.categories == {Category.ATTRACTION}
    assert query.values(LimitKind.PARTY) == ("family",)
    assert query.values(LimitKind.PRICE_LEVEL) == ("1",)
    assert [chip.label for chip in query.understood] == ["景点", "不太贵", "适合亲子"]


def test_a_quiet_guesthouse_among_tea_gardens_with_parking(starter: Finder) -> None:
    query = read(starter, "a quiet guesthouse among tea gardens with parking")
    assert query.categories == {Category.HOTEL}
    # The listings' own word for the kind, which is narrower than the ontology's.
    assert query.values(LimitKind.SUBTYPE) == ("guesthouse",)
    assert {"@quiet", "@tea_garden"} <= set(query.values(LimitKind.TAG))
    assert "@parking" in query.values(LimitKind.FACILITY)


def test_bamboo_chicken_near_a_village_under_eighty_a_head(starter: Finder) -> None:
    query = read(starter, "余村附近吃竹林鸡，人均80以下")
    assert query.near is not None
    assert query.near.name == "余村"
    assert query.near.lat is not None
    assert things(query, LimitKind.DISH) == {"竹林鸡"}
    assert query.range(LimitKind.PRICE) == Range(None, 80)


@pytest.mark.parametrize(
    ("text", "kind", "asked"),
    [
        ("一百块以内的餐馆", LimitKind.PRICE, Range(None, 100)),
        ("两百到四百的住处", LimitKind.PRICE, Range(200, 400)),
        ("免费的景点", LimitKind.PRICE, Range(0, 0)),
        ("free attractions", LimitKind.PRICE, Range(0, 0)),
        ("评分4.5以上，人均80", LimitKind.RATING, Range(4.5, None)),
        ("rated at least 9 out of 10", LimitKind.RATING, Range(4.5, None)),
        ("四星级的酒店", LimitKind.STARS, Range(4, 4)),
        ("four star hotel or better, at least 4 stars", LimitKind.STARS, Range(4, None)),
        ("玩两三个小时的地方", LimitKind.DURATION, Range(2, 3)),
        ("half a day attraction", LimitKind.DURATION, Range(4, 4)),
        ("something for a couple of hours", LimitKind.DURATION, Range(2, 2)),
    ],
)
def test_numbers_go_to_what_they_are_about(city: Finder, text: str, kind: LimitKind, asked: Range) -> None:
    assert read(city, text).range(kind) == asked


@pytest.mark.parametrize(
    "text", ["带免费停车的酒店", "hotel with free parking", "24小时热水的酒店", "住3天的酒店", "第二天去哪里玩"]
)
def test_numbers_and_free_of_other_things_are_no_limits_on_price_or_time(city: Finder, text: str) -> None:
    query = read(city, text)
    assert query.range(LimitKind.PRICE) is None
    assert query.range(LimitKind.DURATION) is None


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("想住在老港区，适合商务出行的", LimitKind.SUBTYPE, "商务出行"),
        ("找个带观海阳台的酒店", LimitKind.FACILITY, "观海阳台"),
        ("哪里能吃到雪菜黄鱼", LimitKind.DISH, "雪菜黄鱼"),
        ("望潮区有什么好玩的", LimitKind.AREA, "望潮区"),
        ("望潮有什么好玩的", LimitKind.AREA, "望潮区"),
        ("想看工业遗址", LimitKind.SUBTYPE, "工业遗址"),
        ("a seaside sight", LimitKind.SUBTYPE, "seaside"),
        ("情侣约会的景点", LimitKind.TAG, "情侣约会"),
    ],
)
def test_a_new_citys_own_words_are_limits_without_any_code(city: Finder, text: str, kind: LimitKind, key: str) -> None:
    query = read(city, text)
    assert key in query.values(kind) or key in query.values(LimitKind.SUBTYPE)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("吃完饭我想找一家酒店住下", Category.HOTEL),
        ("订好酒店了，推荐个吃饭的地方", Category.RESTAURANT),
        ("推荐一个免费的景点，再看看周边的酒店和餐馆", Category.ATTRACTION),
        ("灯塔记忆馆附近的餐馆", Category.RESTAURANT),
        ("After dinner we need a place to stay", Category.HOTEL),
        ("where to eat near the Lighthouse Memory Hall", Category.RESTAURANT),
        ("附近有什么好吃的", Category.RESTAURANT),
        ("半天能玩完的景点", Category.ATTRACTION),
    ],
)
def test_the_category_is_that_of_the_request_not_of_what_was_done_or_comes_after(
    city: Finder, text: str, category: Category
) -> None:
    assert read(city, text).categories == {category}


def test_a_named_place_is_looked_for_unless_something_near_it_is(city: Finder) -> None:
    assert read(city, "灯塔记忆馆的电话是多少").values(LimitKind.NAME) == ("a2",)
    assert read(city, "Tidewatch Terace opening hours").values(LimitKind.NAME) == ("a0",)
    near = read(city, "灯塔记忆馆附近的餐馆").near
    assert near is not None
    assert near.anchors == ("a2",)
    context = read(city, "去望潮台玩，推荐个酒店")
    assert context.near is not None
    assert context.values(LimitKind.NAME) == ()


def test_a_radius_is_read_in_kilometres_and_in_minutes(starter: Finder) -> None:
    for text, metres in (
        ("余村5公里以内的民宿", 5000),
        ("guesthouse within 3 km of Yucun Village", 3000),
        ("余村开车20分钟以内的民宿", 11_800),
        ("距余村骑车20分钟以内的民宿", 3_500),
    ):
        near = read(starter, text).near
        assert near is not None
        assert (near.name, near.radius_m) == ("余村", metres)


def test_a_measure_word_is_no_family_and_free_parking_is_no_free_hotel(city: Finder) -> None:
    assert read(city, "我要找一家餐馆").values(LimitKind.PARTY) == ()
    assert read(city, "停车场免费的酒店").range(LimitKind.PRICE) is None


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("从安吉站去余村的路上吃饭", ("安吉站", "余村")),
        ("安吉站到余村途中有什么玩的", ("安吉站", "余村")),
        ("余村和安吉站之间的民宿", ("余村", "安吉站")),
        ("lunch on the way from Anji Railway Station to Yucun Village", ("安吉站", "余村")),
        ("cafes between Yucun Village and Anji Railway Station", ("余村", "安吉站")),
    ],
)
def test_a_way_between_two_places_is_a_limit_of_its_own(starter: Finder, text: str, ends: tuple[str, str]) -> None:
    [limit] = read(starter, text).of(LimitKind.NEAR)
    assert limit.near is not None
    assert limit.near.end is not None
    assert (limit.near.name, limit.near.end.name) == ends


@pytest.mark.parametrize("text", ["去余村的路上吃饭", "somewhere to eat on the way to Yucun Village"])
def test_a_way_begins_where_the_asker_is_when_they_say_so(starter: Finder, text: str) -> None:
    way = starter.understand(ask(text, origin=(30.65, 119.67))).near
    assert way is not None
    assert way.is_asker
    assert way.end is not None
    without = read(starter, text).near
    assert without is not None
    assert (without.name, without.end) == ("余村", None)


@pytest.mark.parametrize("text", ["price between 50 and 100", "从早到晚", "从50到100元的民宿", "open from 9 to 5"])
def test_numbers_and_hours_are_no_way(starter: Finder, text: str) -> None:
    assert read(starter, text).near is None


@pytest.mark.parametrize("text", ["不要麻辣火锅的餐馆", "除了麻辣火锅都行的餐馆", "restaurants except 麻辣火锅"])
def test_what_is_not_wanted_is_left_out(city: Finder, text: str) -> None:
    assert "麻辣火锅" in read(city, text).values(LimitKind.NOT)


def test_what_is_all_the_same_is_no_limit(city: Finder) -> None:
    assert read(city, "不需要免费停车场的酒店").values(LimitKind.FACILITY) == ()
    assert "免费停车场" in read(city, "有没有免费停车场的酒店").values(LimitKind.FACILITY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("最便宜的酒店", "price"),
        ("cheapest hotel", "price"),
        ("评分最高的餐馆", "-rating"),
        ("the best rated restaurant", "-rating"),
        ("最近特别想吃火锅", None),
        ("最好有停车场的酒店", None),
    ],
)
def test_superlatives_decide_the_order(city: Finder, text: str, name: str | None) -> None:
    assert read(city, text).values(LimitKind.SORT) == ((name,) if name else ())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("周日晚上8点开门的餐馆", "Sun 20:00"),
        ("restaurant open Sunday at 8 pm", "Sun 20:00"),
        ("现在营业的餐馆", "Tue 12:00"),
        ("open late restaurants", "Tue 22:30"),
        ("明天早上6点开门的餐馆", "Wed 06:00"),
        ("dinner at half past six", "Tue 18:30"),
        ("十二点以后还开的餐馆", "Wed 00:00"),
    ],
)
def test_times_are_read_as_the_next_such_time(city: Finder, text: str, at: str) -> None:
    opens = read(city, text).open_at
    assert opens is not None
    assert f"{opens:%a %H:%M}" == at


def test_alternatives_are_one_chip_and_what_can_be_had_at_once_two(city: Finder) -> None:
    either = list(read(city, "渔家菜或者轻食的餐馆").of(LimitKind.SUBTYPE))
    assert len(either) == 1
    assert set(either[0].values) == {"渔家菜", "轻食"}
    assert len(list(read(city, "有大床房和免费停车场的酒店").of(LimitKind.FACILITY))) == 2


def test_chips_are_said_in_the_askers_language_and_have_the_same_ids(city: Finder) -> None:
    chinese = city.understand(ask("评分4分以上的酒店")).understood
    english = city.understand(ask("hotels rated 4 or higher")).understood
    assert [chip.id for chip in chinese] == [chip.id for chip in english] == ["category:hotel", "rating:4.."]
    assert [chip.label for chip in chinese] == ["住宿", "评分4分以上"]
    assert [chip.label for chip in english] == ["places to stay", "rated 4 or more"]
    assert chinese[1].words == "4分以上"


def test_both_bounds_of_a_price_are_kept_even_when_they_contradict(city: Finder) -> None:
    assert read(city, "price over 50 and under 100").range(LimitKind.PRICE) == Range(50, 100)
    prices = [limit.range for limit in read(city, "price under 50 and over 100").of(LimitKind.PRICE)]
    assert prices == [Range(None, 50), Range(100, None)]


def test_misspelt_words_and_traditional_characters_are_read(city: Finder) -> None:
    assert read(city, "a resturant").categories == {Category.RESTAURANT}
    assert "渔家菜" in read(city, "漁家菜").values(LimitKind.SUBTYPE)


def test_a_name_may_be_said_without_its_kind(starter: Finder) -> None:
    [listing_id] = read(starter, "竹里人家").values(LimitKind.NAME)
    assert starter.snapshot.listings[starter.snapshot.row_of[listing_id]].name == "竹里人家农家乐"
