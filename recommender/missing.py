"""What a listing lacks for a limit, said with its own value, and how far the limit would have to give way for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from index.listing import Category, Listing
from index.settings import Language
from index.snapshot import Snapshot
from recommender.domain import load_domain
from recommender.labels import CATEGORY_LABELS, distance_label, from_label, name_of, range_label
from recommender.lexicon import Lexicon
from recommender.masks import Masks
from recommender.query import AREA_PREFIX, LISTING_PREFIX, Limit, LimitKind, Near, Range, Understood
from recommender.reasons import price_words
from recommender.wording import Wording

_LEVELS: Mapping[Language, tuple[str, ...]] = {
    "zh": ("便宜", "适中", "偏贵", "很贵"),
    "en": ("cheap", "moderate", "expensive", "very expensive"),
}
#: A widened radius is told in steps of this many metres, rounded up.
_STEP_M = 100.0


@dataclass(frozen=True, slots=True)
class Missed:
    """A limit that a listing does not satisfy: `note` says so with the listing's own value, `advice` what would help.

    `widened` is the bound at which the listing would satisfy the limit (a price, rating, stars, or metres); None where
    only leaving the limit out helps.
    """

    limit: Limit
    chip: Understood
    note: str
    advice: str
    widened: float | None = None


class Missing:
    """Tells of a snapshot's listings why they miss a limit."""

    def __init__(self, snapshot: Snapshot, lexicon: Lexicon, masks: Masks) -> None:
        self._snapshot = snapshot
        self._lexicon = lexicon
        self._masks = masks
        self._wording = Wording(lexicon, load_domain())

    def of(self, limit: Limit, chip: Understood, row: int, language: Language) -> Missed:
        """Return what a row lacks for a limit that it does not satisfy."""
        listing = self._snapshot.listings[row]
        widened = self._widened(limit, listing, row)
        note = self._note(limit, chip, listing, row, language)
        return Missed(limit, chip, note, _advice(limit, chip, widened, language), widened)

    def _note(self, limit: Limit, chip: Understood, listing: Listing, row: int, language: Language) -> str:
        if limit.range is not None:
            return _number_note(limit.kind, limit.range, listing, language)
        if limit.near is not None:
            return self._near_note(limit.near, listing, row, language)
        if limit.at is not None:
            asked = chip.label
            hours = listing.hours or ""
            return f"不满足“{asked}”（营业时间：{hours}）" if language == "zh" else f"not “{asked}” (hours: {hours})"
        if limit.kind is LimitKind.NOT:
            return self._not_note(limit, listing, language)
        return self._named_note(limit.kind, chip.label, listing, language)

    def _named_note(self, kind: LimitKind, asked: str, listing: Listing, language: Language) -> str:
        own = self._own_words(kind, listing, language)
        if kind is LimitKind.PARTY:
            return f"没有写明适合：{asked}" if language == "zh" else f"does not say that it suits: {asked}"
        if kind is LimitKind.NAME:
            return f"名称是{own}，不是要找的" if language == "zh" else f"it is {own}, another place than the one named"
        if own is not None:
            return f"是{own}，不是{asked}" if language == "zh" else f"it is {own}, not {asked}"
        return f"没有写明“{asked}”" if language == "zh" else f"does not list “{asked}”"

    def _own_words(self, kind: LimitKind, listing: Listing, language: Language) -> str | None:
        """Return what a listing is where the limit is about that; None for what it may have besides."""
        if kind is LimitKind.CATEGORY:
            return CATEGORY_LABELS[language][Category(listing.category)]
        if kind is LimitKind.SUBTYPE:
            return self._wording.kind(listing, language)
        if kind is LimitKind.AREA:
            area = self._wording.area(listing, language)
            return None if not area else f"{area}的" if language == "zh" else f"in {area}"
        if kind is LimitKind.NAME:
            return name_of(listing, language)
        if kind is LimitKind.PRICE_LEVEL and listing.price_level is not None:
            return _LEVELS[language][listing.price_level - 1]
        return None

    def _not_note(self, limit: Limit, listing: Listing, language: Language) -> str:
        zh = language == "zh"
        for value in limit.values:
            if value.startswith(LISTING_PREFIX):
                if value.removeprefix(LISTING_PREFIX) == listing.id:
                    return "正是不要的那一家" if zh else "it is the very place to be left out"
                continue
            kind = LimitKind.AREA if value.startswith(AREA_PREFIX) else LimitKind.DISH
            key = value.removeprefix(AREA_PREFIX)
            if self._snapshot.row_of[listing.id] in self._lexicon.rows(kind, key):
                thing = self._lexicon.thing(kind, key)
                words = key if thing is None else thing.label(language)
                if kind is LimitKind.AREA:
                    return f"在{words}" if zh else f"it is in {words}"
                return f"写明有{words}" if zh else f"lists {words}"
        return "含有不要的内容" if zh else "has what is to be left out"

    def _near_note(self, near: Near, listing: Listing, row: int, language: Language) -> str:
        zh = language == "zh"
        if listing.id in near.anchors:
            where = name_of(listing, language)
            return f"就是{where}本身" if zh else f"it is {where} itself"
        where = from_label(near, language)
        distance = self._distance(near, row)
        if distance is None:
            return f"不知道离{where}多远" if zh else f"how far it is from {where} is not known"
        rough = bool(listing.coordinates_accuracy_m) or bool(near.accuracy_m)
        far = distance_label(distance, language, rough=rough)
        asked = distance_label(near.radius_m or 0.0, language)
        if near.end is not None:
            return (
                f"从{where}经过这里要绕行{far}，超过{asked}"
                if zh
                else f"a detour of {far} on the way from {where}, more than {asked}"
            )
        return f"距{where}{far}，超过{asked}" if zh else f"{far} from {where}, more than {asked}"

    def _distance(self, near: Near, row: int) -> float | None:
        distances = self._masks.distances(near, np.asarray([row]))
        return None if distances is None or not np.isfinite(distances[0]) else float(distances[0])

    def _widened(self, limit: Limit, listing: Listing, row: int) -> float | None:
        if limit.near is not None and limit.near.radius_m is not None and listing.id not in limit.near.anchors:
            distance = self._distance(limit.near, row)
            return None if distance is None else math.ceil(distance / _STEP_M) * _STEP_M
        if limit.range is not None and limit.kind is not LimitKind.DURATION:
            return _own_number(limit.kind, listing)
        return None


def _own_number(kind: LimitKind, listing: Listing) -> float | None:
    value: float | None = getattr(listing, {LimitKind.PRICE: "price", LimitKind.RATING: "rating"}.get(kind, "stars"))
    return value


def _number_note(kind: LimitKind, asked: Range, listing: Listing, language: Language) -> str:
    zh = language == "zh"
    if kind is LimitKind.DURATION:
        return _duration_note(asked, listing, language)
    value = _own_number(kind, listing)
    if value is None:
        unknown = {
            LimitKind.PRICE: ("没有写明价格", "states no price"),
            LimitKind.RATING: ("还没有评分", "has no rating yet"),
        }.get(kind, ("没有写明星级", "states no stars"))
        return unknown[0 if zh else 1]
    own = (
        price_words(listing, language) if kind is LimitKind.PRICE else range_label(kind, Range(value, value), language)
    )
    if kind is LimitKind.PRICE and 0 in (value, asked.high):
        label = range_label(kind, asked, language)
        return f"{own}，不是“{label}”" if zh else f"{own}, not “{label}”"
    if asked.high is not None and value > asked.high:
        return f"{own}，超过{asked.high:g}" + _unit(kind) if zh else f"{own}, over {asked.high:g}"
    return f"{own}，低于{asked.low:g}" + _unit(kind) if zh else f"{own}, below {asked.low:g}"


def _unit(kind: LimitKind) -> str:
    return {LimitKind.PRICE: "元", LimitKind.RATING: "分", LimitKind.STARS: "星"}[kind]


def _duration_note(asked: Range, listing: Listing, language: Language) -> str:
    zh = language == "zh"
    low, high = listing.duration_min, listing.duration_max
    if low is None or high is None:
        return "没有写明游玩时间" if zh else "does not say how long it takes"
    own, label = (range_label(LimitKind.DURATION, each, language) for each in (Range(low, high), asked))
    return f"{own}，不符合“{label}”" if zh else f"{own}, not “{label}”"


def _advice(limit: Limit, chip: Understood, widened: float | None, language: Language) -> str:
    zh, kind = language == "zh", limit.kind
    if widened is None:
        return f"去掉“{chip.label}”" if zh else f"leave out “{chip.label}”"
    if kind is LimitKind.NEAR:
        far = distance_label(widened, language)
        if limit.near is not None and limit.near.end is not None:
            return f"把绕行放宽到{far}" if zh else f"allow a detour of {far}"
        return f"把范围扩大到{far}" if zh else f"widen the distance to {far}"
    what = {
        LimitKind.PRICE: ("价格", "price"),
        LimitKind.RATING: ("评分", "rating"),
    }.get(kind, ("星级", "stars"))[0 if zh else 1]
    upwards = limit.range is not None and limit.range.high is not None and widened > limit.range.high
    how = ("提高" if upwards else "降低") if zh else ("raise" if upwards else "lower")
    return f"把{what}{how}到{widened:g}{_unit(kind)}" if zh else f"{how} the {what} to {widened:g}"
