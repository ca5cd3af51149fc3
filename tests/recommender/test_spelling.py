import pytest

from recommender.spelling import Neighbours, Spelling

KNOWN = Spelling(["restaurant", "parking", "museum", "place", "places", "palace"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("resturant", "restaurant"),
        ("restuarant", "restaurant"),
        ("musuem", "museum"),
        ("place", "place"),
        ("placex", "placex"),
        ("elephant", "elephant"),
        ("mus", "mus"),
        ("博物馆", "博物馆"),
    ],
)
def test_a_slip_is_corrected_only_into_the_one_word_it_may_stand_for(typed: str, meant: str) -> None:
    assert KNOWN.corrected(typed) == meant


def test_a_confirmed_slip_may_be_in_a_short_word_and_mean_several() -> None:
    near = Neighbours(["tashi", "tasha", "camp", "corncrake"])
    assert set(near.of("tash")) == {"tashi", "tasha"}
    assert near.of("corncrakee") == ("corncrake",)
    assert near.of("camp") == ()
    assert near.of("tea") == ()
