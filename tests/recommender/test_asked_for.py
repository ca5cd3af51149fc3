"""What chips say of which only the ids were kept, and who has what they ask for."""

from datetime import UTC, datetime

import pytest

from index.hours import parse_hours
from recommender.asked_for import AskedFor
from recommender.finder import Finder
from recommender.query import LimitKind

_PARKING = (LimitKind.FACILITY, "@parking")


@pytest.mark.parametrize(
    ("chip", "zh", "en"),
    [
        ("category:restaurant", "餐馆", "places to eat"),
        ("price:..80", "80元以内", "price 80 or less"),
        ("price:0", "免费", "free"),
        ("rating:4.5..", "评分4.5分以上", "rated 4.5 or more"),
        ("price_level:1|2", "便宜或价位适中", "cheap or moderate"),
        ("sort:-rating", "评分最高优先", "best rated first"),
        ("open:late", "深夜营业（21点以后）", "open late (after 21)"),
        ("open:sat", "周六营业", "open on Sat"),
    ],
)
def test_a_chip_that_was_kept_by_its_id_is_read_back(starter: Finder, chip: str, zh: str, en: str) -> None:
    names = AskedFor(starter)
    assert (names.label(chip, "zh"), names.label(chip, "en")) == (zh, en)


@pytest.mark.parametrize("chip", ["near:me:2000", "name:a-listing", "not:listing:a-listing", "open:tue1200"])
def test_where_somebody_was_and_whom_they_named_is_never_told(starter: Finder, chip: str) -> None:
    assert AskedFor(starter).label(chip, "en") is None


@pytest.mark.parametrize(
    "chip", ["", "x", "price:", "price:cheap", "facility:@no_such", "category:shop", "party:@x", "sort:?", "subtype:\0"]
)
def test_what_another_version_meant_is_left_out(starter: Finder, chip: str) -> None:
    names = AskedFor(starter)
    assert names.label(chip, "zh") is None
    assert not names.is_lacking(chip, [listing.id for listing in starter.snapshot.listings[:3]])


def test_a_listing_lacks_what_it_does_not_say_to_have(starter: Finder) -> None:
    names = AskedFor(starter)
    having = {int(row) for row in starter.lexicon.rows(*_PARKING)}
    assert 0 < len(having) < len(starter.snapshot.listings)
    for row, listing in enumerate(starter.snapshot.listings):
        assert names.is_lacking("facility:@parking", [listing.id]) == (row not in having)


def test_a_listing_that_is_not_in_the_index_lacks_nothing_that_is_known(starter: Finder) -> None:
    assert not AskedFor(starter).is_lacking("facility:@parking", ["closed-long-ago"])


@pytest.mark.parametrize(
    ("chip", "counted_as"),
    [
        ("open:tue0430", "open:late"),
        ("open:tue0500", "open:early"),
        ("open:wed1200", "open:day"),
        ("open:fri2045", "open:evening"),
        ("open:sat2300", "open:late"),
        ("open:sun", "open:sun"),
        ("facility:@parking", "facility:@parking"),
    ],
)
def test_a_time_is_told_as_its_part_of_the_day_only(chip: str, counted_as: str) -> None:
    assert AskedFor.coarse(chip) == counted_as


def test_of_price_category_and_hours_one_place_that_fits_is_enough(starter: Finder) -> None:
    names, listings = AskedFor(starter), starter.snapshot.listings
    for listing in listings:
        week = parse_hours(listing.hours)
        late = week is not None and any(week.is_open(datetime(2026, 3, day, 22, 0, tzinfo=UTC)) for day in range(2, 9))
        dear = listing.price is None or listing.price > 80
        assert names.is_lacking("price:..80", [listing.id]) == dear
        assert names.is_lacking("category:hotel", [listing.id]) == (listing.category != "hotel")
        if week is None or late:
            assert names.is_lacking("open:late", [listing.id]) == (not late)
    everyone = [listing.id for listing in listings]
    assert not any(names.is_lacking(chip, everyone) for chip in ("price:..80", "category:hotel", "open:late", "open:x"))
    assert {names.is_lacking("price:..80", [listing.id]) for listing in listings} == {True, False}


def test_what_a_place_cannot_add_is_not_lacking(starter: Finder) -> None:
    names, everyone = AskedFor(starter), [listing.id for listing in starter.snapshot.listings]
    for chip in ("rating:4.5..", "sort:-rating", "near:me", "party:children"):
        assert not names.is_lacking(chip, everyone[:1])
