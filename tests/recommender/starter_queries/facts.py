"""The vocabulary of what a result must be: each fact is checked against the listing's own record.

README.md describes it for who edits the tables. A fact is about each of the first three results, unless it begins with
`at least one` or `the first`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from index.hours import parse_hours
from index.listing import ListingRecord
from tests.recommender.starter_queries.county import County, Point, distance_m, everything_said

Predicate = Callable[[ListingRecord], bool]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = r"(\d+(?:\.\d+)?)"
_NAMED = re.compile(r"(is|category|kind|serves|has|tagged|in|says) (.+)")
_RANGE = re.compile(
    rf"(price level|price|rating|stars|takes) (?:(free)|at most {_NUMBER}|at least {_NUMBER}|{_NUMBER} to {_NUMBER}"
    rf"|{_NUMBER})(?: hours?)?"
)
_WITHIN = re.compile(rf"within {_NUMBER} km of (.+)")
_ON_THE_WAY = re.compile(r"on the way from (.+) to (.+)")
_OPEN = re.compile(r"(open|not shut) (?:at )?(now|(?:([a-z]+day) )?(\d\d?):(\d\d))", re.IGNORECASE)
#: Straight lines are measured between coordinates that are themselves rounded.
_GRACE = 1.05
#: A way there and back that is half as long again is still on the way, and so is a short one with 3 km more.
_DETOUR, _DETOUR_M = 1.5, 3000.0


class BadRowError(ValueError):
    """A cell of a table cannot be read; the message says which and what to write."""


class Which(Enum):
    """Which of the first three results a fact is about."""

    EACH = ""
    ONE = "at least one "
    FIRST = "the first "


@dataclass(frozen=True, slots=True)
class Scene:
    """Who asks: over which data, at what local time, and from where when they say."""

    county: County
    now: datetime
    origin: Point | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as written. `word` is the vocabulary's word, by which failures are grouped."""

    text: str
    word: str
    which: Which
    holds: Predicate


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: float = float("-inf")
    high: float = float("inf")

    def overlap(self, low: float | None, high: float | None) -> bool:
        return low is not None and high is not None and low <= self.high and high >= self.low


def split(cell: str) -> list[str]:
    """Return the parts of a cell, which are separated by semicolons."""
    return [part.strip() for part in re.split("[;；]", cell) if part.strip()]


def alternatives(text: str) -> list[str]:
    """Return the things that `or` separates."""
    return [part.strip() for part in text.split(" or ")]


def read_facts(cell: str, scene: Scene) -> tuple[Fact, ...]:
    """Read the facts of a cell.

    Raises:
        BadRowError: A part is not of the vocabulary, or names a place that is not in the data.
    """
    return tuple(_read_fact(part, scene) for part in split(cell))


def _read_fact(text: str, scene: Scene) -> Fact:
    which = next(each for each in (Which.ONE, Which.FIRST, Which.EACH) if text.startswith(each.value))
    said = text.removeprefix(which.value)
    for read in (_made_up, _open, _range, _within, _on_the_way, _named):
        found = read(said, scene)
        if found is not None:
            return Fact(text, found[0], which, found[1])
    raise BadRowError(f"cannot read the fact {text!r}; README.md beside the tables lists what can be written")


Read = tuple[str, Predicate] | None


def _made_up(said: str, _: Scene) -> Read:
    if said not in {"made up", "real"}:
        return None
    return said, lambda listing: listing.made_up is (said == "made up")


def _named(said: str, scene: Scene) -> Read:
    match = _NAMED.fullmatch(said)
    if match is None:
        return None
    word, wanted = match[1], [one.casefold() for one in alternatives(match[2])]
    if word == "says":
        return word, lambda listing: any(one in everything_said(listing) for one in wanted)
    if word == "serves":
        return word, lambda listing: any(one in dish for one in wanted for dish in things_of(word, listing))
    return word, lambda listing: bool(things_of(word, listing) & set(wanted))


def things_of(word: str, listing: ListingRecord) -> set[str]:
    """Return what a listing has under a word of the vocabulary, in both languages and lower case."""
    things: dict[str, Sequence[str | None]] = {
        "is": [listing.name, listing.name_en, listing.id],
        "category": [listing.category],
        "kind": [listing.subtype, listing.subtype_en],
        "in": [listing.area, listing.area_en],
        "serves": [*listing.dishes, *listing.dishes_en],
        "has": [*listing.facilities, *listing.facilities_en],
        "tagged": [*listing.tags, *listing.tags_en],
    }
    return {str(thing).casefold() for thing in things[word] if thing}


def _range(said: str, _: Scene) -> Read:
    match = _RANGE.fullmatch(said)
    if match is None:
        return None
    word, free, most, least, low, high, exact = match.groups()
    bounds = _Bounds(0, 0) if free else _bounds(most, least, low, high, exact)
    return word, lambda listing: bounds.overlap(*_values(word, listing))


def _bounds(most: str | None, least: str | None, low: str | None, high: str | None, exact: str | None) -> _Bounds:
    if most is not None:
        return _Bounds(high=float(most))
    if least is not None:
        return _Bounds(low=float(least))
    return _Bounds(float(low or exact or 0), float(high or exact or 0))


def _values(word: str, listing: ListingRecord) -> tuple[float | None, float | None]:
    if word == "takes":
        return listing.duration_min, listing.duration_max
    value = {
        "price": listing.price,
        "price level": listing.price_level,
        "rating": listing.rating,
        "stars": listing.stars,
    }[word]
    return value, value


def _within(said: str, scene: Scene) -> Read:
    match = _WITHIN.fullmatch(said)
    if match is None:
        return None
    metres, centre = float(match[1]) * 1000 * _GRACE, _point(match[2], scene)

    def holds(listing: ListingRecord) -> bool:
        point = _point_of(listing)
        return point is not None and distance_m(centre, point) <= metres

    return "within", holds


def _on_the_way(said: str, scene: Scene) -> Read:
    match = _ON_THE_WAY.fullmatch(said)
    if match is None:
        return None
    start, end = _point(match[1], scene), _point(match[2], scene)
    straight = distance_m(start, end)

    def holds(listing: ListingRecord) -> bool:
        point = _point_of(listing)
        if point is None:
            return False
        return distance_m(start, point) + distance_m(point, end) <= max(straight * _DETOUR, straight + _DETOUR_M)

    return "on the way", holds


def _point(name: str, scene: Scene) -> Point:
    if name == "here":
        if scene.origin is None:
            raise BadRowError("a fact says 'here', but the row's column 'from' is empty")
        return scene.origin
    try:
        return scene.county.point(name)
    except (KeyError, ValueError) as exc:
        raise BadRowError(str(exc)) from exc


def _point_of(listing: ListingRecord) -> Point | None:
    return None if listing.lat is None or listing.lon is None else (listing.lat, listing.lon)


def _open(said: str, scene: Scene) -> Read:
    match = _OPEN.fullmatch(said)
    if match is None:
        return None
    word, is_now, day, hour, minute = match[1], match[2] == "now", match[3], match[4], match[5]
    at = scene.now if is_now else moment(scene.now, day, int(hour), int(minute))

    def holds(listing: ListingRecord) -> bool:
        week = parse_hours(listing.hours)
        return word == "not shut" if week is None else week.is_open(at)

    return word, holds


def moment(now: datetime, day: str | None, hour: int, minute: int) -> datetime:
    """Return the next time of a weekday and hour, or that hour of today when no day is said.

    Raises:
        BadRowError: There is no such day.
    """
    if day is not None and day.casefold() not in DAYS:
        raise BadRowError(f"there is no day {day!r}; write {', '.join(name.capitalize() for name in DAYS)}")
    ahead = 0 if day is None else (DAYS.index(day.casefold()) - now.weekday()) % 7
    return datetime.combine(now.date() + timedelta(days=ahead), time(hour, minute), now.tzinfo)
