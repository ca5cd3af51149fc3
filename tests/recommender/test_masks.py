"""Which rows satisfy a limit, each by itself."""

from dataclasses import replace

import numpy as np
import pytest

from index.geodesy import distances_m
from index.space.areas import Circle, Corridor
from index.space.points import Points
from recommender.finder import Finder
from recommender.masks import Masks, area_of
from recommender.query import Limit, LimitKind, Near, Range
from tests.recommender.conftest import NOON


@pytest.fixture
def masks(city: Finder) -> Masks:
    return city.masks


def ids(finder: Finder, masks: Masks, limit: Limit) -> set[str]:
    return {finder.snapshot.listings[int(row)].id for row in np.flatnonzero(masks.of(limit))}


def test_what_is_unknown_satisfies_no_limit_on_a_number(city: Finder, masks: Masks) -> None:
    assert ids(city, masks, Limit(LimitKind.STARS, range=Range(4, None))) == {"h1", "h3", "h4"}
    assert ids(city, masks, Limit(LimitKind.PRICE, range=Range(0, 0))) == {"a1", "a2"}


def test_a_single_length_must_lie_in_the_listings_range_and_a_range_must_hold_it(city: Finder, masks: Masks) -> None:
    assert ids(city, masks, Limit(LimitKind.DURATION, range=Range(2, 2))) == {"a0", "a2"}
    assert ids(city, masks, Limit(LimitKind.DURATION, range=Range(1, 2))) == {"a2", "a3"}


def test_unknown_hours_may_be_open_and_known_ones_are_kept(city: Finder, masks: Masks) -> None:
    at_three = ids(city, masks, Limit(LimitKind.OPEN, at=NOON.replace(hour=15)))
    assert "r2" not in at_three
    assert {"r0", "r1", "h0"} <= at_three
    assert "r2" in ids(city, masks, Limit(LimitKind.OPEN, at=NOON.replace(hour=15), whole_day=True))


def test_alternatives_widen_and_an_exclusion_leaves_out(city: Finder, masks: Masks) -> None:
    one = ids(city, masks, Limit(LimitKind.SUBTYPE, values=("渔家菜",)))
    both = ids(city, masks, Limit(LimitKind.SUBTYPE, values=("渔家菜", "轻食")))
    assert one == {"r0", "r2"}
    assert both == one | {"r5"}
    everything = {listing.id for listing in city.snapshot.listings}
    assert ids(city, masks, Limit(LimitKind.NOT, values=("渔家菜",))) == everything - one
    assert ids(city, masks, Limit(LimitKind.NOT, values=("listing:r0",))) == everything - {"r0"}
    assert ids(city, masks, Limit(LimitKind.NOT, values=("area:新城",))) == everything - {"r4", "r5", "h1", "h3"}


def test_a_radius_leaves_out_the_anchor_and_what_has_no_coordinates(city: Finder, masks: Masks) -> None:
    near = Near("望潮台", lat=29.9, lon=121.9, radius_m=2_000.0, anchors=("a0",))
    assert ids(city, masks, Limit(LimitKind.NEAR, near=near)) == {"a1"}
    without_radius = ids(city, masks, Limit(LimitKind.NEAR, near=replace(near, radius_m=None)))
    assert without_radius == {listing.id for listing in city.snapshot.listings} - {"a0"}


def test_lists_of_neighbours_stand_in_for_coordinates(city: Finder, masks: Masks) -> None:
    assert ids(city, masks, Limit(LimitKind.NEAR, near=Near("灯塔记忆馆", anchors=("a2",)))) == {"r0", "r1"}


def test_a_way_is_measured_by_its_detour(city: Finder, masks: Masks) -> None:
    way = Near("A", lat=29.90, lon=121.9, end=Near("B", lat=29.92, lon=121.9))
    detours = masks.distances(way, np.arange(len(city.snapshot.listings)))
    assert detours is not None
    between = city.snapshot.row_of["a1"]
    assert detours[between] == pytest.approx(0.0, abs=1.0)
    assert masks.distances(Near("A"), np.arange(2)) is None


@pytest.mark.parametrize("end", [(30.0, 179.9), (30.0, 179.92), (30.3, -179.7), (33.0, -178.0)])
@pytest.mark.parametrize("detour_m", [0.0, 500.0, 20_000.0])
def test_the_area_of_a_way_holds_all_whose_detour_is_short(end: tuple[float, float], detour_m: float) -> None:
    start = (30.0, 179.9)
    rng = np.random.default_rng(3)
    middles = np.asarray(start) + rng.random((20_000, 1)) * ((np.asarray(end) - start + 180) % 360 - 180)
    lats, lons = (middles + rng.normal(0, 0.2, (20_000, 2)) * rng.random((20_000, 1)) ** 4).T
    lons = (lons + 180) % 360 - 180
    length = distances_m(*start, [end[0]], [end[1]])[0]
    detours = distances_m(*start, lats, lons) + distances_m(*end, lats, lons) - length
    area = area_of(Near("A", *(None, *start), end=Near("B", *(None, *end))), detour_m)
    assert isinstance(area, Corridor)
    inside = area.contains(Points.of(lats, lons))
    assert inside[detours <= detour_m].all()
    assert not inside.all()


def test_a_way_round_the_earth_and_a_place_are_circles_and_nowhere_is_no_area() -> None:
    assert isinstance(area_of(Near("A", lat=30.0, lon=120.0, end=Near("B", lat=-30.0, lon=-60.0)), 5.0), Circle)
    assert isinstance(area_of(Near("A", lat=30.0, lon=120.0), 5.0), Circle)
    assert area_of(Near("A"), 5.0) is None
