import pytest

from recommender.domain import load_domain
from recommender.limits.negation import Negation
from recommender.sentence import Sentence

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
        ("do you know seafood places", "seafood", False),
    ],
)
def test_a_negator_directly_before_excludes(text: str, word: str, *, negated: bool) -> None:
    start = text.index(word)
    assert (NEGATION.start(Sentence.of(text), start, start + len(word)) is not None) is negated
