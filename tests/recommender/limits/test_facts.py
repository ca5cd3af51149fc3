import numpy as np

from recommender.limits.facts import Facts
from tests.recommender.columns import columns


def test_a_day_of_a_visit_is_a_day_out_unless_the_data_count_around_the_clock() -> None:
    assert Facts.of(columns(duration_min=[2.0], duration_max=[6.0])).day_hours == 6
    assert Facts.of(columns(duration_min=[2.0], duration_max=[72.0])).day_hours == 24


def test_what_no_listing_states_is_not_known() -> None:
    facts = Facts.of(columns(stars=[np.nan, 4.0], price_level=[1.0, 3.0]))
    assert facts.stars
    assert not facts.rating
    assert not facts.duration
    assert facts.price_levels == {1, 3}
