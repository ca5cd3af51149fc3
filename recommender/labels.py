"""What a limit is called in the asker's language, for its chip."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from index.listing import Category, Listing
from index.settings import Language
from recommender.domain import Domain
from recommender.lexicon import Lexicon
from recommender.query import AREA_PREFIX, LISTING_PREFIX, Limit, LimitKind, Near, Range

CATEGORY_LABELS: dict[Language, dict[Category, str]] = {
    "zh": {Category.RESTAURANT: "餐馆", Category.HOTEL: "住宿", Category.ATTRACTION: "景点"},
    "en": {Category.RESTAURANT: "places to eat", Category.HOTEL: "places to stay", Category.ATTRACTION: "sights"},
}
_LEVELS: dict[Language, dict[str, str]] = {
    "zh": {"1": "便宜", "2": "价位适中", "3": "偏贵", "4": "很贵"},
    "en": {"1": "cheap", "2": "moderate", "3": "expensive", "4": "very expensive"},
}
_SORTS: dict[Language, dict[str, str]] = {
    "zh": {
        "price": "最便宜优先",
        "-price": "最贵优先",
        "-rating": "评分最高优先",
        "distance": "最近优先",
        "-stars": "星级最高优先",
    },
    "en": {
        "price": "cheapest first",
        "-price": "dearest first",
        "-rating": "best rated first",
        "distance": "nearest first",
        "-stars": "most stars first",
    },
}
_WEEKDAYS_ZH = "一二三四五六日"
_OR: dict[Language, str] = {"zh": "或", "en": " or "}
#: More excluded places than this are counted, not named.
_FEW = 2
_KILOMETRE_M, _HUNDRED_M = 1000.0, 100.0


@dataclass(frozen=True, slots=True)
class Labels:
    """Writes the chips of limits on one snapshot."""

    lexicon: Lexicon
    domain: Domain
    listings: Mapping[str, Listing]
    day_hours: float

    def of(self, limit: Limit, language: Language) -> str:
        """Return the chip's words for a limit, in the asker's language."""
        if limit.kind is LimitKind.DURATION and limit.range is not None and limit.whole_day:
            return days_label(limit.range, self.day_hours, language)
        if limit.range is not None:
            return range_label(limit.kind, limit.range, language)
        if limit.near is not None:
            return near_label(limit.near, language)
        if limit.at is not None:
            return day_label(limit.at, language) if limit.whole_day else time_label(limit.at, language)
        write = {
            LimitKind.CATEGORY: category_label,
            LimitKind.PRICE_LEVEL: level_label,
            LimitKind.SORT: lambda asked, spoken: _SORTS[spoken][asked.values[0]],
            LimitKind.PARTY: self._party,
            LimitKind.NAME: self._name,
            LimitKind.NOT: self._not,
        }.get(limit.kind, self._things)
        return write(limit, language)

    def _party(self, limit: Limit, language: Language) -> str:
        party = self.domain.party(limit.values[0])
        return party.label_zh if language == "zh" else party.label_en

    def _name(self, limit: Limit, language: Language) -> str:
        names = dict.fromkeys(name_of(self.listings[value], language) for value in limit.values)
        return ("名称：" if language == "zh" else "called ") + _OR[language].join(names)

    def _not(self, limit: Limit, language: Language) -> str:
        names = [
            name_of(self.listings[value.removeprefix(LISTING_PREFIX)], language)
            for value in limit.values
            if value.startswith(LISTING_PREFIX)
        ]
        if len(names) > _FEW:
            return f"不要看过的{len(names)}家" if language == "zh" else f"not the {len(names)} seen before"
        words = _OR[language].join(names) if names else self._things(limit, language)
        return f"不要{words}" if language == "zh" else f"no {words}"

    def _things(self, limit: Limit, language: Language) -> str:
        """Return the words for named things, each once; the listings' own words before a concept's."""
        labels: list[str] = []
        for value in limit.values:
            area = value.startswith(AREA_PREFIX)
            thing = self.lexicon.thing(LimitKind.AREA if area else limit.kind, value.removeprefix(AREA_PREFIX))
            if thing is None:
                labels.append(value)
            elif not (thing.is_concept and labels):
                labels.append(thing.label(language))
        return _OR[language].join(dict.fromkeys(labels))


def category_label(limit: Limit, language: Language) -> str:
    """Return the words for the categories asked for."""
    return _OR[language].join(CATEGORY_LABELS[language][Category(value)] for value in limit.values)


def level_label(limit: Limit, language: Language) -> str:
    """Return the words for the levels of price asked for."""
    if not limit.hard and limit.values == ("1",):
        return "不太贵" if language == "zh" else "not too expensive"
    return _OR[language].join(_LEVELS[language][value] for value in limit.values)


def time_label(at: datetime, language: Language) -> str:
    """Return the words for when a place must be open."""
    if language == "zh":
        return f"周{_WEEKDAYS_ZH[at.weekday()]}{at:%H:%M}营业"
    return f"open {at:%a %H:%M}"


def day_label(at: datetime, language: Language) -> str:
    """Return the words for a day on which a place must be open, at any time."""
    return f"周{_WEEKDAYS_ZH[at.weekday()]}营业" if language == "zh" else f"open on {at:%a}"


def name_of(listing: Listing, language: Language) -> str:
    """Return the name to show: the English one to English readers where there is one."""
    return listing.name_en if language == "en" and listing.name_en else listing.name


def range_label(kind: LimitKind, asked: Range, language: Language) -> str:
    """Return the words for a range of price, rating, stars or hours."""
    if kind is LimitKind.PRICE and asked.high == 0:
        return "免费" if language == "zh" else "free"
    if kind is LimitKind.PRICE and asked.low is not None and asked.high is None and asked.low < 1:
        return "收费" if language == "zh" else "not free"
    before, unit = _UNITS[language][kind]
    if asked.low is not None and asked.high is not None:
        span = f"{asked.low:g}" if asked.low == asked.high else f"{asked.low:g}–{asked.high:g}"
        return f"{before}{span}{unit}"
    if language == "zh":
        return f"{before}{asked.high:g}{unit}以内" if asked.low is None else f"{before}{asked.low:g}{unit}以上"
    return f"{before}{asked.high:g}{unit} or less" if asked.low is None else f"{before}{asked.low:g}{unit} or more"


def days_label(asked: Range, day_hours: float, language: Language) -> str:
    """Return the words for a length that was told in days, from its hours."""
    low, high = (None if bound is None else bound / day_hours for bound in (asked.low, asked.high))
    days = range_label(LimitKind.DURATION, Range(low, high), language)
    one = low == high == 1
    return days.replace("小时", "天") if language == "zh" else days.replace(" h", " day" if one else " days")


_UNITS: dict[Language, dict[LimitKind, tuple[str, str]]] = {
    "zh": {
        LimitKind.PRICE: ("", "元"), LimitKind.RATING: ("评分", "分"), LimitKind.STARS: ("", "星"),
        LimitKind.DURATION: ("游玩", "小时"),
    },
    "en": {
        LimitKind.PRICE: ("price ", ""), LimitKind.RATING: ("rated ", ""), LimitKind.STARS: ("", " stars"),
        LimitKind.DURATION: ("takes ", " h"),
    },
}  # fmt: skip


def from_label(near: Near, language: Language) -> str:
    """Return the words for where is measured from; of a way both its ends."""
    where = near.named(language) if not near.is_asker else ("您" if language == "zh" else "you")
    if near.end is None:
        return where
    end = near.end.named(language)
    return f"{where}到{end}" if language == "zh" else f"{where} to {end}"


def near_label(near: Near, language: Language) -> str:
    """Return the words for a place to be near."""
    where = near.named(language) if not near.is_asker else ("我的位置" if language == "zh" else "me")
    if near.end is not None:
        end = near.end.named(language)
        return f"{where}到{end}的路上" if language == "zh" else f"on the way from {where} to {end}"
    if near.radius_m is None:
        return f"{where}附近" if language == "zh" else f"near {where}"
    far = distance_label(near.radius_m, language)
    return f"距{where}{far}以内" if language == "zh" else f"within {far} of {where}"


def distance_label(metres: float, language: Language, *, rough: bool = False) -> str:
    """Return a distance in words: metres below a kilometre, then kilometres; no metres where it is only rough."""
    if rough and metres < _KILOMETRE_M:
        return "不到1公里" if language == "zh" else "less than 1 km"
    if metres < _KILOMETRE_M:
        return f"{metres:.0f}米" if language == "zh" else f"{metres:.0f} m"
    return f"{metres / _KILOMETRE_M:.1f}公里" if language == "zh" else f"{metres / _KILOMETRE_M:.1f} km"


def rough_distance_label(metres: float, accuracy_m: float, language: Language) -> str:
    """Return a distance that is known within `accuracy_m`, to the step that is known: about so far, or within it."""
    step = _KILOMETRE_M if accuracy_m >= _KILOMETRE_M / 2 else _HUNDRED_M
    least = math.ceil(accuracy_m / step) * step
    if metres < least:
        far = _whole(least, language)
        return f"约{far}内" if language == "zh" else f"within about {far}"
    far = _whole(round(metres / step) * step, language)
    return f"约{far}" if language == "zh" else f"about {far}"


def _whole(metres: float, language: Language) -> str:
    if metres < _KILOMETRE_M:
        return f"{metres:.0f}米" if language == "zh" else f"{metres:.0f} m"
    return f"{metres / _KILOMETRE_M:g}公里" if language == "zh" else f"{metres / _KILOMETRE_M:g} km"
