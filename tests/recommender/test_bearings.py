"""Parts of a county by compass, where its listings have no such area."""

import pytest

from recommender.bearings import bearing_rows
from recommender.finder import Finder
from recommender.query import LimitKind
from tests.recommender.conftest import ask


def test_the_four_parts_lie_where_their_names_say_and_do_not_meet(starter: Finder) -> None:
    columns = starter.snapshot.columns
    parts = bearing_rows(columns.lat, columns.lon)
    east, west, north, south = (set(parts[name].tolist()) for name in ("east", "west", "north", "south"))
    assert not east & west
    assert not north & south
    assert columns.lon[list(east)].min() > columns.lon[list(west)].max()
    assert columns.lat[list(north)].min() > columns.lat[list(south)].max()


def test_few_places_on_the_map_have_no_parts(city: Finder) -> None:
    columns = city.snapshot.columns
    assert bearing_rows(columns.lat, columns.lon) == {}


@pytest.mark.parametrize("text", ["县里东部的民宿", "a guesthouse in the east"])
def test_the_east_of_a_county_without_such_an_area_is_east_of_its_middle(starter: Finder, text: str) -> None:
    answer = starter.find(ask(text))
    assert answer.query.values(LimitKind.AREA) == ("@east",)
    assert answer.total > 0
    lons = starter.snapshot.columns.lon
    middle = sorted(lons.tolist())[len(lons) // 2]
    assert all((result.listing.lon or 0) > middle for result in answer.results[: answer.total])
