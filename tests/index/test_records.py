from typing import Any

import pytest

from index.listing import ListingRecord
from index.records import RowError, canonical, content_hash, make_record
from tests.index.builders import a_row


def _make(values: dict[str, Any], *, crs: str = "wgs84", from_table: bool = False) -> ListingRecord:
    return make_record(values, source="file", crs=crs, from_table=from_table)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (a_row(lat=95, lon=119), "lat: 95 is above 90"),
        (a_row(lat=30, lon=-181), "lon: -181 is below -180"),
        (a_row(lat=30), "lat and lon must be given together"),
        (a_row(lat="north", lon=1), 'lat: should be a number, not "north"'),
        (a_row(price=True), "price: should be a number, not true"),
        (a_row(price_level=2.5), "price_level: should be a whole number, not 2.5"),
        (a_row(price_level=5), "price_level: 5 is above 4"),
        (a_row(rating=[5]), "rating: should be a number, not [5]"),
        (a_row(name=5), "name: should be text, not 5"),
        (a_row(name=" "), "name: is missing"),
        (a_row(name="x" * 301), "name: is longer than 300 characters"),
        (a_row(category="museum"), 'category: "museum" is none of restaurant, hotel, attraction'),
        (a_row(facilities="wifi"), 'facilities: should be a list, not "wifi"'),
        (a_row(dishes=[1]), "dishes.0: should be text, not 1"),
        (a_row(nearby=[]), "nearby: should be an object, not []"),
        (a_row(closed="perhaps"), 'closed: should be true or false, not "perhaps"'),
        (a_row(extra="x"), 'extra: should be an object, not "x"'),
        ({"name": "x", "category": "hotel"}, "id: is missing"),
    ],
)
def test_a_wrong_value_is_named_in_plain_words(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(RowError) as caught:
        _make(values)
    assert reason == str(caught.value)


@pytest.mark.parametrize("value", [float("inf"), 1e999])
def test_infinite_numbers_cannot_be_stored(value: float) -> None:
    with pytest.raises(RowError, match="finite"):
        canonical(_make(a_row(price=value)))


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_database_takes_is_refused(text: str) -> None:
    with pytest.raises(RowError):
        canonical(_make(a_row(description=text)))


def test_unknown_keys_are_kept_under_extra() -> None:
    record = _make(a_row(wifi="free", extra={"postcode": "313300"}))
    assert record.extra == {"wifi": "free", "postcode": "313300"}


def test_null_and_blank_count_as_missing() -> None:
    assert _make(a_row(price=None, facilities=None, name_en=" ")) == _make(a_row())


def test_source_is_the_rows_own_or_the_given_one() -> None:
    assert _make(a_row()).source == "file"
    assert _make(a_row(source="osm")).source == "osm"


@pytest.mark.parametrize(("value", "stored"), [(True, "yes"), (False, None), ("余村站", "余村站")])
def test_metro_may_be_a_station_or_a_boolean(value: object, stored: str | None) -> None:
    assert _make(a_row(metro=value)).metro == stored


def test_a_table_row_becomes_what_its_json_would_be() -> None:
    cells = a_row(
        lat="30.5",
        lon="119.5",
        price="",
        facilities="停车场; WiFi；",
        nearby='{"hotel": ["h"]}',
        metro="true",
        closed="no",
    )
    same = a_row(lat=30.5, lon=119.5, facilities=["停车场", "WiFi"], nearby={"hotel": ["h"]}, metro=True, closed=False)
    assert _make(cells, from_table=True) == _make(same)


def test_a_table_cell_that_should_be_json_says_so() -> None:
    with pytest.raises(RowError, match="nearby: a table holds it as a JSON object"):
        _make(a_row(nearby="h1;h2"), from_table=True)


def test_coordinates_of_chinese_maps_become_wgs84() -> None:
    record = _make(a_row(lat=30.632, lon=119.684), crs="gcj02")
    assert record.lat is not None
    assert record.lon is not None
    assert 0.001 < abs(record.lon - 119.684) < 0.01
    assert record.lat != 30.632


def test_the_content_hash_follows_the_content_only() -> None:
    one, same = _make(a_row(price=5, rating=4)), _make(a_row(rating=4.0, price=5.0))
    other = _make(a_row(price=5, rating=4.1))
    assert content_hash(canonical(one)) == content_hash(canonical(same)) != content_hash(canonical(other))
