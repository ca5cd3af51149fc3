import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.crs import CRS_TO_WGS84, bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

_LATS, _LONS = st.floats(4, 53), st.floats(74, 134)


@given(_LATS, _LONS)
def test_there_and_back_is_the_same_point(lat: float, lon: float) -> None:
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        assert back(*there(lat, lon)) == pytest.approx((lat, lon), abs=1e-9)


@given(_LATS, _LONS)
def test_the_shift_in_china_is_of_some_hundred_metres(lat: float, lon: float) -> None:
    shifted_lat, shifted_lon = wgs84_to_gcj02(lat, lon)
    assert abs(shifted_lat - lat) < 0.02
    assert abs(shifted_lon - lon) < 0.02


@pytest.mark.parametrize("point", [(52.2, 0.12), (-33.9, 151.2), (64.1, -21.9), (0.0, 0.0)])
def test_outside_china_all_systems_are_the_same(point: tuple[float, float]) -> None:
    for convert in (wgs84_to_gcj02, wgs84_to_bd09, *CRS_TO_WGS84.values()):
        assert convert(*point) == point


def test_a_published_example_comes_out() -> None:
    # From eviltransform's own tests.
    assert wgs84_to_gcj02(31.1774276, 121.5272106) == pytest.approx((31.17530398364597, 121.531541859215), abs=1e-9)
