import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index.errors import UsageError
from index.geodesy import EARTH_RADIUS_M, distances_m
from index.space.areas import Area, Box, Circle, Corridor, Polygon
from index.space.curve import NOWHERE, curve_order, keys_of
from index.space.points import Points
from index.space.ranges import SpaceIndex

_LATS = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.9999, 0.0, 30.63, 89.9999, 90.0]))
_LONS = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.9999, 0.0, 119.68, 179.9999, 180.0]))
_RADII = st.one_of(
    st.floats(0, 2.1e7), st.sampled_from([0.0, 1.0, 500.0, 5_000.0, 500_000.0, math.pi * EARTH_RADIUS_M])
)
_PATIENT = settings(max_examples=60, deadline=None)


def _places() -> tuple[np.ndarray, np.ndarray]:
    """Places everywhere, in towns, at the poles, on the antimeridian, and some that are nowhere."""
    rng = np.random.default_rng(11)
    towns = np.asarray([(30.63, 119.68), (89.9999, 12.0), (-90.0, 0.0), (0.0, 180.0), (0.0, -180.0), (52.2, 0.12)])
    around = towns[rng.integers(0, len(towns), 1500)] + rng.normal(0, 0.02, (1500, 2))
    anywhere = np.stack([np.degrees(np.arcsin(rng.uniform(-1, 1, 1500))), rng.uniform(-180, 180, 1500)], axis=1)
    same = np.repeat([[30.63, 119.68]], 200, axis=0)
    corners = np.asarray([(lat, lon) for lat in (-90, 0, 90) for lon in (-180, 0, 180)], dtype=np.float64)
    lat, lon = np.concatenate([around, anywhere, same, corners, np.full((50, 2), np.nan)]).T
    lon = (lon + 180) % 360 - 180 + np.where(lon == 180, 360, 0)
    lat = np.clip(lat, -90, 90)
    order = curve_order(lat, lon)
    return lat[order], lon[order]


_LAT, _LON = _places()
_SPACE = SpaceIndex(_LAT, _LON)


def _agree(area: Area, expected: np.ndarray) -> None:
    assert _SPACE.rows(area).tolist() == np.flatnonzero(expected).tolist()


@_PATIENT
@given(_LATS, _LONS, _RADII)
def test_a_circle_is_every_row_within_its_radius(lat: float, lon: float, radius: float) -> None:
    _agree(Circle(lat, lon, radius), distances_m(lat, lon, _LAT, _LON) <= radius)


@_PATIENT
@given(st.integers(0, 3000), st.integers(0, 3000))
def test_the_row_on_the_border_of_a_circle_is_in_it(centre: int, border: int) -> None:
    distances = distances_m(float(_LAT[centre]), float(_LON[centre]), _LAT, _LON)
    radius = float(distances[border])
    _agree(Circle(float(_LAT[centre]), float(_LON[centre]), radius), distances <= radius)


@_PATIENT
@given(_LATS, _LATS, _LONS, _LONS)
def test_a_box_is_every_row_between_its_edges(one: float, other: float, west: float, east: float) -> None:
    south, north = min(one, other), max(one, other)
    lons = np.where(np.abs(_LON) == 180, 180.0, _LON)
    inside = (lons >= west) & (lons <= east) if west <= east else (lons >= west) | (lons <= east)
    if -180 in (west, east) or 180 in (west, east):
        inside |= lons == 180
    _agree(Box(south, west, north, east), inside & (north >= _LAT) & (south <= _LAT))


@_PATIENT
@given(st.lists(st.tuples(_LATS, _LONS), min_size=1, max_size=4), st.sampled_from([0.0, 50.0, 3_000.0, 400_000.0]))
def test_a_corridor_is_every_row_near_its_route(path: list[tuple[float, float]], width: float) -> None:
    assume(all(float(distances_m(*a, [b[0]], [b[1]])[0]) < math.pi * EARTH_RADIUS_M - 50 for a, b in pairwise(path)))
    rows = _SPACE.rows(Corridor(tuple(path), width))
    sampled = np.full(len(_LAT), np.inf)
    for start, end in zip(path, path[1:] or path, strict=False):
        for place in _route(start, end, 150):
            sampled = np.fmin(sampled, distances_m(*place, _LAT, _LON))
    step = max(_length(path) / 150, 1.0)
    # A sample is at most half a step from the nearest place of the route.
    assert set(np.flatnonzero(sampled <= width - 1e-6)) <= set(rows.tolist())
    assert np.all(sampled[rows] <= width + step)


def _length(path: list[tuple[float, float]]) -> float:
    legs = [float(distances_m(*a, [b[0]], [b[1]])[0]) for a, b in pairwise(path)]
    return max(legs, default=0.0)


def _route(start: tuple[float, float], end: tuple[float, float], count: int) -> list[tuple[float, float]]:
    a, b = (_unit(*place) for place in (start, end))
    angle = math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))
    if angle < 1e-9 or angle > math.pi - 1e-7:
        return [start, end]
    places = []
    for share in np.linspace(0, 1, count):
        x, y, z = (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)
        places.append((math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))))
    return places


def _unit(lat: float, lon: float) -> np.ndarray:
    phi, lam = math.radians(lat), math.radians(lon)
    return np.asarray([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])


@_PATIENT
@given(_LATS, _LATS, _LONS, st.floats(0.001, 179))
def test_a_rectangle_as_a_polygon_is_the_box(one: float, other: float, west: float, width: float) -> None:
    south, north, east = min(one, other), max(one, other), (west + width + 180) % 360 - 180
    area = Polygon([[(south, west), (south, east), (north, east), (north, west)]])
    rows = set(_SPACE.rows(area).tolist())
    lons = (_LON - west) % 360
    surely = (lons > 1e-9) & (lons < width - 1e-9) & (south < _LAT) & (north > _LAT)
    maybe = ((lons < width + 1e-9) | (lons > 360 - 1e-9)) & (south <= _LAT) & (north >= _LAT)
    assert set(np.flatnonzero(surely)) <= rows <= set(np.flatnonzero(maybe))


def test_a_polygon_has_holes_borders_and_corners() -> None:
    outline = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]
    hole = [(4.0, 4.0), (4.0, 6.0), (6.0, 6.0), (6.0, 4.0)]
    lats = np.asarray([5.0, 2.0, 0.0, 10.0, 5.0, 11.0, 4.0, 5.0])
    lons = np.asarray([5.0, 2.0, 5.0, 10.0, 10.0, 5.0, 5.0, 355.0 - 360])
    order = curve_order(lats, lons)
    rows = SpaceIndex(lats[order], lons[order]).rows(Polygon([outline, hole]))
    assert sorted(order[rows].tolist()) == [1, 2, 3, 4, 6]


@given(
    st.integers(0, 10_000),
    st.sampled_from([(30.0, 119.5), (0.0, 180.0), (-60.0, -179.9), (84.0, 10.0)]),
    st.sampled_from([0.02, 0.5, 4.0]),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_polygon_of_any_shape_has_its_rows_and_no_others(seed: int, middle: tuple[float, float], size: float) -> None:
    """Star-shaped outlines with a hole: the cells that are left out of the plan hold nothing of it."""
    rng = np.random.default_rng(seed)
    turns = np.sort(rng.uniform(0, 2 * np.pi, 9))

    def ring(reach: np.ndarray) -> list[tuple[float, float]]:
        lats = middle[0] + size * reach * np.sin(turns)
        lons = (middle[1] + size * reach * np.cos(turns) + 180) % 360 - 180
        return list(zip(lats.tolist(), lons.tolist(), strict=True))

    area = Polygon([ring(rng.uniform(0.3, 1, 9)), ring(np.full(9, 0.2))])
    lats = middle[0] + size * rng.uniform(-1.5, 1.5, 2_000)
    lons = (middle[1] + size * rng.uniform(-1.5, 1.5, 2_000) + 180) % 360 - 180
    order = curve_order(lats, lons)
    inside = area.contains(Points.of(lats[order], lons[order]))
    assert SpaceIndex(lats[order], lons[order]).rows(area).tolist() == np.flatnonzero(inside).tolist()


def test_a_polygon_over_the_antimeridian_holds_both_sides() -> None:
    lats, lons = np.asarray([0.0, 0.0, 0.0]), np.asarray([179.0, -179.0, 0.0])
    order = curve_order(lats, lons)
    area = Polygon([[(-5.0, 170.0), (-5.0, -170.0), (5.0, -170.0), (5.0, 170.0)]])
    assert sorted(order[SpaceIndex(lats[order], lons[order]).rows(area)].tolist()) == [0, 1]


@_PATIENT
@given(_LATS, _LONS, st.sampled_from([0, 1, 10, 300, 10_000]), st.booleans())
def test_the_nearest_come_first_whatever_lies_between(lat: float, lon: float, k: int, some: bool) -> None:  # noqa: FBT001
    within = np.arange(len(_LAT)) % 7 == 0 if some else None
    rows, distances = _SPACE.nearest(lat, lon, k, within)
    exact = distances_m(lat, lon, _LAT, _LON)
    counts = np.isfinite(exact) if within is None else np.isfinite(exact) & within
    expected = np.sort(exact[counts])[:k]
    assert np.array_equal(distances, expected)
    assert np.array_equal(distances, exact[rows])
    assert len(set(rows.tolist())) == len(rows)


def test_all_rows_at_one_point_are_found_together() -> None:
    space = SpaceIndex(np.full(5000, 30.63), np.full(5000, 119.68))
    assert len(space.rows(Circle(30.63, 119.68, 0))) == 5000
    assert len(space.rows(Circle(30.64, 119.68, 1000))) == 0
    assert space.nearest(30.0, 119.0, 3)[0].tolist() == [0, 1, 2]


def test_ranges_ascend_without_touching_and_hold_few_rows_beside_the_area() -> None:
    rng = np.random.default_rng(2)
    lats, lons = rng.uniform(29, 32, 100_000), rng.uniform(118, 121, 100_000)
    order = curve_order(lats, lons)
    space = SpaceIndex(lats[order], lons[order])
    for lat, lon in rng.uniform((29.5, 118.5), (31.5, 120.5), (50, 2)):
        area = Circle(lat, lon, 10_000)
        ranges = space.ranges(area)
        assert all(end < start for end, start in zip(ranges.ends[:-1], ranges.starts[1:], strict=True))
        assert ranges.size < 3 * len(space.rows(area))
        assert len(ranges.starts) < 20


def test_rows_that_are_nowhere_are_in_no_area() -> None:
    space = SpaceIndex(np.asarray([0.0, np.nan]), np.asarray([0.0, np.nan]))
    assert len(space) == 1
    assert space.rows(Box(-90, -180, 90, 180)).tolist() == [0]
    assert space.nearest(0, 0, 5)[0].tolist() == [0]


def test_an_empty_index_has_no_rows_anywhere() -> None:
    space = SpaceIndex(np.empty(0), np.empty(0))
    assert len(space.rows(Circle(0, 0, 1e7))) == 0
    assert len(space.nearest(0, 0, 5)[0]) == 0


def test_keys_keep_the_order_of_a_quadtree_and_nowhere_is_last() -> None:
    keys = keys_of([-90, -90, 90, 90, np.nan], [-180, 180, -180, 180, 5])
    assert np.all(np.diff(keys[[0, 1]].astype(float)) > 0)
    assert keys[4] == NOWHERE
    assert keys[:4].max() < NOWHERE


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Circle(91, 0, 1), "no place on earth"),
        (lambda: Circle(0, math.nan, 1), "no place on earth"),
        (lambda: Circle(0, 0, -1), "cannot be -1 m"),
        (lambda: Circle(0, 0, math.nan), "cannot be nan m"),
        (lambda: Box(5, 0, 4, 1), "swap them"),
        (lambda: Polygon([]), "at least three places"),
        (lambda: Polygon([[(0, 0), (1, 1), (0, 0)]]), "at least three places"),
        (lambda: Polygon([[(80, 0), (80, 120), (80, -120)]]), "round a pole"),
        (lambda: Corridor((), 5), "at least one place"),
        (lambda: Corridor(((0, 0), (0, 180)), 5), "add one between"),
    ],
)
def test_an_area_that_cannot_be_says_why(make, message: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    with pytest.raises(UsageError, match=message):
        make()


def test_the_curve_puts_neighbours_together() -> None:
    rng = np.random.default_rng(7)
    lats, lons = rng.uniform(30, 31, 4000), rng.uniform(119, 120, 4000)
    order = curve_order(lats, lons)

    def steps(rows: np.ndarray) -> float:
        return float(np.mean(np.hypot(np.diff(lats[rows]), np.diff(lons[rows]))))

    assert steps(order) < 0.1 * steps(np.arange(4000))


def test_the_curve_is_a_permutation_with_unknown_places_last() -> None:
    order = curve_order([np.nan, 30.0, np.nan, -90.0, 90.0], [np.nan, 119.0, 5.0, -180.0, 180.0])
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert list(order[-2:]) == [0, 2]
