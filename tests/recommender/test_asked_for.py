"""What chips say of which only the ids were kept, and who has what they ask for."""

import pytest

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


def test_what_a_place_cannot_simply_add_is_not_lacking(starter: Finder) -> None:
    everyone = [listing.id for listing in starter.snapshot.listings]
    assert not AskedFor(starter).is_lacking("price:..1", everyone)
