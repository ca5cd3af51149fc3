"""Levels of price, and words for them that state none."""

import pytest

from recommender.finder import Finder
from recommender.query import LimitKind
from tests.recommender.conftest import ask


@pytest.mark.parametrize("text", ["酒店贵不贵", "贵一点没关系的酒店", "比较贵也行的酒店"])
def test_a_level_that_is_asked_after_or_allowed_is_no_limit(text: str, city: Finder) -> None:
    assert city.understand(ask(text)).values(LimitKind.PRICE_LEVEL) == ()


def test_a_level_that_is_wished_for_is_one(city: Finder) -> None:
    assert city.understand(ask("贵一点的酒店")).values(LimitKind.PRICE_LEVEL) == ("3", "4")
