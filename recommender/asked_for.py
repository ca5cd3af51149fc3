"""What chips that were kept by their ids alone stand for, and whether a listing has it: for what merchants are told.

Only kinds that say something of a place are read back; where somebody was, and which place they named, stay unsaid. Of
when it should be open a part of the day or a weekday is told, `AskedFor.coarse`, never the quarter-hour.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from index.hours import QUARTERS_A_DAY, parse_hours
from index.listing import Category, Listing
from index.settings import Language
from recommender.domain import load_domain
from recommender.finder import Finder
from recommender.labels import Labels
from recommender.query import Limit, LimitKind, Range

#: What a listing has or offers, and its owner can therefore add.
HAD = frozenset({LimitKind.FACILITY, LimitKind.DISH})
#: The parts of a day by the hours from and up to which they go; later than that is late.
_PARTS = {"early": (5, 9), "day": (9, 17), "evening": (17, 21), "late": (21, 29)}
_PART_LABELS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "early": "清早营业（5–9点）",
        "day": "白天营业",
        "evening": "傍晚营业（17–21点）",
        "late": "深夜营业（21点以后）",
    },
    "en": {
        "early": "open early (5 to 9)",
        "day": "open by day",
        "evening": "open in the evening (17 to 21)",
        "late": "open late (after 21)",
    },
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_LABELS: Mapping[Language, tuple[str, ...]] = {
    "zh": tuple(f"周{day}营业" for day in "一二三四五六日"),
    "en": tuple(f"open on {day.capitalize()}" for day in _DAYS),
}
_OPEN = f"{LimitKind.OPEN}:"
_THINGS = frozenset({LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.DISH, LimitKind.TAG, LimitKind.AREA})
_RANGES = frozenset({LimitKind.PRICE, LimitKind.RATING, LimitKind.STARS})
_WORDS = frozenset({LimitKind.CATEGORY, LimitKind.PRICE_LEVEL, LimitKind.SORT, LimitKind.PARTY})


class Lack(StrEnum):
    """When a merchant's places lack a thing: one of them does not have it, or none of them fits."""

    SOMEWHERE = "somewhere"
    EVERYWHERE = "everywhere"

    def is_of(self, having: Sequence[bool]) -> bool:
        """Whether places lack it, by which of them have it; of no place nothing is known."""
        return bool(having) and not (all if self is Lack.SOMEWHERE else any)(having)


@dataclass(frozen=True, slots=True)
class Check:
    """How a thing is looked for: `has` says it of a listing that the index knows."""

    lack: Lack
    has: Callable[[str], bool]


class AskedFor:
    """Reads chip ids over one finder."""

    def __init__(self, finder: Finder) -> None:
        self._lexicon = finder.lexicon
        self._rows = finder.snapshot.row_of
        self._listings = finder.snapshot.listings
        self._labels = Labels(finder.lexicon, load_domain(), {}, 1.0)

    @staticmethod
    def coarse(chip: str) -> str:
        """Return what a chip is counted as: a time of opening as its part of the day, any other as itself."""
        if not chip.startswith(_OPEN):
            return chip
        hour = chip.removeprefix(_OPEN)[3:5]
        if not hour.isdigit():
            return chip
        late = int(hour) if int(hour) >= _PARTS["early"][0] else int(hour) + 24
        return _OPEN + next((part for part, (start, end) in _PARTS.items() if start <= late < end), "late")

    def label(self, chip: str, language: Language) -> str | None:
        """Return what a chip says; None for one that is not told of, or means nothing to this index."""
        if chip.startswith(_OPEN):
            when = chip.removeprefix(_OPEN)
            return _DAY_LABELS[language][_DAYS.index(when)] if when in _DAYS else _PART_LABELS[language].get(when)
        limit = self._limit(chip)
        if limit is None:
            return None
        try:
            return self._labels.of(limit, language)
        except (KeyError, ValueError, StopIteration):
            # Of another version's vocabulary.
            return None

    def is_lacking(self, chip: str, listings: Collection[str]) -> bool:
        """Whether a chip asks for something that a listing can have, and some of these listings do not say to have.

        Of hours, a price and a category it is enough that one of them fits; a price or hours that are not stated do
        not.
        """
        check = self.check(chip)
        return check is not None and check.lack.is_of([check.has(one) for one in listings if one in self._rows])

    def check(self, chip: str) -> "Check | None":
        """Return how a chip is looked for at places of the index; None for one that no place can lack."""
        fits = self._fits(chip)
        if fits is not None:
            return Check(Lack.EVERYWHERE, lambda listing: fits(self._listings[self._rows[listing]]))
        limit = self._limit(chip)
        if limit is None or limit.kind not in HAD:
            return None
        having = {int(row) for value in limit.values for row in self._lexicon.rows(limit.kind, value)}
        return Check(Lack.SOMEWHERE, lambda listing: self._rows[listing] in having)

    def knows(self, listing: str) -> bool:
        """Whether a listing is in the index, so that it can be said what it has."""
        return listing in self._rows

    def _fits(self, chip: str) -> Callable[[Listing], bool] | None:
        """Return what says whether a listing fits a chip of hours, price or category; None for a chip of another."""
        if chip.startswith(_OPEN):
            asked_mask = _mask(chip.removeprefix(_OPEN))
            return lambda listing: bool(asked_mask & _open_mask(listing)) if asked_mask else True
        limit = self._limit(chip)
        if limit is not None and limit.kind is LimitKind.PRICE and limit.range is not None:
            asked = limit.range
            return lambda listing: asked.holds(listing.price)
        if limit is not None and limit.kind is LimitKind.CATEGORY and set(limit.values) <= set(Category):
            return lambda listing: listing.category in limit.values
        return None

    def _limit(self, chip: str) -> Limit | None:
        name, _, rest = chip.partition(":")
        kind = LimitKind(name) if name in set(LimitKind) else None
        if kind is None or not rest:
            return None
        if kind in _RANGES:
            asked = _range(rest)
            return Limit(kind, range=asked) if asked is not None else None
        values = tuple(rest.split("|"))
        if kind in _WORDS:
            return Limit(kind, values)
        known = kind in _THINGS and all(self._lexicon.thing(kind, value) is not None for value in values)
        return Limit(kind, values) if known else None


def _open_mask(listing: Listing) -> int:
    week = parse_hours(listing.hours)
    return week.mask if week is not None else 0


def _mask(when: str) -> int:
    """Return the quarter-hours of the week that a weekday or a part of the day means; none for another text."""
    if when in _DAYS:
        return ((1 << QUARTERS_A_DAY) - 1) << QUARTERS_A_DAY * _DAYS.index(when)
    start, end = _PARTS.get(when, (0, 0))
    hours = [hour % 24 for hour in range(start, end)]
    return sum(0b1111 << QUARTERS_A_DAY * day + 4 * hour for day in range(7) for hour in hours)


def _range(text: str) -> Range | None:
    low, dots, high = text.partition("..")
    try:
        ends = float(low) if low else None, float(high) if high else None
    except ValueError:
        return None
    return Range(*ends) if dots else Range(ends[0], ends[0])
