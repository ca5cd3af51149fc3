from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.finder import Finder
from recommender.limits.opening import read_opening
from recommender.sentence import Sentence
from tests.recommender.conftest import ask

#: A Tuesday.
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("open at quarter to seven tomorrow morning", "Wed 06:45"),
        ("open on saturday afternoon", "Sat 15:00"),
        ("星期天中午开门", "Sun 12:00"),
        ("今晚七点半开吗，要营业的", "Tue 19:30"),
        ("24小时营业", "Wed 03:00"),
        ("后天下午3点去，开放吗", "Thu 15:00"),
        ("open 9am", "Wed 09:00"),
    ],
)
def test_a_time_is_the_next_one_that_the_words_fit(text: str, at: str) -> None:
    (limit,) = read_opening(Sentence.of(text), NOW)
    assert limit.at is not None
    assert f"{limit.at:%a %H:%M}" == at


@pytest.mark.parametrize("text", ["便宜一点的", "晚上想住的酒店", "open air bath", "9 people", "4.5点评"])
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert read_opening(Sentence.of(text), NOW) == []


@given(st.integers(0, 23), st.sampled_from(["营业", "开门"]))
def test_an_hour_asked_for_is_never_in_the_past(hour: int, word: str) -> None:
    (limit,) = read_opening(Sentence.of(f"{hour}:00{word}的店"), NOW)
    assert limit.at is not None
    assert limit.at >= NOW


@pytest.mark.parametrize("text", ["周日开门的餐馆", "restaurants open on Sunday"])
def test_a_day_without_an_hour_means_any_time_of_that_day(text: str) -> None:
    [limit] = read_opening(Sentence.of(text), NOW)
    assert limit.whole_day
    assert limit.id == "open:sun"


@pytest.mark.parametrize(
    "text", ["a bar serving until late", "open till late", "开到很晚的烧烤", "late opening museum"]
)
def test_until_late_is_a_time_of_opening(text: str) -> None:
    [limit] = read_opening(Sentence.of(text), NOW)
    assert limit.at is not None
    assert limit.at.hour >= 22
    assert not limit.whole_day


def test_a_place_that_opens_only_in_the_evening_is_open_that_day(city: Finder) -> None:
    [limit] = read_opening(Sentence.of("周日营业的"), NOW)
    assert limit.at is not None
    hours = city.snapshot.open_hours
    late = city.masks.open_rows(limit.at, whole_day=True)
    assert late.tolist() == hours.known.tolist()


@pytest.mark.parametrize("text", ["近一点的餐馆", "贵一点的餐馆", "安静一点的餐馆"])
def test_a_little_is_no_hour(starter: Finder, text: str) -> None:
    assert starter.understand(ask(text)).opening is None


def test_one_oclock_is_one(starter: Finder) -> None:
    at = starter.understand(ask("下午一点开门的餐馆")).open_at
    assert at is not None
    assert at.hour == 13
