"""What is said of a listing in words: the passage that is embedded, and the text that is searched word by word."""

from collections.abc import Iterable
from typing import Any

from index.listing import Category, ListingFields

#: Raised when the passage of the same listing changes, so that snapshots are built again.
PASSAGE_VERSION = 1
#: The encoder's sight is short and the beginning says most.
MAX_PASSAGE_CHARS = 400
#: How many of a list's entries are told.
_MAX_ENTRIES = 12
_KINDS = {Category.RESTAURANT: "餐馆 restaurant", Category.HOTEL: "酒店 hotel", Category.ATTRACTION: "景点 attraction"}


def passage_of(listing: ListingFields) -> str:
    """Return the text to embed: what the place is, then what it has, then how it describes itself."""
    parts = (
        listing.name,
        listing.name_en,
        _KINDS[listing.category],
        listing.subtype,
        listing.subtype_en,
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
        _KINDS[listing.category],
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
