"""Why a listing was found, in the asker's language: up to three facts of its own, those that matched first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.listing import Category, Listing
from index.settings import Language
from recommender.domain import Domain
from recommender.labels import CATEGORY_LABELS, day_label, distance_label, name_of, range_label, rough_distance_label
from recommender.lexicon import Lexicon
from recommender.phrases import THINGS
from recommender.query import AREA_PREFIX, LISTING_PREFIX, Limit, LimitKind, Near, Query, Range
from recommender.sentence import phrase_key, phrase_units
from recommender.wording import Wording

MOST = 3
#: A distance that may be off by more than this, metres, is told in round figures.
EXACT_M = 100.0
_GOOD_RATING = 4.5
#: Which matched limits make the best reasons, the best first.
_ORDER = (
    LimitKind.NAME, LimitKind.NEAR, LimitKind.PRICE, LimitKind.DISH, LimitKind.FACILITY, LimitKind.TAG,
    LimitKind.SUBTYPE, LimitKind.PARTY, LimitKind.OPEN, LimitKind.RATING, LimitKind.STARS, LimitKind.DURATION,
    LimitKind.PRICE_LEVEL, LimitKind.AREA, LimitKind.NOT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of one result when its reasons are written. `held` are the limits that it satisfies.

    `accuracy_m` is how far off the distance may be.
    """

    listing: Listing
    row: int
    held: Sequence[Limit]
    terms: dict[str, float]
    distance_m: float | None
    accuracy_m: float
    is_open: bool | None

    @property
    def approximate(self) -> bool:
        """Whether the distance is only known roughly."""
        return self.accuracy_m > EXACT_M


class Reasons:
    """Writes reasons from the facts of listings."""

    def __init__(self, lexicon: Lexicon, domain: Domain) -> None:
        self._lexicon = lexicon
        self._domain = domain
        self.wording = Wording(lexicon, domain)

    def of(self, shown: Shown, query: Query) -> tuple[str, ...]:
        """Return one to three reasons, each of them true of the listing."""
        found: dict[str, None] = {}
        for reason in self._all(shown, query):
            if any(reason in said for said in found):
                # "每晚88元" after "每晚88元，在100元以内" says nothing new.
                continue
            found.setdefault(reason)
            if len(found) == MOST:
                break
        return tuple(found)

    def _all(self, shown: Shown, query: Query) -> Iterator[str]:
        language = query.language
        held = sorted(shown.held, key=lambda limit: _ORDER.index(limit.kind) if limit.kind in _ORDER else len(_ORDER))
        for limit in held:
            reason = self._for_limit(limit, shown, language)
            if reason:
                yield reason
        if shown.distance_m is not None and query.near is not None and query.near.end is None:
            yield distance_reason(shown, "" if query.near.is_asker else query.near.named(language), language)
        yield from self._wished(shown, query)
        yield from self._plain_facts(shown.listing, language)

    def _for_limit(self, limit: Limit, shown: Shown, language: Language) -> str | None:
        if limit.range is not None:
            return number_reason(limit.kind, limit.range, shown.listing, language)
        if limit.near is not None:
            return near_reason(limit.near, shown, language)
        if limit.at is not None:
            return open_reason(limit, language) if shown.is_open else None
        if limit.kind in THINGS:
            return self._thing_reason(limit, shown, language)
        if limit.kind is LimitKind.PARTY:
            return self._party_reason(limit, shown.listing, language)
        return self._plain_reason(limit, shown.listing, language)

    def _plain_reason(self, limit: Limit, listing: Listing, language: Language) -> str | None:
        kind, zh = limit.kind, language == "zh"
        if kind is LimitKind.NAME:
            return f"就是{listing.name}" if zh else f"this is {name_of(listing, language)}"
        if kind is LimitKind.PRICE_LEVEL:
            return level_reason(listing, language)
        if kind is LimitKind.AREA:
            area = self.wording.area(listing, language)
            return None if not area else f"在{area}" if zh else f"in {area}"
        if kind is LimitKind.NOT and not limit.values[0].startswith((LISTING_PREFIX, AREA_PREFIX)):
            words = self._label(limit.values[0], language)
            thing = self._lexicon.things.get(limit.values[0])
            if thing is not None and thing.kind is LimitKind.SUBTYPE:
                return f"不是{words}" if zh else f"not {words}"
            return f"没有写明含{words}" if zh else f"does not list {words}"
        return None

    def _label(self, key: str, language: Language) -> str:
        thing = self._lexicon.things.get(key)
        return key if thing is None else thing.label(language)

    def _thing_reason(self, limit: Limit, shown: Shown, language: Language) -> str | None:
        for value in limit.values:
            for kind, phrase in self._phrases(shown.listing, language):
                if self._says(kind, phrase, value):
                    return _said(kind, phrase[1], language)
        return None

    def _says(self, kind: LimitKind, phrase: tuple[str, str], value: str) -> bool:
        """Whether a listing's phrase (in either language) is or contains a thing; no facility makes it a kind."""
        thing = self._lexicon.things.get(value)
        if thing is None or not thing.is_concept:
            return value in phrase_key(phrase[0])
        if thing.kind is LimitKind.SUBTYPE and kind is LimitKind.FACILITY:
            return False
        concept = next(known for known in self._domain.concepts if f"@{known.id}" == value)
        return _contains_any(phrase[0], concept.words)

    def _party_reason(self, limit: Limit, listing: Listing, language: Language) -> str | None:
        party = self._domain.party(limit.values[0])
        for _, phrase in self._phrases(listing, language):
            if _contains_any(phrase[0], party.fits):
                label = party.label_zh if language == "zh" else party.label_en
                return f"{label}：{phrase[1]}" if language == "zh" else f"{label}: {phrase[1]}"
        return None

    def _phrases(self, listing: Listing, language: Language) -> Iterator[tuple[LimitKind, tuple[str, str]]]:
        """Yield (kind, (phrase as written, phrase as shown)) of everything that a listing says it is or has."""
        for kind, (phrase, shown) in _phrases(listing, language):
            yield kind, (phrase, self.wording.of(shown, language))

    def _plain_facts(self, listing: Listing, language: Language) -> Iterator[str]:
        """Yield what can be said of any listing, at least one thing: its rating when good, its kind, where it is."""
        zh = language == "zh"
        if listing.rating is not None and listing.rating >= _GOOD_RATING:
            yield f"评分{listing.rating:g}" if zh else f"rated {listing.rating:g}"
        kind = self.wording.kind(listing, language) or CATEGORY_LABELS[language][Category(listing.category)]
        area = self.wording.area(listing, language)
        if area:
            yield f"{area}的{kind}" if zh else f"{kind} in {area}"
        else:
            yield kind
        words = price_words(listing, language)
        if words:
            yield words

    def _wished(self, shown: Shown, query: Query) -> Iterator[str]:
        """Yield what the listing says in words of the wish."""
        said = {unit for unit in phrase_units(query.text[:400]) if len(unit) > 1 and not self._lexicon.is_filler(unit)}
        key = phrase_key(query.text[:400])
        for kind, (phrase, shown_as) in self._phrases(shown.listing, query.language):
            own = phrase_key(phrase)
            if (len(own) > 1 and own in key) or said & set(phrase_units(phrase)):
                yield _said(kind, shown_as, query.language)


def _contains_any(phrase: str, words: Sequence[str]) -> bool:
    key, units = phrase_key(phrase), phrase_units(phrase)
    for word in words:
        wanted = phrase_key(word)
        if wanted.isascii():
            pieces = phrase_units(word)
            if any(units[i : i + len(pieces)] == pieces for i in range(len(units))) or wanted in units:
                return True
        elif wanted in key:
            return True
    return False


def _phrases(listing: Listing, language: Language) -> Iterator[tuple[LimitKind, tuple[str, str]]]:
    """Yield (kind, (phrase as written, phrase as shown)) of everything that a listing says it is or has."""
    pairs = (
        (
            LimitKind.SUBTYPE,
            [listing.subtype] if listing.subtype else [],
            [listing.subtype_en] if listing.subtype_en else [],
        ),
        (LimitKind.TAG, listing.tags, listing.tags_en),
        (LimitKind.FACILITY, listing.facilities, listing.facilities_en),
        (LimitKind.DISH, listing.dishes, listing.dishes_en),
    )
    for kind, local, english in pairs:
        paired = len(local) == len(english)
        for index, phrase in enumerate(local):
            shown = english[index] if language == "en" and paired else phrase
            yield kind, (phrase, shown)
        for index, phrase in enumerate(english):
            shown = local[index] if language == "zh" and paired else phrase
            yield kind, (phrase, shown)


def _said(kind: LimitKind, phrase: str, language: Language) -> str:
    if language == "zh":
        return {
            LimitKind.DISH: f"有{phrase}",
            LimitKind.FACILITY: phrase if phrase.startswith(("含", "可", "有", "能")) else f"提供{phrase}",
            LimitKind.TAG: f"特点：{phrase}",
        }.get(kind, phrase)
    return {
        LimitKind.DISH: f"serves {phrase}",
        LimitKind.FACILITY: f"has {phrase}",
        LimitKind.TAG: f"known for: {phrase}",
    }.get(kind, phrase)


def near_reason(near: Near, shown: Shown, language: Language) -> str | None:
    """Return how near a listing is to the place asked about: the distance, or its source's word."""
    where = "" if near.is_asker else near.named(language)
    if shown.distance_m is not None and near.end is not None:
        return detour_reason(shown, language)
    if shown.distance_m is not None:
        return distance_reason(shown, where, language)
    if not near.anchors:
        return None
    return f"在{where}附近" if language == "zh" else f"near {where}"


def detour_reason(shown: Shown, language: Language) -> str:
    """Return how much longer a way is by a listing."""
    metres = shown.distance_m or 0.0
    if shown.approximate:
        far = rough_distance_label(metres, shown.accuracy_m, language)
    else:
        far = distance_label(metres, language)
    return f"顺路，绕行{far}" if language == "zh" else f"on the way, a detour of {far}"


def open_reason(limit: Limit, language: Language) -> str:
    """Return that a listing is open at a time, or on a day."""
    at = limit.at
    if at is None or limit.whole_day:
        return "" if at is None else day_label(at, language)
    return f"{at:%H:%M}营业中" if language == "zh" else f"open at {at:%H:%M}"


def distance_reason(shown: Shown, where: str, language: Language) -> str:
    """Return how far a listing is, no finer than it is known."""
    metres = shown.distance_m or 0.0
    if not shown.approximate:
        far = distance_label(metres, language)
        return f"距{where or '您'}{far}" if language == "zh" else f"{far} from {where or 'you'}"
    far = rough_distance_label(metres, shown.accuracy_m, language)
    if language == "zh":
        return f"距{where or '您'}{far}"
    return f"{far} of {where or 'you'}" if far.startswith("within") else f"{far} from {where or 'you'}"


def price_words(listing: Listing, language: Language) -> str | None:
    """Return what a listing costs, None when it does not say."""
    if listing.price is None:
        return None
    if listing.price == 0:
        return "免费" if language == "zh" else "free"
    amount = f"{listing.price:g}"
    money = f"{amount}元" if listing.currency == "RMB" else f"{amount} {listing.currency}"
    if language == "zh":
        return {Category.RESTAURANT: f"人均{money}", Category.HOTEL: f"每晚{money}"}.get(
            listing.category, f"门票{money}"
        )
    money = f"¥{amount}" if listing.currency == "RMB" else money
    each = {Category.RESTAURANT: "a head", Category.HOTEL: "a night"}.get(listing.category, "a ticket")
    return f"{money} {each}"


def number_reason(kind: LimitKind, asked: Range, listing: Listing, language: Language) -> str | None:
    """Return the listing's own number and the limit that it keeps."""
    if kind is LimitKind.PRICE:
        return price_reason(asked, listing, language)
    if kind is LimitKind.RATING and listing.rating is not None:
        return f"评分{listing.rating:g}" if language == "zh" else f"rated {listing.rating:g}"
    if kind is LimitKind.STARS and listing.stars is not None:
        return range_label(kind, Range(listing.stars, listing.stars), language)
    if kind is LimitKind.DURATION and listing.duration_min is not None:
        return range_label(kind, Range(listing.duration_min, listing.duration_max), language)
    return None


def price_reason(asked: Range, listing: Listing, language: Language) -> str | None:
    """Return what a listing costs, and the ceiling that it stays under."""
    words = price_words(listing, language)
    under = asked.holds(listing.price) and asked.high and asked.low is None
    if words is None or not under:
        return words
    return f"{words}，在{asked.high:g}元以内" if language == "zh" else f"{words}, within {asked.high:g}"


def level_reason(listing: Listing, language: Language) -> str | None:
    """Return the listing's price, or its level where it states no price."""
    words = price_words(listing, language)
    if words or listing.price_level is None:
        return words
    names = (
        ("便宜", "价位适中", "偏贵", "很贵")
        if language == "zh"
        else ("cheap", "moderately priced", "expensive", "very expensive")
    )
    return names[listing.price_level - 1]
