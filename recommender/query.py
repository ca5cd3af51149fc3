"""What a tourist asked, as data: the typed `Query` that words are turned into, and that ranking reads.

Every limit is a value here, with the words it was read from, so that it can be shown as a chip, removed, relaxed and
explained. Prices are in the listing's own currency, distances in metres, durations in hours, angles in degrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from index.listing import Category
from index.settings import Language


@dataclass(frozen=True, slots=True)
class Range:
    """An inclusive range; None is open."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float | None) -> bool:
        """Whether a known value lies inside; an unknown one never satisfies a limit."""
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.low == self.high and self.low is not None:
            return f"{self.low:g}"
        return f"{'' if self.low is None else f'{self.low:g}'}..{'' if self.high is None else f'{self.high:g}'}"


@dataclass(frozen=True, slots=True)
class Near:
    """A place to measure from: a point of the map, or a listing whose neighbours are only listed.

    `radius_m` is a hard limit; without one, nearness only ranks. `anchors` are listings' ids, when it is one of them
    (several of one name are possible). With an `end` it is a way from here to there, and `radius_m` the longest detour.
    """

    name: str
    name_en: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float = 0.0
    radius_m: float | None = None
    anchors: tuple[str, ...] = ()
    is_asker: bool = False
    end: "Near | None" = None

    def named(self, language: Language) -> str:
        """Return its name in a language; the local one where there is no English one."""
        return self.name_en if language == "en" and self.name_en else self.name


class LimitKind(StrEnum):
    """The kinds of limit; also the first half of a chip's id."""

    CATEGORY = "category"
    SUBTYPE = "subtype"
    PRICE = "price"
    PRICE_LEVEL = "price_level"
    RATING = "rating"
    STARS = "stars"
    DURATION = "duration"
    FACILITY = "facility"
    DISH = "dish"
    TAG = "tag"
    AREA = "area"
    NEAR = "near"
    OPEN = "open"
    PARTY = "party"
    NAME = "name"
    NOT = "not"
    SORT = "sort"


#: Before a listing's id, among the values of a limit that otherwise names things.
LISTING_PREFIX = "listing:"
#: Before an area's key, among the values of what is not wanted.
AREA_PREFIX = "area:"
#: More listings than this are not spelt out in a chip's id.
_MOST_LISTED = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as ranking reads it.

    Which field is set follows from `kind`: `values` for named things (alternatives of each other: any one will do),
    `range` for numbers, `near` for places, `at` for times. `hard` limits filter, others rank. `start` and `end` point
    at the words it was read from. `whole_day`: open at any time of the day of `at` will do; of a
    duration: it was told in days.
    """

    kind: LimitKind
    values: tuple[str, ...] = ()
    range: Range | None = None
    near: Near | None = None
    at: datetime | None = None
    hard: bool = True
    start: int = 0
    end: int = 0
    whole_day: bool = False

    @property
    def id(self) -> str:
        """The chip's id: the same limit always has the same one (`price:..80`)."""
        if self.near is not None:
            radius = "" if self.near.radius_m is None else f":{self.near.radius_m:g}"
            start = "me" if self.near.is_asker else self.near.name
            if self.near.end is not None:
                return f"{self.kind}:{start}>{self.near.end.name}"
            return f"{self.kind}:{start}{radius}"
        if self.at is not None and self.whole_day:
            return f"{self.kind}:{self.at:%a}".lower()
        if self.at is not None:
            return f"{self.kind}:{self.at:%a%H%M}".lower()
        if len(self.values) > _MOST_LISTED and self.values[0].startswith(LISTING_PREFIX):
            # Ten listings' ids would be too long for an address.
            return f"{self.kind}:seen:{crc32('|'.join(self.values).encode()):08x}"
        return f"{self.kind}:{self.range if self.range is not None else '|'.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Understood:
    """One limit that was read from the words, as shown to the asker (a chip that can be removed).

    `id` is stable for the same limit (`price:..80`); `words` is the part of the sentence it came from; `label` says it
    in the asker's language; `hard` limits filter, others rank.
    """

    id: str
    kind: LimitKind
    words: str
    label: str
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A tourist's words, understood. `limits` are what ranking reads, `understood` the same as chips, in one order.

    `wish` is what remains for the encoder when the limits are taken out. `follows`: it refines the query before.
    """

    text: str
    language: Language
    limits: tuple[Limit, ...] = ()
    wish: str = ""
    understood: tuple[Understood, ...] = ()
    follows: bool = False

    def of(self, kind: LimitKind) -> Iterator[Limit]:
        """Yield the limits of a kind."""
        return (limit for limit in self.limits if limit.kind is kind)

    def values(self, kind: LimitKind) -> tuple[str, ...]:
        """Return the named things that limits of a kind ask for."""
        return tuple(value for limit in self.of(kind) for value in limit.values)

    def range(self, kind: LimitKind) -> Range | None:
        """Return the range that a kind of number is limited to, None when it is not."""
        return next((limit.range for limit in self.of(kind)), None)

    @property
    def categories(self) -> frozenset[Category]:
        """The categories asked for; none means any."""
        return frozenset(map(Category, self.values(LimitKind.CATEGORY)))

    @property
    def near(self) -> Near | None:
        """The place to measure from."""
        return next((limit.near for limit in self.of(LimitKind.NEAR)), None)

    @property
    def open_at(self) -> datetime | None:
        """The time at which it must be open; noon where a whole day is meant."""
        return None if self.opening is None else self.opening.at

    @property
    def opening(self) -> Limit | None:
        """When it must be open, in the county's time."""
        return next(self.of(LimitKind.OPEN), None)
