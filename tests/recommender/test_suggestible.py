"""What can be suggested over the starter data and over a made-up city."""

import pytest

from recommender.autocomplete import Completer, EntryKind
from recommender.domain import load_domain
from recommender.finder import Finder
from recommender.suggestible import completer_of, suggestible


@pytest.fixture(scope="module")
def county(starter: Finder) -> Completer:
    return completer_of(starter.snapshot, starter.lexicon)


@pytest.mark.parametrize(
    ("typed", "kind", "name", "name_en"),
    [
        ("竹林鸡", EntryKind.DISH, "竹林鸡", "bamboo-forest chicken"),
        ("njl", EntryKind.KIND, "农家乐", "farm stay"),
        ("guesth", EntryKind.KIND, "民宿", "guesthouse"),
        ("天荒坪镇", EntryKind.AREA, "天荒坪镇", "Tianhuangping Town"),
        ("anji railway", EntryKind.PLACE, "安吉站", "Anji Railway Station"),
        ("freeparking", EntryKind.FACILITY, "免费停车", "free parking"),
    ],
)
def test_things_areas_and_places_are_suggested_with_both_names(
    county: Completer, typed: str, kind: EntryKind, name: str, name_en: str
) -> None:
    first = county.complete(typed, 8)[0].entry
    assert (first.kind, first.name, first.name_en) == (kind, name, name_en)


def test_every_listing_is_suggested_by_its_names(starter: Finder, county: Completer) -> None:
    missing = [
        name
        for listing in starter.snapshot.listings
        for name in (listing.name, listing.name_en or "")
        if name and listing.id not in {one.entry.listing_id for one in county.complete(name[:40], 20)}
    ]
    assert missing == []


def test_what_goes_by_one_name_is_suggested_once(starter: Finder, county: Completer) -> None:
    words = [entry for entry in county.entries if entry.listing_id is None]
    for names in ([entry.name for entry in words], [entry.name_en for entry in words]):
        known = [name for name in names if name]
        assert len(set(known)) == len(known)


def test_counts_are_those_of_the_listings(starter: Finder, county: Completer) -> None:
    dish = county.complete("竹林鸡", 1)[0].entry
    having = [listing for listing in starter.snapshot.listings if any("竹林鸡" in dish for dish in listing.dishes)]
    assert dish.count == len(having) > 1


def test_a_city_that_the_code_has_never_seen_needs_none(city: Finder) -> None:
    entries = suggestible(city.snapshot, city.lexicon, load_domain())
    names = {(entry.kind, entry.name) for entry in entries}
    assert {
        (EntryKind.KIND, "渔家菜"),
        (EntryKind.DISH, "葱油白蟹"),
        (EntryKind.AREA, "望潮区"),
        (EntryKind.FACILITY, "观海阳台"),
        (EntryKind.LISTING, "灯塔记忆馆"),
    } <= names


def test_a_slip_in_a_long_name_finds_it_rather_than_what_its_end_begins(county: Completer) -> None:
    assert county.complete("Helo Kit", 3)[0].entry.name == "杭州Hello Kitty乐园"
    assert county.complete("quiet guesthouse with par", 3)[0].text == "quiet guesthouse with parking"


def test_a_part_of_a_phrase_is_no_suggestion_of_its_own(starter: Finder, county: Completer) -> None:
    parts = {thing.key for thing in starter.lexicon.things.values() if thing.is_part}
    assert "费停车" in parts
    assert "费停车" not in {one.entry.name for one in county.complete("停车", 20)}
    assert "免费停车" in {one.entry.name for one in county.complete("停车", 20)}
