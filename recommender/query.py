"""What a tourist asked, as data: the typed `Query` that words are turned into, and that ranking reads.

Every limit is a value here, with the words it was read from, so that it can be shown as a chip, removed, relaxed and
explained. Prices are in the listing's own currency, distances in metres, durations in hours, angles in degrees.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Near:
    """A place to measure from: a point of the map, or a listing whose neighbours are only listed.

    `radius_m` is a hard limit; without one, nearness only ranks. `anchor` is the listing's id, when it is one.
    """

    name: str
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float = 0.0
    radius_m: float | None = None
    anchor: str | None = None
    is_asker: bool = False


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
    """A tourist's words, understood. Empty collections and None mean "not asked"."""

    text: str
    language: Language
    categories: frozenset[Category] = frozenset()
    subtypes: tuple[str, ...] = ()
    price: Range | None = None
    price_levels: frozenset[int] = frozenset()
    rating: Range | None = None
    stars: Range | None = None
    duration: Range | None = None
    facilities: tuple[str, ...] = ()
    dishes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    near: Near | None = None
    open_at: datetime | None = None
    party: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    cheap: bool = False
    sort: str | None = None
    wish: str = ""
    understood: tuple[Understood, ...] = field(default=())
