"""What things are called for a reader of each language."""

from recommender.domain import load_domain
from recommender.finder import Finder
from recommender.wording import Wording
from tests.recommender.conftest import ask


def test_the_ontologys_word_stands_in_for_missing_english_beside_the_phrase_itself(city: Finder) -> None:
    words = Wording(city.lexicon, load_domain())
    assert words.of("收费停车场", "en") == "parking (收费停车场)"
    assert words.of("收费停车场", "zh") == "收费停车场"


def test_what_another_listing_pairs_with_a_phrase_comes_first(city: Finder) -> None:
    words = Wording(city.lexicon, load_domain())
    assert words.of("滨海景区", "en") == "seaside"


def test_a_phrase_that_nothing_translates_stands_as_it_is(city: Finder) -> None:
    words = Wording(city.lexicon, load_domain())
    assert words.of("藜麦沙拉拼", "en").endswith(("藜麦沙拉拼", "(藜麦沙拉拼)"))


def test_english_reasons_say_in_english_what_the_data_say_in_chinese(city: Finder) -> None:
    answer = city.find(ask("a hotel with parking"))
    [first] = {reason for result in answer.results[:1] for reason in result.reasons if "停车" in reason}
    assert first.startswith("has parking (")
