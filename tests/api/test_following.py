"""What a search hands out for the next words: good for two hours, and worth nothing when changed."""

from datetime import UTC, datetime, timedelta

import pytest

from api.following import GOOD_FOR, opened_query, sealed_query
from recommender.query import Limit, LimitKind, Query, Range
from recommender.result import Answer

SECRET = b"s" * 32
NOW = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
QUERY = Query("人均80以下", "zh", (Limit(LimitKind.PRICE, range=Range(None, 80)),), "安静")
ANSWER = Answer(QUERY, (), (), 0, 0, "snapshot")


def test_a_query_comes_back_as_it_was() -> None:
    sealed = sealed_query(SECRET, ANSWER, NOW)
    assert sealed is not None
    earlier = opened_query(SECRET, sealed, NOW + timedelta(minutes=5))
    assert earlier is not None
    assert earlier.query == QUERY


def test_an_old_one_is_no_query() -> None:
    sealed = sealed_query(SECRET, ANSWER, NOW)
    assert opened_query(SECRET, sealed, NOW + GOOD_FOR + timedelta(seconds=1)) is None


@pytest.mark.parametrize("position", [0, 10, -1])
def test_a_changed_one_is_no_query(position: int) -> None:
    sealed = sealed_query(SECRET, ANSWER, NOW) or ""
    changed = list(sealed)
    changed[position] = "A" if changed[position] != "A" else "B"
    assert opened_query(SECRET, "".join(changed), NOW) is None


def test_anothers_secret_opens_nothing() -> None:
    assert opened_query(b"t" * 32, sealed_query(SECRET, ANSWER, NOW), NOW) is None


def test_there_is_nothing_to_refine_in_an_empty_search() -> None:
    assert sealed_query(SECRET, Answer(Query("", "zh"), (), (), 0, 0, "snapshot"), NOW) is None
    assert opened_query(SECRET, None, NOW) is None
