import csv
import json
import re
import runpy
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from index.geodesy import distances_m
from index.hours import parse_hours
from index.importing import import_file
from index.listing import ListingRecord
from index.places import import_places

HAN = re.compile(r"[\u4e00-\u9fff]")
#: Believable prices in RMB by kind: a meal, a night, a ticket.
PRICES = {
    "农家乐": (50, 120),
    "农家客栈": (120, 260),
    "民宿": (250, 1200),
    "酒店": (160, 500),
    "客栈": (120, 300),
    "青年旅舍": (50, 150),
    "露营地": (200, 500),
    "咖啡馆": (25, 60),
    "茶馆": (40, 150),
    "早餐店": (8, 30),
    "面馆": (15, 50),
    "小吃": (10, 40),
    "甜品": (15, 45),
}
OTHER_PRICES = {"restaurant": (30, 200), "hotel": (80, 1200), "attraction": (20, 100)}


def test_every_row_imports(engine: Engine, starter: Path, records: list[ListingRecord]) -> None:
    report = import_file(engine, starter / "listings.jsonl")
    assert list(report.lines()) == []
    assert report.inserted == len(records) == 203


def test_every_place_to_measure_from_imports(engine: Engine, starter: Path) -> None:
    report = import_places(engine, starter / "places.csv")
    assert list(report.lines()) == []
    assert report.accepted == 17


def test_the_committed_file_is_what_the_script_makes_of_the_sources(starter: Path) -> None:
    make_listings = runpy.run_path(str(starter.parent / "scripts" / "make_starter.py"))["make_listings"]
    made = [json.dumps(record, ensure_ascii=False) for record in make_listings()]
    assert (starter / "listings.jsonl").read_text(encoding="utf-8").splitlines() == made


def test_the_real_places_are_those_of_the_facts(real_places: list[ListingRecord], bench_data: Path) -> None:
    with (bench_data / "anji" / "places.csv").open(encoding="utf-8") as file:
        facts = {row["name"]: row for row in csv.DictReader(file) if row["kind"] != "station"}
    assert {place.name for place in real_places} == set(facts)
    for place in real_places:
        fact = facts[place.name]
        assert (place.category, place.name_en, place.area) == (fact["kind"], fact["name_en"], fact["township"])
        assert (place.lat, place.lon) == (float(fact["lat"]), float(fact["lon"]))


def test_what_is_made_up_says_so_in_its_record_and_its_id(records: list[ListingRecord]) -> None:
    for record in records:
        assert record.id.startswith("made-up-" if record.made_up else "anji-")
        assert record.source == ("made-up" if record.made_up else "anji")


def test_real_places_claim_nothing_that_is_not_known(real_places: list[ListingRecord]) -> None:
    for place in real_places:
        assert (place.phone, place.rating, place.hours, place.website) == (None, None, None, None)
        assert place.price in {None, 0}
        assert place.coordinates_accuracy_m == 2000


def test_no_merchant_has_a_number_that_could_be_somebodys(merchants: list[ListingRecord]) -> None:
    numbers = [merchant.phone or "" for merchant in merchants]
    assert all(re.fullmatch(r"0572-0550\d{3}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("field", ["id", "name", "name_en", "description", "description_en"])
def test_no_two_listings_share(field: str, records: list[ListingRecord]) -> None:
    counts = Counter(getattr(record, field) for record in records)
    assert [value for value, count in counts.items() if count > 1] == []


def test_both_languages_are_complete(records: list[ListingRecord]) -> None:
    for record in records:
        for field in ("name", "subtype", "description", "address", "area"):
            chinese, english = getattr(record, field), getattr(record, f"{field}_en")
            assert HAN.search(chinese), (record.id, field)
            assert english, (record.id, field)
            assert not HAN.search(english), (record.id, field)


@pytest.mark.parametrize("field", ["facilities", "dishes", "tags"])
def test_lists_are_paired_word_by_word(field: str, records: list[ListingRecord]) -> None:
    for record in records:
        chinese, english = getattr(record, field), getattr(record, f"{field}_en")
        assert len(chinese) == len(english) == len(set(chinese)) == len(set(english)), record.id
        assert not any(HAN.search(word) for word in english), record.id


def test_descriptions_are_short_and_of_several_sentences(records: list[ListingRecord]) -> None:
    for record in records:
        assert 2 <= len(re.findall(r"[。；]", record.description or "")) <= 4, record.id
        assert 10 <= len((record.description_en or "").split()) <= 60, record.id


def test_everything_lies_in_the_county(records: list[ListingRecord]) -> None:
    for record in records:
        assert record.lat is not None
        assert record.lon is not None
        assert 30.2 <= record.lat <= 30.9, record.id
        assert 119.2 <= record.lon <= 119.9, record.id


def test_merchants_stand_in_the_township_they_name(merchants: list[ListingRecord], starter: Path) -> None:
    with (starter / "places.csv").open(encoding="utf-8") as file:
        townships = {row["name"]: row for row in csv.DictReader(file) if row["kind"] == "township"}
    assert {merchant.area for merchant in merchants} == set(townships)
    for merchant in merchants:
        centre = townships[merchant.area or ""]
        assert merchant.area_en == centre["name_en"]
        away = _metres(merchant, float(centre["lat"]), float(centre["lon"]))
        # The pass and the train farms lie at the far end of the largest township.
        assert away < 19_000, merchant.id


def test_prices_are_believable_for_their_kind(merchants: list[ListingRecord]) -> None:
    for merchant in merchants:
        low, high = PRICES.get(merchant.subtype or "", OTHER_PRICES[merchant.category])
        assert merchant.price is not None
        assert low <= merchant.price <= high, merchant.id


def test_dearer_is_never_a_lower_price_level(merchants: list[ListingRecord]) -> None:
    for category in OTHER_PRICES:
        same = sorted(
            (merchant.price or 0, merchant.price_level or 0) for merchant in merchants if merchant.category == category
        )
        levels = [level for _, level in same]
        assert levels == sorted(levels)


def test_ratings_are_spread_as_ratings_are(merchants: list[ListingRecord]) -> None:
    ratings = [merchant.rating or 0 for merchant in merchants]
    assert min(ratings) >= 3.6
    assert max(ratings) <= 4.9
    assert len(set(ratings)) >= 10


def test_every_hotel_by_that_name_has_stars_and_no_one_else(merchants: list[ListingRecord]) -> None:
    for merchant in merchants:
        assert (merchant.stars is not None) == (merchant.subtype == "酒店"), merchant.id


def test_every_merchants_hours_are_understood(merchants: list[ListingRecord]) -> None:
    for merchant in merchants:
        week = parse_hours(merchant.hours or "")
        assert week is not None, (merchant.id, merchant.hours)
        assert week.mask, merchant.id


def test_some_are_closed_on_mondays_and_some_open_past_midnight(merchants: list[ListingRecord]) -> None:
    hours = [merchant.hours or "" for merchant in merchants]
    assert sum("Mo off" in each for each in hours) >= 3
    assert sum(each.endswith(("-01:00", "-02:00", "-03:00")) for each in hours) >= 3


def _metres(record: ListingRecord, lat: float, lon: float) -> float:
    assert record.lat is not None
    assert record.lon is not None
    return float(distances_m(lat, lon, [record.lat], [record.lon])[0])


def _names(records: Iterable[ListingRecord], wanted: Callable[[ListingRecord], bool]) -> list[str]:
    return [record.name for record in records if wanted(record)]


def test_a_family_finds_several_things_to_do_that_are_not_dear(records: list[ListingRecord]) -> None:
    found = _names(
        records,
        lambda r: r.category == "attraction" and "亲子" in r.tags and r.price is not None and r.price <= 60,
    )
    assert len(found) >= 6


def test_quiet_guesthouses_among_tea_gardens_with_parking_are_several(records: list[ListingRecord]) -> None:
    found = _names(
        records,
        lambda r: (
            r.subtype == "民宿"
            and r.area == "溪龙乡"
            and "quiet" in r.tags_en
            and {"free parking", "tea garden view"} <= set(r.facilities_en)
        ),
    )
    assert len(found) >= 4


def test_bamboo_forest_chicken_near_yucun_is_to_be_had_for_eighty(records: list[ListingRecord]) -> None:
    yucun = next(record for record in records if record.name == "余村")
    assert yucun.lat is not None
    assert yucun.lon is not None
    lat, lon = yucun.lat, yucun.lon
    found = _names(
        records,
        lambda r: "竹林鸡" in r.dishes and r.price is not None and r.price <= 80 and _metres(r, lat, lon) < 5_000,
    )
    assert len(found) >= 6
