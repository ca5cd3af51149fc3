"""Which category a sentence asks for, weighed from all that it says."""

import pytest

from index.listing import Category
from recommender.finder import Finder
from recommender.query import LimitKind
from tests.recommender.conftest import ask

EAT, STAY, SEE = Category.RESTAURANT, Category.HOTEL, Category.ATTRACTION


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("吃完饭我想找一家酒店", {STAY}),
        ("推荐个景点，再看看周边的餐馆", {SEE}),
        ("订好了酒店，现在找吃的", {EAT}),
        ("住一晚多少钱合适的", {STAY}),
        ("玩两个小时的", {SEE}),
        ("四星级", {STAY}),
        ("after dinner we need a hotel", {STAY}),
        ("where can we eat", {EAT}),
        ("a place for the night", {STAY}),
        ("a place for a meal", {EAT}),
        ("somewhere to sleep, we have eaten already", {STAY}),
        ("what is there to see with the kids", {SEE}),
    ],
)
def test_what_is_asked_outweighs_what_is_mentioned(city: Finder, text: str, asked: set[Category]) -> None:
    assert city.understand(ask(text)).categories == asked


@pytest.mark.parametrize("text", ["餐馆或者酒店", "hotels and restaurants"])
def test_categories_joined_by_or_are_both_asked_for(city: Finder, text: str) -> None:
    assert city.understand(ask(text)).categories == {EAT, STAY}


@pytest.mark.parametrize("text", ["安静", "something nice", "", "新城"])
def test_nothing_said_asks_for_no_category(city: Finder, text: str) -> None:
    assert city.understand(ask(text)).categories == frozenset()


def test_a_kinds_own_name_means_that_kind_though_others_contain_it(city: Finder) -> None:
    """A kind of one category asks for it alone."""
    assert city.understand(ask("博物馆")).categories == {SEE}
    assert city.understand(ask("渔家菜")).categories == {EAT}


def test_a_noun_that_is_not_wanted_excludes_its_kind_or_its_category(starter: Finder) -> None:
    query = starter.understand(ask("不想住酒店，想住农家客栈"))
    assert "酒店" in query.values(LimitKind.NOT)
    assert query.categories == {STAY}
    other = starter.understand(ask("what's good, but not a restaurant"))
    assert other.categories == {STAY, SEE}
