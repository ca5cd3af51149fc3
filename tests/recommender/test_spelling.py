import pytest

from recommender.spelling import Spelling

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
