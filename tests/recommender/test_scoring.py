import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.query import Limit, LimitKind, Query, Range
from recommender.scoring import (
    RELAXING_COSTS,
    Weights,
    cheapness,
    closeness,
    costs_of,
    nearness,
    sort_feature,
    summed,
)
from tests.recommender.columns import columns


def test_no_other_terms_outweigh_one_relaxed_limit() -> None:
    weights = Weights()
    assert weights.ceiling < weights.limits * min(RELAXING_COSTS.values())


def test_every_limit_that_filters_has_a_cost() -> None:
    assert set(LimitKind) - set(RELAXING_COSTS) == {LimitKind.SORT}
    assert costs_of([Limit(LimitKind.OPEN), Limit(LimitKind.NAME)]).tolist() == [1.0, 12.0]


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=20))
def test_the_rounded_terms_sum_to_the_score(features: list[tuple[float, float, float]]) -> None:
    values = np.asarray(features)
    scores = summed({"meaning": values[:, 0], "words": values[:, 1], "limits": -values[:, 2]}, Weights())
    for row in range(len(features)):
        assert abs(sum(scores.of(row).values()) - scores.total[row]) < 1e-9


def test_nearness_falls_with_distance_and_is_nothing_where_it_is_unknown() -> None:
    found = nearness(np.asarray([0.0, 1000.0, 20_000.0, np.nan]), Weights())
    assert found[0] == 1
    assert found[0] > found[1] > found[2] > found[3] == 0


def test_a_near_miss_is_closer_than_a_far_one_and_the_unknown_is_not_close() -> None:
    query = Query("", "zh", (Limit(LimitKind.RATING, range=Range(4.5, None)),))
    found = closeness(query, columns(rating=[4.6, 4.4, 3.0, np.nan]), np.arange(4))
    assert found[0] == 1
    assert found[0] > found[1] > found[2] > found[3] == 0


def test_where_there_is_no_price_its_level_says_how_cheap_a_place_is() -> None:
    by_level = columns(price_level=[3.0, 1.0, 2.0, np.nan])
    assert np.argsort(-cheapness(by_level, np.arange(3))).tolist() == [1, 2, 0]
    assert cheapness(by_level, np.arange(4))[3] == 0.5
    assert np.argsort(-sort_feature("price", by_level, np.arange(4), None))[:3].tolist() == [1, 2, 0]


@pytest.mark.parametrize(("name", "order"), [("price", [1, 2, 0]), ("-price", [0, 2, 1])])
def test_a_superlative_orders_by_its_column_with_the_unknown_last(name: str, order: list[int]) -> None:
    found = sort_feature(name, columns(price=[300.0, 80.0, 150.0, np.nan]), np.arange(4), None)
    assert np.argsort(-found)[:3].tolist() == order
    assert found[3] == 0
