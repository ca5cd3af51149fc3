"""What was done already is not asked for again."""

import pytest

from recommender.finder import Finder
from recommender.query import LimitKind
from tests.recommender.conftest import ask

HOT_POT = {"@hot_pot", "hotpot", "火锅"}


@pytest.mark.parametrize(
    "text",
    [
        "火锅吃过了，想吃面",
        "昨天吃了火锅，今天找面馆",
        "上次去吃过火锅，这次想吃面",
        "We had a walk and we tried the hot pot yesterday. A noodle place today?",
        "we've already eaten hot pot, now noodles please",
    ],
)
def test_the_kind_that_was_tried_before_is_no_limit(starter: Finder, text: str) -> None:
    query = starter.understand(ask(text))
    kinds = {value for kind in (LimitKind.SUBTYPE, LimitKind.DISH) for value in query.values(kind)}
    assert not kinds & HOT_POT
    assert kinds & {"@noodles", "面馆", "noodle"}, kinds


@pytest.mark.parametrize("text", ["没吃过火锅，想试试", "火锅吃过了", "have you tried the hot pot"])
def test_what_is_the_only_thing_named_or_never_done_is_wished_for(starter: Finder, text: str) -> None:
    query = starter.understand(ask(text))
    kinds = {value for kind in (LimitKind.SUBTYPE, LimitKind.DISH) for value in query.values(kind)}
    assert kinds & HOT_POT, kinds
