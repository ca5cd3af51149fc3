"""What is said of a listing in words: the passage that is embedded, and the text that is searched word by word."""

from collections.abc import Iterable
from typing import Any

from index.listing import Category, ListingFields
from index.text import HAN_RUN

#: Raised when the same listing is told or cut in other words, so that snapshots are built again.
PASSAGE_VERSION = 3
#: The encoder's sight is short and the beginning says most.
MAX_PASSAGE_CHARS = 400
#: How many of a list's entries are told: more of them dilute the rest (measured by `bench/encoders.py`).
_MAX_ENTRIES = 6
_KINDS_ZH = {Category.RESTAURANT: "餐馆", Category.HOTEL: "酒店", Category.ATTRACTION: "景点"}
_PRICE_LEVELS_ZH = ("便宜", "中等价位", "偏贵", "高档昂贵")
_PRICE_LEVELS_EN = ("cheap", "moderately priced", "expensive", "very expensive")


def passage_of(listing: ListingFields) -> str:
    """Return the text to embed: what the place is, then what it has, then how it describes itself.

    The name stands in it only where nothing else says what the place is: names are found word by word and by the
    gazetteer, and to the encoder they say other things than they mean.
    """
    says_what_it_is = listing.subtype or listing.subtype_en or listing.description or listing.description_en
    parts = (
        None if says_what_it_is else listing.name,
        None if says_what_it_is else listing.name_en,
        _kind(listing),
        listing.subtype,
        listing.subtype_en,
        _price_level(listing),
        listing.area,
        listing.area_en,
        _listed(listing.tags),
        _listed(listing.tags_en),
        _listed(listing.dishes),
        _listed(listing.dishes_en),
        _listed(listing.facilities),
        _listed(listing.facilities_en),
        listing.description,
        listing.description_en,
    )
    return "; ".join(part for part in parts if part)[:MAX_PASSAGE_CHARS]


def searchable_text(listing: ListingFields) -> str:
    """Return every word that is known of a listing but its names, `extra` included."""
    fields = (
        _KINDS_ZH[listing.category],
        str(listing.category),
        listing.subtype,
        listing.subtype_en,
        listing.area,
        listing.area_en,
        listing.address,
        listing.address_en,
        listing.metro,
        listing.description,
        listing.description_en,
    )
    lists = (
        listing.tags,
        listing.tags_en,
        listing.dishes,
        listing.dishes_en,
        listing.facilities,
        listing.facilities_en,
    )
    parts = [part for part in fields if part]
    for entries in lists:
        parts += entries
    return "\n".join([*parts, *_words(listing.extra)])


def _kind(listing: ListingFields) -> str:
    return _KINDS_ZH[listing.category] if HAN_RUN.search(listing.name) else str(listing.category)


def _price_level(listing: ListingFields) -> str | None:
    if listing.price_level is None:
        return None
    words = _PRICE_LEVELS_ZH if HAN_RUN.search(listing.name) else _PRICE_LEVELS_EN
    return words[listing.price_level - 1]


def _listed(entries: Iterable[str]) -> str:
    return " ".join(list(entries)[:_MAX_ENTRIES])


def _words(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
