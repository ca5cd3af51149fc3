import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.geodesy import EARTH_RADIUS_M, distances_m

_LATS, _LONS = st.floats(-90, 90), st.floats(-180, 180)
_HALF_ROUND = math.pi * EARTH_RADIUS_M


@given(_LATS, _LONS, _LATS, _LONS)
def test_distance_is_symmetric_and_at_most_half_round_the_earth(a: float, b: float, c: float, d: float) -> None:
    there, back = distances_m(a, b, [c], [d])[0], distances_m(c, d, [a], [b])[0]
    assert there == pytest.approx(back, abs=1e-3)
    assert 0 <= there <= _HALF_ROUND + 1e-6


@given(_LATS, _LONS)
def test_a_point_is_at_no_distance_from_itself_by_either_name_of_its_longitude(lat: float, lon: float) -> None:
    assert distances_m(lat, lon, [lat, lat], [lon, lon + 360]) == pytest.approx([0, 0], abs=0.1)


@given(_LONS, _LONS)
def test_at_a_pole_every_longitude_is_the_same_place(lon: float, other: float) -> None:
    assert distances_m(90, lon, [90], [other])[0] == pytest.approx(0, abs=1e-3)


def test_the_antimeridian_is_no_border() -> None:
    assert distances_m(0, 179.99, [0], [-179.99])[0] == pytest.approx(0.02 * math.pi / 180 * EARTH_RADIUS_M)


def test_a_degree_of_the_meridian_is_about_111_km() -> None:
    assert distances_m(30, 119, [31], [119])[0] == pytest.approx(111_195, abs=1)


def test_unknown_coordinates_are_at_unknown_distance() -> None:
    assert np.isnan(distances_m(30, 119, [np.nan], [np.nan])).all()
    assert distances_m(30, 119, [], []).shape == (0,)
