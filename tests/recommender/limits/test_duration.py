"""How long a visit takes: read, in hours, and told from how long other things take."""

import pytest

from recommender.limits.duration import read_duration
from recommender.limits.facts import Facts
from recommender.quantities import quantities_in
from recommender.query import Limit, Range
from recommender.sentence import Sentence


def facts(*, duration: bool = True, day_hours: float = 6.0) -> Facts:
    return Facts(
        stars=True, rating=True, price=True, price_levels=frozenset(), duration=duration, coordinates=True,
        day_hours=day_hours,
    )  # fmt: skip


def read(text: str, known: Facts) -> list[Limit]:
    sentence = Sentence.of(text)
    return read_duration(sentence, quantities_in(sentence), known)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("玩2小时的景点", Range(2, 2)),
        ("游玩时间1小时到3小时", Range(1, 3)),
        ("两三个小时能逛完的", Range(2, 3)),
        ("半天能玩的地方", Range(4, 4)),
        ("at most 90 minutes to visit", Range(None, 1.5)),
        ("something that takes at least 3 hours", Range(3, None)),
        ("a trip of two days", Range(12, 12)),
        ("玩两天", Range(12, 12)),
        ("玩至少2小时，最多4小时", Range(2, 4)),
        ("玩一个下午的地方", Range(4, 4)),
        ("游玩时长不超过2小时", Range(None, 2)),
        ("something to see in two hours", Range(2, 2)),
        ("能玩一下午的景点", Range(4, 4)),
        ("一上午就能逛完的", Range(4, 4)),
        ("打发一整个下午", Range(4, 4)),
        ("something to do for an afternoon", Range(4, 4)),
        ("spend a whole morning somewhere", Range(4, 4)),
    ],
)
def test_a_length_of_visit_is_read_in_hours(text: str, asked: Range) -> None:
    assert [limit.range for limit in read(text, facts())] == [asked]


@pytest.mark.parametrize(
    "text",
    [
        *("两小时车程的民宿", "20 minutes' drive", "24小时热水", "住两天", "过两天去", "24小时营业"),
        "a 24 hour reception",
        "周日下午去玩",
        "下午开门的景点",
        "open at one in the morning",
        "a place for an afternoon tea",
        "一个下午茶的地方",
    ],
)
def test_other_lengths_of_time_are_no_visits(text: str) -> None:
    assert read(text, facts()) == []


def test_days_are_as_long_as_the_data_count_them_and_told_as_days() -> None:
    [limit] = read("玩两天", facts(day_hours=24.0))
    assert limit.range == Range(48, 48)
    assert limit.whole_day
    assert not read("玩48小时", facts())[0].whole_day


def test_lengths_that_contradict_each_other_both_stand() -> None:
    assert [limit.range for limit in read("玩3小时以上，最多2小时", facts())] == [Range(3, None), Range(None, 2)]


def test_no_length_is_asked_where_no_listing_states_one() -> None:
    assert read("玩2小时的景点", facts(duration=False)) == []
