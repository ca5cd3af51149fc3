"""The door: pages of ranked and explained listings, and what holds of every answer."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import NotFound
from index.listing import Category
from recommender.finder import Finder
from recommender.query import LimitKind
from recommender.result import Answer, Result
from tests.recommender.conftest import ask

WALK = ("带孩子去哪里玩，不要太贵", "a quiet guesthouse among tea gardens with parking", "余村附近吃竹林鸡，人均80以下")
QUERIES = (
    *WALK,
    "",
    "评分5分的火锅，最便宜的",
    "hotel with hot spring, wheelchair accessible",
    "余村",
    "周日晚上8点还开着的茶馆",
    "price under 50 and over 100",
    "除了农家乐，离安吉站5公里以内",
    "アンジで美味しいお茶",
    "안지 맛집",
)
YUCUN = (30.52, 119.60)
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.sampled_from(
    [
        *QUERIES,
        *("人均", "80以下", "不要", "除了", "附近", "离", "within 5 km of", "4.5分", "一百", "open", "now", "or"),
        *("'; DROP TABLE listing; --", "\x00\u202e", "🍵", "()[]{}*?+^$|\\", "\u3000", "\u0663", "½", "NaN", "1e999"),
        *("9" * 400, "%00", "<b>"),
    ]
)


def ids(answer: Answer) -> list[str]:
    return [result.listing.id for result in answer.results]


def assert_honest(results: Sequence[Result]) -> None:
    for result in results:
        assert abs(sum(result.terms.values()) - result.score) < 1e-9
        assert 1 <= len(result.reasons) <= 3
        assert all(reason.strip() for reason in result.reasons)


@pytest.mark.parametrize("text", QUERIES)
def test_every_answer_has_ten_results_with_reasons_and_terms_that_sum_to_the_score(starter: Finder, text: str) -> None:
    answer = starter.find(ask(text))
    assert len(set(ids(answer))) == 10
    assert_honest(answer.results)
    scores = [result.score for result in answer.results]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_said_in_the_other_language(starter: Finder, text: str, language: str) -> None:
    answer = starter.find(ask(text).__class__(text, language, ask(text).now))  # type: ignore[arg-type]
    said = [
        *(reason for result in answer.results for reason in result.reasons),
        *(note.note for note in answer.relaxed),
    ]
    for words in said:
        assert any("\u4e00" <= character <= "\u9fff" for character in words) == (language == "zh"), words


@given(st.lists(PIECES | st.text(max_size=40), max_size=8).map("".join))
@SLOW
def test_any_text_gets_an_answer(starter: Finder, text: str) -> None:
    answer = starter.find(ask(text))
    assert len(answer.results) == 10
    assert_honest(answer.results)


@pytest.mark.parametrize(
    "text", ["竹" * 10_000, "quiet " * 2_000, "🍵" * 10_000, "9" * 10_000, "9" * 400 + "元", "离" * 5_000 + "近"]
)
def test_a_text_of_ten_thousand_characters_gets_an_answer(starter: Finder, text: str) -> None:
    assert len(starter.find(ask(text)).results) == 10


@pytest.mark.parametrize("text", QUERIES)
def test_pages_have_no_repeats_and_no_gaps(starter: Finder, text: str) -> None:
    whole = ids(starter.find(ask(text, limit=30)))
    pages = [found for offset in range(0, 30, 10) for found in ids(starter.find(ask(text, offset=offset)))]
    assert pages == whole[: len(pages)]
    total = starter.find(ask(text)).total
    assert len(pages) == min(30, max(10, total))


def test_a_page_beyond_the_last_is_empty(starter: Finder) -> None:
    assert starter.find(ask("民宿", offset=10_000)).results == ()


@pytest.mark.parametrize("text", QUERIES)
def test_hidden_listings_are_never_returned_and_the_page_stays_full(starter: Finder, text: str) -> None:
    hidden = frozenset(ids(starter.find(ask(text))))
    answer = starter.find(ask(text, hidden=hidden))
    assert not hidden & set(ids(answer))
    assert len(answer.results) == 10


@pytest.mark.parametrize("text", QUERIES)
def test_removing_a_chip_never_shrinks_the_total_and_removes_just_that_chip(starter: Finder, text: str) -> None:
    before = starter.find(ask(text))
    for chip in before.understood:
        after = starter.find(ask(text, without=frozenset({chip.id})))
        assert after.total >= before.total
        assert [left.id for left in after.understood] == [old.id for old in before.understood if old.id != chip.id]


@pytest.mark.parametrize("text", QUERIES)
def test_what_satisfies_all_limits_comes_before_what_does_not(starter: Finder, text: str) -> None:
    answer = starter.find(ask(text, limit=10))
    broken = [result.terms.get("limits", 0) < 0 for result in answer.results]
    if text:
        assert broken == sorted(broken)
        assert broken.count(False) == min(10, answer.total)
        assert bool(answer.relaxed) == any(broken)


def test_a_relaxed_limit_is_named_with_how_far_it_went(city: Finder) -> None:
    answer = city.find(ask("评分4.9以上的博物馆"))
    assert answer.total == 0
    assert answer.results[0].listing.id == "a2"
    notes = {relaxed.limit.kind: relaxed.note for relaxed in answer.relaxed}
    assert notes[LimitKind.RATING].startswith("没有“评分4.9分以上”的")


def test_the_fewest_and_cheapest_limits_give_way_first(city: Finder) -> None:
    answer = city.find(ask("老港区的渔家菜，评分4.5以上"))
    # One is of the kind and in the district, and only its rating falls short.
    assert answer.results[0].listing.id == "r0"


def test_an_empty_request_shows_the_best_of_each_category_in_turn(starter: Finder) -> None:
    answer = starter.find(ask("   "))
    assert {result.listing.category for result in answer.results[:3]} == set(Category)
    assert ids(answer) == ids(starter.find(ask("")))
    assert answer.total == len(starter.snapshot.listings)


def test_the_categories_chosen_on_the_page_are_kept(starter: Finder) -> None:
    answer = starter.find(ask("安静的地方", categories=frozenset({Category.HOTEL})))
    assert {result.listing.category for result in answer.results} == {Category.HOTEL}


def test_near_me_measures_from_the_asker_when_they_agreed(starter: Finder) -> None:
    answer = starter.find(ask("附近的餐馆", origin=YUCUN))
    distances = [result.distance_m for result in answer.results]
    assert all(distance is not None and distance < 5000 for distance in distances)
    assert any("距您" in reason for reason in answer.results[0].reasons)
    assert not answer.relaxed


def test_near_me_without_a_place_says_so_and_ranks_on(starter: Finder) -> None:
    answer = starter.find(ask("restaurants near me"))
    assert len(answer.results) == 10
    assert [relaxed.limit.kind for relaxed in answer.relaxed] == [LimitKind.NEAR]
    assert "location" in answer.relaxed[0].note
    assert all(result.distance_m is None for result in answer.results)


def test_distances_from_approximate_places_are_marked_so(starter: Finder) -> None:
    answer = starter.find(ask("江南天池附近的民宿"))
    assert all(result.approximate for result in answer.results if result.distance_m is not None)
    assert any(reason.startswith("距江南天池约") for reason in answer.results[0].reasons)


def test_neighbours_that_are_only_listed_stand_for_nearness(city: Finder) -> None:
    answer = city.find(ask("灯塔记忆馆附近的餐馆"))
    assert answer.total == 2
    assert set(ids(answer)[:2]) == {"r0", "r1"}
    assert "在灯塔记忆馆附近" in answer.results[0].reasons


def test_reasons_are_facts_of_the_listing(starter: Finder) -> None:
    result = starter.find(ask("余村附近吃竹林鸡，人均80以下")).results[0]
    assert f"人均{result.listing.price:g}元，在80元以内" in result.reasons
    assert any("竹林鸡" in dish for dish in result.listing.dishes)
    assert any(reason.startswith("距余村") for reason in result.reasons)


def test_a_closed_place_never_outranks_an_open_one_when_asked_for_an_hour(city: Finder) -> None:
    answer = city.find(ask("晚上8点还营业的渔家菜"))
    assert ids(answer)[0] == "r0"
    assert "20:00营业中" in answer.results[0].reasons


def test_similar_places_are_of_the_same_category_and_do_not_hold_the_place_itself(starter: Finder) -> None:
    own = starter.find(ask("民宿")).results[0].listing
    found = starter.similar(own.id, "en", limit=5, hidden=frozenset({"nothing"}))
    assert len(found) == 5
    assert own.id not in {result.listing.id for result in found}
    assert {result.listing.category for result in found} == {own.category}
    assert_honest(found)


def test_nearby_places_come_nearest_first_or_by_their_sources_word(starter: Finder, city: Finder) -> None:
    own = starter.find(ask("余村")).results[0].listing
    distances = [result.distance_m for result in starter.nearby(own.id, "zh")]
    assert len(distances) == 6
    assert distances == sorted(distances, key=lambda metres: metres or 0)
    listed = city.nearby("a2", "zh")
    assert {result.listing.id for result in listed} == {"r0", "r1"}
    assert_honest(listed)
    assert city.nearby("r3", "en") == ()


def test_an_unknown_listing_has_nothing_beside_it(city: Finder) -> None:
    with pytest.raises(NotFound):
        city.similar("nowhere", "zh")
    with pytest.raises(NotFound):
        city.nearby("nowhere", "zh")


def test_the_same_question_has_the_same_answer(starter: Finder) -> None:
    for text in WALK:
        assert starter.find(ask(text)) == starter.find(ask(text))


LIMITS = st.sampled_from(
    [
        *("人均80以下", "人均100以上", "price under 50", "over 100 yuan", "免费", "不到三百", "四五百块", "预算1000"),
        *("评分4.5以上", "at least 4 stars", "满分", "5* hotel", "玩半天", "2小时以内", "more than 3 days"),
        *("不要火锅和海鲜", "no hostels or campsites", "除了余村", "不去天荒坪镇", "except in the east"),
        *("余村附近", "from Anji Railway Station to Yucun Village on the way", "从安吉站到余村的路上", "我附近5公里内"),
        *("开车20分钟", "in the east", "西部的", "周日开门", "open until late", "现在营业", "凌晨3点还开着"),
        *("带狗", "wheelchair accessible", "最便宜的", "the dearest", "最近的", "要有洗衣的地方", "with a washer"),
        *("民宿", "restaurants", "景点", "竹林鸡", "江南天池", "怎么去", "换一家", "near there", "便宜一点的"),
        *("静かな宿", "조용한 숙소", "第二个怎么样", "火锅吃过了", "we saw the museum", "不要酒店", "fish head soup"),
        *("人均50到100", "评分4以上但不到4.5", "玩三天", "两三百的", "a fiver", "5公里以内", "Great Bambo Sea"),
    ]
)


@given(st.lists(LIMITS, min_size=1, max_size=7), st.sampled_from(["，", " ", " and ", "和", "、"]))
@SLOW
def test_any_mixture_of_limits_gets_ten_honest_results_and_says_what_gave_way(
    starter: Finder, limits: list[str], between: str
) -> None:
    answer = starter.find(ask(between.join(limits)))
    assert len(set(ids(answer))) == 10
    assert_honest(answer.results)
    if any(result.terms.get("limits", 0) < 0 for result in answer.results):
        assert answer.relaxed
    assert len({relaxed.note for relaxed in answer.relaxed}) == len(answer.relaxed)
    assert answer == starter.find(ask(between.join(limits)))


@given(st.lists(LIMITS, min_size=1, max_size=5), st.sampled_from(["，", " ", " and "]))
@SLOW
def test_every_chip_of_any_mixture_can_be_taken_away_and_only_it(
    starter: Finder, limits: list[str], between: str
) -> None:
    text = between.join(limits)
    query = starter.understand(ask(text))
    assert len({chip.id for chip in query.understood}) == len(query.understood)
    for chip in query.understood:
        left = starter.understand(ask(text, without=frozenset({chip.id})))
        assert [one.id for one in left.understood] == [one.id for one in query.understood if one.id != chip.id]
        assert [one.id for one in left.limits] == [one.id for one in left.understood]
    bare = starter.understand(ask(text, without=frozenset(chip.id for chip in query.understood)))
    assert bare.limits == ()


@pytest.mark.parametrize("text", ["人均50以下，而且人均100以上的餐馆", "a restaurant under 50 and over 100 yuan"])
def test_a_contradiction_is_shown_as_two_limits_of_which_one_gives_way(starter: Finder, text: str) -> None:
    answer = starter.find(ask(text))
    assert answer.total == 0
    assert [chip.kind for chip in answer.understood].count(LimitKind.PRICE) == 2
    assert any(chip.kind is LimitKind.PRICE for relaxed in answer.relaxed for chip in relaxed.limits)


def test_a_sentence_of_five_hundred_words_gets_an_answer(starter: Finder) -> None:
    answer = starter.find(ask("We would love a quiet guesthouse with parking near the tea gardens please " * 40))
    assert len(answer.results) == 10
    assert answer.query.categories == {Category.HOTEL}


@pytest.mark.parametrize(
    ("text", "note"), [("凌晨四点开门的景点", "没有写明营业时间"), ("sights open at 4 am", "call before you go")]
)
def test_that_no_shown_place_states_its_hours_is_said(starter: Finder, text: str, note: str) -> None:
    answer = starter.find(ask(text))
    rows = [starter.snapshot.row_of[result.listing.id] for result in answer.results]
    assert not starter.snapshot.open_hours.known[rows].any()
    assert [relaxed.note for relaxed in answer.relaxed if note in relaxed.note]
    noon = starter.find(ask(text.replace("凌晨四点", "中午").replace("4 am", "noon")))
    assert not any(note in relaxed.note for relaxed in noon.relaxed)


def test_what_gave_way_comes_as_close_to_its_limit_as_there_is(starter: Finder) -> None:
    prices = [result.listing.price or 0 for result in starter.find(ask("lunch under a fiver")).results]
    assert max(prices[:3]) <= 30


def test_no_reason_says_again_what_another_one_says(starter: Finder) -> None:
    for text in ("每晚100以下的酒店", "a fiver or less"):
        for result in starter.find(ask(text)).results:
            said = result.reasons
            assert not any(later in earlier for at, earlier in enumerate(said) for later in said[at + 1 :])


@pytest.mark.parametrize(
    ("text", "kept", "names"),
    [
        ("日本料理が食べたい", "日本料理", "日语"),
        ("余村の近くの農家楽", "余村", "日语"),
        ("Hello Kitty 근처 호텔", None, "Korean"),
        ("где поесть недорого", None, "另一种语言"),
        ("un restaurant pas cher avec parking", "parking", "another language"),
        ("ein günstiges Hotel mit Sauna", "sauna", "another language"),
    ],
)
def test_a_language_that_is_not_read_is_said_beside_what_was_understood(
    starter: Finder, text: str, kept: str | None, names: str
) -> None:
    answer = starter.find(ask(text))
    [note] = answer.notes
    assert names in note
    assert "中文和英文" in note
    assert "only Chinese and English" in note
    assert kept is None or any(kept in chip.label for chip in answer.understood)
    assert len(answer.results) == 10


@pytest.mark.parametrize(
    "text", ["优の良品", "café with a terrace", "La Vie en Rose", "寿司 sushi", "余村", "", "α", "hotel"]
)
def test_a_foreign_word_in_a_sentence_that_is_read_is_no_foreign_language(starter: Finder, text: str) -> None:
    assert starter.find(ask(text)).notes == ()


def test_drinking_tea_asks_for_tea_houses_before_dishes_with_tea(starter: Finder) -> None:
    assert {result.listing.subtype for result in starter.find(ask("喝茶的地方")).results[:3]} == {"茶馆"}


def test_a_sight_for_an_afternoon_takes_half_a_day(starter: Finder) -> None:
    for result in starter.find(ask("玩一个下午的景点")).results[:3]:
        assert (result.listing.duration_min or 0) <= 4 <= (result.listing.duration_max or 0)


@pytest.mark.parametrize("text", ["a bite for a dozen people", "十几个人吃饭"])
def test_a_number_of_people_is_a_group(starter: Finder, text: str) -> None:
    assert [limit.values for limit in starter.understand(ask(text)).of(LimitKind.PARTY)] == [("group",)]


def test_a_car_park_makes_no_park_of_a_place(starter: Finder) -> None:
    for result in starter.find(ask("景点有公园吗")).results:
        assert not any("停车" in reason for reason in result.reasons)
