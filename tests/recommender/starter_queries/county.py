"""The starter data as the queries are asked over: the listings' own records and the places, read from their files.

Nothing here goes through the index, so that what a row of the tables expects can be verified without it.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.geodesy import distances_m
from index.listing import ListingRecord

STARTER = Path(__file__).parents[3] / "starter"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class County:
    """Every open listing, every place, and which names mean the same thing in the two languages."""

    listings: tuple[ListingRecord, ...]
    places: dict[str, Point]
    synonyms: dict[str, frozenset[str]] = field(repr=False)

    @classmethod
    def read(cls, folder: Path = STARTER) -> "County":
        """Read `listings.jsonl` and `places.csv`; closed listings are left out."""
        with (folder / "listings.jsonl").open(encoding="utf-8") as file:
            records = [ListingRecord.model_validate_json(line) for line in file if line.strip()]
        listings = tuple(record for record in records if not record.closed)
        with (folder / "places.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        places = {row[key]: (float(row["lat"]), float(row["lon"])) for row in rows for key in ("name", "name_en")}
        pairs = [(row["name"], row["name_en"]) for row in rows]
        return cls(listings, places, _synonyms([*pairs, *(pair for one in listings for pair in _pairs(one))]))

    def named(self, name: str) -> ListingRecord | None:
        """Return the listing of a name in either language, or of an id; None when there is none."""
        wanted = name.casefold()
        return next((one for one in self.listings if wanted in _names(one)), None)

    def point(self, name: str) -> Point:
        """Return where a place or a listing is, or the point of `lat,lon`.

        Raises:
            KeyError: Neither a place nor a listing with coordinates has this name.
        """
        if name in self.places:
            return self.places[name]
        listing = self.named(name)
        if listing is not None and listing.lat is not None and listing.lon is not None:
            return listing.lat, listing.lon
        lat, separator, lon = name.partition(",")
        if separator:
            return float(lat), float(lon)
        raise KeyError(f"no place or listing is called {name!r}; see starter/places.csv and starter/listings.jsonl")

    def meanings(self, word: str) -> frozenset[str]:
        """Return a word and what the data call it in the other language, in lower case."""
        return self.synonyms.get(word.casefold(), frozenset({word.casefold()}))

    def words(self) -> Iterator[str]:
        """Yield every word the data use for something, in lower case."""
        yield from self.synonyms


def distance_m(start: Point, end: Point) -> float:
    """Return the distance in metres, in a straight line."""
    return float(distances_m(start[0], start[1], [end[0]], [end[1]])[0])


def everything_said(listing: ListingRecord) -> str:
    """Return all that a record says, in lower case."""
    return json.dumps(listing.model_dump(mode="json"), ensure_ascii=False).casefold()


def _names(listing: ListingRecord) -> set[str]:
    return {name.casefold() for name in (listing.name, listing.name_en, listing.id) if name}


def _pairs(listing: ListingRecord) -> Iterator[tuple[str | None, str | None]]:
    yield listing.name, listing.name_en
    yield listing.subtype, listing.subtype_en
    yield listing.area, listing.area_en
    yield from zip(listing.facilities, listing.facilities_en, strict=True)
    yield from zip(listing.dishes, listing.dishes_en, strict=True)
    yield from zip(listing.tags, listing.tags_en, strict=True)


def _synonyms(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for pair in pairs:
        words = {word.casefold() for word in pair if word}
        for word in words:
            groups.setdefault(word, set()).update(words)
    return {word: frozenset(group) for word, group in groups.items()}
