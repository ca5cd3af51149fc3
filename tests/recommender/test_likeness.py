"""Words that no listing uses are held against those that do, and only rank."""

import pytest

from index.encoders import embed_passages, embed_queries, load_encoder
from recommender.finder import Finder
from recommender.likeness import LIKE_ENOUGH, Likeness
from recommender.query import LimitKind
from tests.recommender.conftest import ask


@pytest.fixture(scope="module")
def likeness(starter: Finder) -> Likeness:
    encoder = load_encoder("use")
    return Likeness(
        starter.lexicon, lambda texts: embed_passages(encoder, texts), lambda texts: embed_queries(encoder, texts)
    )


@pytest.mark.parametrize(
    ("phrase", "thing"),
    [("洗衣服", "洗衣"), ("wash clothes", "洗衣"), ("somewhere to park the car", "停车"), ("打牌", "棋牌")],
)
def test_a_phrase_finds_what_listings_call_it(likeness: Likeness, phrase: str, thing: str) -> None:
    found, score = likeness.nearest(phrase)
    assert thing in (found.label_zh or "")
    assert score >= LIKE_ENOUGH


@pytest.mark.parametrize("phrase", ["量子计算机", "a submarine", "核反应堆"])
def test_what_nothing_is_like_finds_nothing(likeness: Likeness, phrase: str) -> None:
    assert likeness.nearest(phrase)[1] < LIKE_ENOUGH


def test_a_guess_by_likeness_ranks_and_never_filters(starter: Finder) -> None:
    before = starter.find(ask("a guesthouse"))
    answer = starter.find(ask("a guesthouse with a washer"))
    [guess] = [limit for limit in answer.query.limits if limit.kind is LimitKind.FACILITY]
    assert not guess.hard
    assert answer.total == before.total
    assert "washing machine" in {chip.label for chip in answer.understood}
    assert any("washing machine" in reason for reason in answer.results[0].reasons)


def test_that_something_will_do_asks_for_nothing(starter: Finder) -> None:
    asked = starter.find(ask("住的地方能停车就可以了")).query
    assert not [limit for limit in asked.limits if not limit.hard]
