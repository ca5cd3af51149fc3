"""What an answer is sorted by."""

import pytest

from recommender.finder import Finder
from recommender.limits.superlative import read_sort
from recommender.sentence import Sentence
from tests.recommender.conftest import ask


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("最便宜的酒店", "price"),
        ("the dearest hotel", "-price"),
        ("which inn costs the most", "-price"),
        ("which one costs the least", "price"),
        ("评价最好的", "-rating"),
        ("评分最高的", "-rating"),
        ("nearest cafe", "distance"),
        ("星级最高", "-stars"),
    ],
)
def test_superlatives_are_read(text: str, sort: str) -> None:
    [limit] = read_sort(Sentence.of(text))
    assert limit.values == (sort,)


def test_the_first_superlative_counts_and_a_plain_word_is_none() -> None:
    [limit] = read_sort(Sentence.of("最便宜、评分最高的"))
    assert limit.values == ("price",)
    assert read_sort(Sentence.of("便宜的酒店")) == []


@pytest.mark.parametrize("text", ["价格最高不超过500", "最低价格在300元以上", "价格最高500"])
def test_a_bound_on_the_price_is_no_superlative(text: str) -> None:
    assert read_sort(Sentence.of(text)) == []


@pytest.mark.parametrize(("text", "sign"), [("最便宜的住宿", 1), ("the most expensive hotels", -1)])
def test_nothing_outweighs_the_order_that_is_asked_for(starter: Finder, text: str, sign: int) -> None:
    results = starter.find(ask(text, limit=30)).results
    prices = [sign * result.listing.price for result in results if result.listing.price is not None]
    assert len(prices) > 10
    assert prices == sorted(prices)
