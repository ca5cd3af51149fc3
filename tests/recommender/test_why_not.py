"""Why a listing is absent, and that the change which is told brings it in."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import NotFound
from recommender.finder import Finder, SearchRequest
from recommender.query import LimitKind
from recommender.why_not import Explainer, WhyNot
from tests.recommender.conftest import ask

QUERIES = (
    "人均80以下的农家乐",
    "评分4.8分以上，人均50以下，能停车的茶馆",
    "a hotel with 4 stars or more, under 300 a night",
    "余村5公里以内的民宿，要有免费停车",
    "within 3 km of Yucun, farm stay, not spicy",
    "免费景点，游玩3小时以上",
    "周日晚上11点还开着的咖啡馆",
    "不要火锅，天荒坪镇吃饭，带狗",
    "最便宜的酒店",
    "安静",
    "",
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def explainer(starter: Finder) -> Explainer:
    return Explainer(starter)


@pytest.fixture(scope="module")
def of_city(city: Finder) -> Explainer:
    return Explainer(city)


def asked(text: str, language: str) -> SearchRequest:
    return replace(ask(text), language=language)  # type: ignore[arg-type]


def stands(finder: Finder, request: SearchRequest, listing_id: str, rank: int) -> bool:
    """Whether the search shows a listing at a rank."""
    page = finder.find(replace(request, offset=rank - 1, limit=1) if rank > 10 else request).results
    return page[0 if rank > 10 else rank - 1].listing.id == listing_id


@given(st.sampled_from(QUERIES), st.integers(0, 202))
@FEW
def test_the_change_brings_the_listing_in_at_the_rank_that_is_told(
    starter: Finder, explainer: Explainer, text: str, row: int
) -> None:
    listing = starter.snapshot.listings[row % len(starter.snapshot.listings)]
    request = ask(text)
    found = explainer.explain(request, listing.id)
    assert abs(sum(found.result.terms.values()) - found.result.score) < 1e-9
    assert found.result.listing.id == listing.id
    if found.change is None:
        assert found.rank is not None
        assert stands(starter, request, listing.id, found.rank)
        return
    assert found.missed
    assert found.change.without <= {chip.id for chip in found.understood}
    assert found.change.rank is not None
    changed = replace(request, without=found.change.without)
    assert stands(starter, changed, listing.id, found.change.rank)
    assert explainer.explain(changed, listing.id).present


@given(st.sampled_from(QUERIES), st.integers(0, 202))
@FEW
def test_a_listing_is_present_just_when_the_search_shows_it(
    starter: Finder, explainer: Explainer, text: str, row: int
) -> None:
    listing = starter.snapshot.listings[row % len(starter.snapshot.listings)]
    request = ask(text)
    shown: set[str] = set()
    while True:
        page = starter.find(replace(request, offset=len(shown), limit=10))
        shown |= {result.listing.id for result in page.results}
        if len(page.results) < 10 or len(shown) >= page.total:
            break
    assert explainer.explain(request, listing.id).present == (listing.id in shown)


def test_a_result_has_the_terms_that_the_search_gives_it(starter: Finder, explainer: Explainer) -> None:
    for text in QUERIES:
        for rank, result in enumerate(starter.find(ask(text)).results, 1):
            found = explainer.explain(ask(text), result.listing.id)
            assert (found.rank, found.result, found.change) == (rank, result, None)


def test_an_absent_listings_terms_tell_what_the_missed_limits_cost(of_city: Explainer) -> None:
    found = of_city.explain(ask("渔家菜，人均60以下"), "h1")
    assert found.result.terms["limits"] < 0


NOTES = [
    ("人均80以下的餐馆", "r3", "zh", "人均130元，超过80元", "把价格提高到130元", 130),
    ("人均80以下的餐馆", "r3", "en", "¥130 a head, over 80", "raise the price to 130", 130),
    ("评分4.5分以上的餐馆", "r1", "zh", "评分4.1分，低于4.5分", "把评分降低到4.1分", 4.1),
    ("restaurant rated 4.5 or more", "r1", "en", "rated 4.1, below 4.5", "lower the rating to 4.1", 4.1),
    ("四星级以上的酒店", "h0", "zh", "3星，低于4星", "把星级降低到3星", 3),
    ("免费的景点", "a0", "zh", "门票60元，不是“免费”", "把价格提高到60元", 60),
    ("望潮区的餐馆", "r0", "zh", "是老港区的，不是望潮区", "去掉“望潮区”", None),
    ("餐馆，要有鲜毛肚", "r0", "zh", "没有写明“鲜毛肚”", "去掉“鲜毛肚”", None),
    ("吃渔家菜", "r1", "zh", "是麻辣火锅，不是渔家菜", "去掉“渔家菜”", None),
    ("餐馆", "h0", "zh", "是住宿，不是餐馆", "去掉“餐馆”", None),
    ("restaurant", "h0", "en", "it is places to stay, not places to eat", "leave out “places to eat”", None),
    ("餐馆，不要葱油白蟹", "r0", "zh", "写明有葱油白蟹", "去掉“不要葱油白蟹”", None),
    ("游玩4小时以上的景点", "a3", "zh", "游玩1小时，不符合“游玩4小时以上”", "去掉“游玩4小时以上”", None),
]


@pytest.mark.parametrize(("text", "listing", "language", "note", "advice", "widened"), NOTES)
def test_what_is_missed_is_said_with_the_listings_own_value(
    city: Finder, text: str, listing: str, language: str, note: str, advice: str, widened: float | None
) -> None:
    found = Explainer(city).explain(asked(text, language), listing)
    said = {(one.note, one.advice, one.widened) for one in found.missed}
    assert (note, advice, widened) in said


def test_a_place_too_far_away_is_told_how_far_it_is(explainer: Explainer, starter: Finder) -> None:
    request = ask("余村3公里以内的民宿")
    far = next(
        found
        for listing in starter.snapshot.listings
        if (found := explainer.explain(request, listing.id)).missed
        and any(one.limit.kind is LimitKind.NEAR and one.widened for one in found.missed)
    )
    [near] = [one for one in far.missed if one.limit.kind is LimitKind.NEAR]
    assert near.note.startswith("距余村")
    assert "超过3.0公里" in near.note
    assert near.widened is not None
    assert near.widened > 3000
    assert near.advice.startswith("把范围扩大到")


def test_closing_hours_are_told(of_city: Explainer) -> None:
    [note] = [one.note for one in of_city.explain(ask("周日晚上8点开着的景点"), "a0").missed]
    assert "08:00-17:00" in note


def test_the_change_has_no_step_too_many(starter: Finder, explainer: Explainer) -> None:
    request = ask("评分4.9分以上，人均50以下，能停车，5公里以内余村的茶馆")
    changes = 0
    for listing in starter.snapshot.listings[::5]:
        found = explainer.explain(request, listing.id)
        if found.change is None or len(found.change.steps) < 2:
            continue
        changes += 1
        for step in found.change.steps:
            fewer = replace(request, without=found.change.without - {step.chip.id})
            assert listing.id not in {result.listing.id for result in starter.find(fewer).results}
    assert changes > 5


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_said_in_the_other_language(starter: Finder, explainer: Explainer, language: str) -> None:
    def said(found: WhyNot) -> list[str]:
        return [words for one in found.missed for words in (one.note, one.advice)]

    for text in QUERIES:
        for listing in starter.snapshot.listings[::23]:
            for words in said(explainer.explain(asked(text, language), listing.id)):
                own = words.split("(hours")[0]
                assert any("\u4e00" <= character <= "\u9fff" for character in own) == (language == "zh"), words


def test_an_unknown_listing_is_told(explainer: Explainer) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        explainer.explain(ask("茶馆"), "nowhere")


def test_what_is_off_a_way_is_told_with_both_its_ends(explainer: Explainer, starter: Finder) -> None:
    far = next(one for one in starter.snapshot.listings if one.area == "杭垓镇" and one.category == "restaurant")

    for language, ends, advice in (
        ("zh", ("安吉站", "余村"), "把绕行放宽到"),
        ("en", ("Anji Railway Station", "Yucun Village"), "allow a detour of"),
    ):
        [missed] = explainer.explain(asked("从安吉站到余村的路上吃饭", language), far.id).missed
        assert all(end in missed.note for end in ends)
        assert missed.advice.startswith(advice)


def test_an_area_that_is_left_out_is_named(explainer: Explainer, starter: Finder) -> None:
    there = next(one for one in starter.snapshot.listings if one.area == "溪龙乡" and one.category == "restaurant")
    notes = [one.note for one in explainer.explain(asked("不去溪龙乡，找个地方吃饭", "zh"), there.id).missed]
    assert notes == ["在溪龙乡"]
