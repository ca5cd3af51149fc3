"""What distances are called: no finer than they are known."""

import pytest

from recommender.labels import distance_label, rough_distance_label


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "zh", "en"),
    [
        (262, 2000, "约2公里内", "within about 2 km"),
        (0, 2000, "约2公里内", "within about 2 km"),
        (2300, 2000, "约2公里", "about 2 km"),
        (5400, 2828, "约5公里", "about 5 km"),
        (1999, 2828, "约3公里内", "within about 3 km"),
        (430, 150, "约400米", "about 400 m"),
        (90, 150, "约200米内", "within about 200 m"),
    ],
)
def test_a_distance_is_told_no_finer_than_it_is_known(metres: float, accuracy_m: float, zh: str, en: str) -> None:
    assert rough_distance_label(metres, accuracy_m, "zh") == zh
    assert rough_distance_label(metres, accuracy_m, "en") == en


def test_an_exact_distance_is_told_in_metres_below_a_kilometre() -> None:
    assert distance_label(262, "zh") == "262米"
    assert distance_label(1262, "en") == "1.3 km"
