"""What guests' rating and stars are asked for."""

import pytest

from recommender.limits.facts import Facts
from recommender.limits.rating import read_rating, read_stars
from recommender.quantities import quantities_in
from recommender.query import Range
from recommender.sentence import Sentence

FACTS = Facts(
    stars=True, rating=True, price=True, price_levels=frozenset({1, 2}), duration=True, coordinates=True, day_hours=8.0
)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("评分4.5以上", Range(4.5, None)),
        ("4.5分", Range(4.5, None)),
        ("满分的店", Range(5, None)),
        ("a perfect score", Range(5, None)),
        ("rated 8 out of 10 at least", Range(4, None)),
        ("打分4起", Range(4, None)),
        ("评分4到4.5", Range(4, 4.5)),
    ],
)
def test_ratings_are_read(text: str, asked: Range) -> None:
    sentence = Sentence.of(text)
    [limit] = read_rating(sentence, quantities_in(sentence), FACTS)
    assert limit.range == asked


@pytest.mark.parametrize("text", ["人均45以上", "2小时以上", "4星级", "四星"])
def test_other_numbers_are_no_ratings(text: str) -> None:
    sentence = Sentence.of(text)
    assert read_rating(sentence, quantities_in(sentence), FACTS) == []


def test_stars_are_exact_unless_a_bound_is_said() -> None:
    for text, asked in (
        ("四星级酒店", Range(4, 4)),
        ("two stars or more", Range(2, None)),
        ("5* hotel", Range(5, 5)),
        ("a budget 3 star inn", Range(3, 3)),
    ):
        [limit] = read_stars(quantities_in(Sentence.of(text)), FACTS)
        assert limit.range == asked


def test_stars_are_ratings_where_no_listing_has_stars() -> None:
    sentence = Sentence.of("四星以上")
    facts = Facts(
        stars=False, rating=True, price=True, price_levels=frozenset(), duration=False, coordinates=False, day_hours=8
    )
    [limit] = read_rating(sentence, quantities_in(sentence), facts)
    assert limit.range == Range(4, None)
    assert read_stars(quantities_in(sentence), facts) == []
