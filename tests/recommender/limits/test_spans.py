"""Bounds on one number that are stated apart."""

import pytest

from recommender.limits.spans import contradicts, settled
from recommender.query import LimitKind, Range


def ranges(*asked: Range) -> list[Range | None]:
    spans = [(at * 10, at * 10 + 5, one) for at, one in enumerate(asked)]
    return [limit.range for limit in settled(LimitKind.PRICE, spans)]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ([Range(50, None), Range(None, 100)], [Range(50, 100)]),
        ([Range(None, 100), Range(50, None)], [Range(50, 100)]),
        ([Range(0, 0), Range(None, 100)], [Range(0, 0)]),
        ([Range(None, 100), Range(None, 80)], [Range(None, 80)]),
        ([Range(72, 88), Range(90, 110)], [Range(90, 110)]),
        ([Range(None, 50), Range(100, None)], [Range(None, 50), Range(100, None)]),
        ([Range(0, 0), Range(50, 100)], [Range(0, 0), Range(50, 100)]),
        ([Range(50, 100), Range(0, 0)], [Range(50, 100), Range(0, 0)]),
        ([Range(4, 4), Range(4, None)], [Range(4, None)]),
        ([], []),
    ],
)
def test_bounds_join_where_they_can_and_stand_apart_where_they_cannot(asked: list[Range], meant: list[Range]) -> None:
    assert ranges(*asked) == meant


def test_a_joined_limit_points_at_all_its_words() -> None:
    [limit] = settled(LimitKind.PRICE, [(2, 6, Range(50, None)), (9, 14, Range(None, 100))])
    assert (limit.start, limit.end) == (2, 14)


def test_ranges_that_touch_do_not_contradict() -> None:
    assert not contradicts(Range(None, 50), Range(50, None))
    assert contradicts(Range(None, 49), Range(50, None))
    assert not contradicts(Range(None, 49), Range(None, 10))
