import pytest

from recommender.domain import load_domain
from recommender.finder import Finder
from recommender.limits.negation import Negation
from recommender.sentence import Sentence
from tests.recommender.conftest import ask

NEGATION = Negation(load_domain())


@pytest.mark.parametrize(
    ("text", "word", "negated"),
    [
        ("不要火锅", "火锅", True),
        ("不想吃火锅", "火锅", True),
        ("除了火锅都行", "火锅", True),
        ("火锅以外的", "火锅", True),
        ("有没有火锅", "火锅", False),
        ("想吃火锅", "火锅", False),
        ("没有火锅的店", "火锅", True),
        ("no seafood", "seafood", True),
        ("anything but seafood", "seafood", True),
        ("no, seafood", "seafood", False),
        ("别给我推荐火锅", "火锅", True),
        ("不卖火锅的店", "火锅", True),
        ("a restaurant that isn't in the harbour", "harbour", True),
        ("not one that serves seafood", "seafood", True),
        ("不在老港区的", "老港区", True),
        ("sights outside the harbour", "harbour", True),
        ("a table outside in the harbour", "harbour", False),
        ("do you know seafood places", "seafood", False),
    ],
)
def test_a_negator_directly_before_excludes(text: str, word: str, *, negated: bool) -> None:
    start = text.index(word)
    assert (NEGATION.start(Sentence.of(text), start, start + len(word)) is not None) is negated


def test_a_word_on_both_sides_of_a_negator_asks() -> None:
    assert NEGATION.start(Sentence.of("辣不辣"), 2, 3) is None


@pytest.mark.parametrize("between", ["和", "、", " or ", " nor ", ", or "])
def test_an_exclusion_reaches_over_and_and_or(between: str) -> None:
    text = f"火锅{between}海鲜"
    assert NEGATION.goes_on(Sentence.of(text), 2, 2 + len(between))
    assert not NEGATION.goes_on(Sentence.of("火锅，海鲜"), 2, 3)


def test_an_area_can_be_excluded(city: Finder) -> None:
    answer = city.find(ask("不去老港区的餐馆"))
    assert answer.total == 4
    assert "老港区" not in {result.listing.area for result in answer.results[:4]}
    assert "不要老港区" in {chip.label for chip in answer.understood}


def test_the_second_of_two_exclusions_is_one_too(city: Finder) -> None:
    answer = city.find(ask("不要渔家菜和麻辣火锅，找家餐馆"))
    assert {result.listing.subtype for result in answer.results[: answer.total]} == {"日韩料理", "轻食"}
