"""The vocabulary of what must be understood: each part is checked against the typed `Query`.

A limit on a named thing is known by the listings that it selects, not by what the recommender calls it: `has 免费停车`
is understood when a limit selects about the listings that have 免费停车, whether it is read as a facility or as a tag.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from index.listing import ListingRecord
from recommender.query import Limit, LimitKind, Query, Range
from tests.recommender.starter_queries.county import County
from tests.recommender.starter_queries.facts import DAYS, BadRowError, Scene, alternatives, moment, split, things_of

Ids = frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as understood, and which listings satisfy each of its limits."""

    query: Query
    selects: Callable[[Limit], Ids]


Check = Callable[[Reading], bool]

_NUMBER = r"(\d+(?:\.\d+)?)"
_NAMED = re.compile(r"(category|kind|dish|has|tag|party|not|name) (.+)")
_WHERE = re.compile(r"(in|near) (.+)")
_RANGE = re.compile(
    rf"(price|rating|stars|takes) (?:(free)|at most {_NUMBER}|at least {_NUMBER}|about {_NUMBER}"
    rf"|{_NUMBER} to {_NUMBER}|{_NUMBER})(?: hours?)?"
)
_WITHIN = re.compile(rf"within (?:{_NUMBER} km|a drive) of (.+)")
_OPEN = re.compile(r"open (?:(now|late)|at (?:([A-Z][a-z]+day) )?(\d\d?):(\d\d)|on ([A-Z][a-z]+day))")

_NAMED_THINGS = frozenset({LimitKind.SUBTYPE, LimitKind.DISH, LimitKind.FACILITY, LimitKind.TAG, LimitKind.PARTY})
#: Two sets of listings are about the same when they share at least this part of what is in either.
_ABOUT_THE_SAME = 0.5
_RANGE_KINDS = {
    "price": LimitKind.PRICE,
    "rating": LimitKind.RATING,
    "stars": LimitKind.STARS,
    "takes": LimitKind.DURATION,
}
#: Who comes along: what a recommender may call them, and what the data say of places that suit them.
PARTIES = {
    "children": (("children", "family", "kids"), ("亲子", "儿童乐园", "宝宝椅")),
    "couple": (("couple",), ("情侣",)),
    "seniors": (("seniors", "elders", "grandparents"), ("老人友好", "无障碍")),
    "dog": (("dog", "pet"), ("可带宠物", "宠物友好")),
    "wheelchair": (("wheelchair", "accessible"), ("无障碍",)),
    "group": (("group", "friends", "team"), ("团建", "聚餐", "包厢", "大巴停车")),
    "solo": (("solo", "alone"), ("一人食", "一人游")),
}
#: Ways to say what comes first.
SORTS = {
    "cheapest": ("price", "cheap"),
    "dearest": ("price", "dear", "expensive"),
    "best rated": ("rating", "best", "rated"),
    "nearest": ("near", "distance", "close"),
}
_CHEAP_LEVEL, _DEAR_LEVEL = 2, 3
#: How far, in km, someone may mean who drives for a quarter to half an hour.
_DRIVE_KM = Range(3, 40)
#: Half a kilometre more or less of fifty, and the like.
_ROUNDING = 0.01
_SLOP_MINUTES = 30
_LATE, _EARLY = 21, 5


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that must be understood, as written. `word` is the vocabulary's word, by which failures are grouped."""

    text: str
    word: str
    holds: Check


def read_expected(cell: str, scene: Scene) -> tuple[Expected, ...]:
    """Read a cell of the column `understood`.

    Raises:
        BadRowError: A part is not of the vocabulary.
    """
    return tuple(_read(part, scene) for part in split(cell))


def categories_of(reading: Reading, county: County) -> frozenset[str]:
    """Return the categories asked for: said outright, or those of all that has the kind, dish or tag asked for."""
    if reading.query.categories:
        return frozenset(map(str, reading.query.categories))
    named = [limit for limit in reading.query.limits if limit.hard and limit.kind in _NAMED_THINGS]
    fitting = [one for one in county.listings if all(one.id in reading.selects(limit) for limit in named)]
    return frozenset(str(one.category) for one in fitting) if named else frozenset()


def signature(reading: Reading, county: County) -> dict[str, object]:
    """Return what a query limits, without the words and the language it was said in: equal for paraphrases."""
    query, selected = reading.query, frozenset(one.id for one in county.listings)
    for limit in query.limits:
        selected &= reading.selects(limit) if limit.hard else selected
    near = query.near
    return {
        "categories": sorted(categories_of(reading, county)),
        **{str(kind): str(query.range(kind) or "") for kind in _RANGE_KINDS.values()},
        "place": ""
        if near is None
        else f"{'me' if near.is_asker else min(county.meanings(near.name))} {near.radius_m}",
        "listings": selected,
    }


def _read(text: str, scene: Scene) -> Expected:
    for read in (_sort, _level, _open, _range, _within, _where, _named):
        found = read(text, scene)
        if found is not None:
            return Expected(text, found[0], found[1])
    raise BadRowError(
        f"cannot read {text!r} in the column 'understood'; README.md beside the tables lists the vocabulary"
    )


Parsed = tuple[str, Check] | None


# --- what comes first, how dear, when ---------------------------------------------------------------------------


def _sort(text: str, _: Scene) -> Parsed:
    if text not in SORTS:
        return None
    return "superlative", lambda reading: any(
        word in value for word in SORTS[text] for value in reading.query.values(LimitKind.SORT)
    )


def _level(text: str, scene: Scene) -> Parsed:
    if text == "cheap":
        return "price", lambda reading: _is_cheap(reading, scene.county)
    if text == "expensive":
        return "price", _is_dear
    return None


def _is_cheap(reading: Reading, county: County) -> bool:
    price, levels = reading.query.range(LimitKind.PRICE), _price_levels(reading.query)
    return (
        (price is not None and price.high is not None)
        or (bool(levels) and max(levels) <= _CHEAP_LEVEL)
        or bool(reading.query.values(LimitKind.SORT))
        or _asks_for(["实惠"], reading, county)
    )


def _is_dear(reading: Reading) -> bool:
    price, levels = reading.query.range(LimitKind.PRICE), _price_levels(reading.query)
    return (
        (price is not None and price.low is not None)
        or (bool(levels) and min(levels) >= _DEAR_LEVEL)
        or bool(reading.query.range(LimitKind.STARS) or reading.query.values(LimitKind.SORT))
    )


def _price_levels(query: Query) -> list[float]:
    return [float(level) for level in query.values(LimitKind.PRICE_LEVEL)]


def _open(text: str, scene: Scene) -> Parsed:
    match = _OPEN.fullmatch(text)
    if match is None:
        return None
    word, day, hour, minute, whole_day = match.groups()
    if word == "late":
        return "open", lambda reading: _is_late(reading, scene.county)
    if whole_day is not None:
        return "open", lambda reading: _weekday(reading.query) == whole_day.lower()
    at = scene.now if word else moment(scene.now, day, int(hour), int(minute))
    weekday = None if day is None and word is None else DAYS[at.weekday()]

    def holds(reading: Reading) -> bool:
        asked = reading.query.open_at
        if asked is None or (weekday is not None and _weekday(reading.query) != weekday):
            return False
        return abs((asked.hour - at.hour) * 60 + asked.minute - at.minute) <= _SLOP_MINUTES

    return "open", holds


def _weekday(query: Query) -> str | None:
    return None if query.open_at is None else DAYS[query.open_at.weekday()]


def _is_late(reading: Reading, county: County) -> bool:
    asked = reading.query.open_at
    return (asked is not None and (asked.hour >= _LATE or asked.hour < _EARLY)) or _asks_for(["夜宵"], reading, county)


# --- numbers ----------------------------------------------------------------------------------------------------


def _range(text: str, scene: Scene) -> Parsed:
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    word, free, most, least, about, low, high, exact = match.groups()
    kind = _RANGE_KINDS[word]
    if free:
        return word, lambda reading: _is_free(reading, scene.county)
    if about:
        return word, lambda reading: _is_about(reading.query.range(kind), float(about))
    wanted_low, wanted_high = least or low or exact, most or high

    def holds(reading: Reading) -> bool:
        found = reading.query.range(kind)
        # "Four stars" may be read as four or more.
        return found is not None and _is_bound(found.low, wanted_low) and _is_bound(found.high, wanted_high)

    return word, holds


def _is_bound(found: float | None, wanted: str | None) -> bool:
    return wanted is None or (found is not None and abs(found - float(wanted)) <= _ROUNDING * float(wanted))


def _is_free(reading: Reading, county: County) -> bool:
    price = reading.query.range(LimitKind.PRICE)
    return (price is not None and price.high == 0) or _asks_for(["免费"], reading, county)


def _is_about(found: Range | None, wanted: float) -> bool:
    """Whether a range holds the number and does not reach twice as far."""
    return found is not None and found.high is not None and found.holds(wanted) and found.high <= 2 * wanted


# --- places -----------------------------------------------------------------------------------------------------


def _within(text: str, scene: Scene) -> Parsed:
    match = _WITHIN.fullmatch(text)
    if match is None:
        return None
    kilometres, name = match.groups()
    slop = _ROUNDING * float(kilometres or 0)
    radius_km = Range(float(kilometres) - slop, float(kilometres) + slop) if kilometres else _DRIVE_KM

    def holds(reading: Reading) -> bool:
        near = reading.query.near
        return (
            near is not None
            and near.radius_m is not None
            and (_is_near(reading, name, scene.county) and radius_km.holds(near.radius_m / 1000))
        )

    return "near", holds


def _where(text: str, scene: Scene) -> Parsed:
    match = _WHERE.fullmatch(text)
    if match is None:
        return None
    return match[1], lambda reading: any(_is_near(reading, one, scene.county) for one in alternatives(match[2]))


def _is_near(reading: Reading, name: str, county: County) -> bool:
    """Whether a place is measured from, or is (a township) what the answer is limited to."""
    near = reading.query.near
    if name == "me":
        return near is not None and near.is_asker
    if near is not None and (
        bool(county.meanings(near.name) & county.meanings(name)) or _id_of(name, county) in near.anchors
    ):
        return True
    inside = frozenset(one.id for one in county.listings if county.meanings(name) & things_of("in", one))
    return any(_are_alike(inside, reading.selects(limit)) for limit in reading.query.of(LimitKind.AREA))


def _id_of(name: str, county: County) -> str | None:
    listing = county.named(name)
    return None if listing is None else listing.id


# --- named things -----------------------------------------------------------------------------------------------


def _named(text: str, scene: Scene) -> Parsed:
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    word, wanted, county = match[1], alternatives(match[2]), scene.county
    if word == "category":
        return word, lambda reading: categories_of(reading, county) == frozenset(wanted)
    if word == "name":
        return word, lambda reading: any(_id_of(one, county) in reading.query.values(LimitKind.NAME) for one in wanted)
    if word == "not":
        return word, lambda reading: _leaves_out(wanted, reading, county)
    if word != "party":
        return word, lambda reading: _asks_for(wanted, reading, county)
    if not set(wanted) <= set(PARTIES):
        raise BadRowError(f"{text!r}: a party is one of {', '.join(PARTIES)}")
    names = {name for party in wanted for name in PARTIES[party][0]}
    needs = [need for party in wanted for need in PARTIES[party][1]]
    return (
        word,
        lambda reading: bool(names & set(reading.query.values(LimitKind.PARTY))) or _asks_for(needs, reading, county),
    )


def _asks_for(wanted: Iterable[str], reading: Reading, county: County) -> bool:
    """Whether a limit selects about the listings that have one of these things, or names it among wider things."""
    asked = list(wanted)
    having = list(_having(asked, county))
    names = {_plain(meaning) for one in asked for meaning in county.meanings(one)}
    return any(
        names & {_plain(value) for value in limit.values}
        or any(_are_alike(ids, reading.selects(limit)) for ids in having)
        for limit in reading.query.limits
        if limit.kind in _NAMED_THINGS
    )


def _plain(words: str) -> str:
    return re.sub(r"[\W_]", "", words.casefold())


def _leaves_out(wanted: Iterable[str], reading: Reading, county: County) -> bool:
    everything = frozenset(one.id for one in county.listings)
    having = list(_having(wanted, county))
    left_out = [everything - reading.selects(limit) for limit in reading.query.of(LimitKind.NOT)]
    return any(_are_alike(ids, gone) for ids in having for gone in left_out)


def _having(wanted: Iterable[str], county: County) -> Iterator[Ids]:
    """Yield the listings that have something: under each heading and under any, each of the words and all of them."""
    words = list(wanted)
    everywhere: dict[str, Ids] = {}
    for word in words:
        under = {column: _under(column, word, county.listings) for column in ("kind", "serves", "has", "tagged")}
        yield from under.values()
        yield frozenset().union(*under.values())
        for column, ids in under.items():
            everywhere[column] = everywhere.get(column, frozenset()) | ids
    yield from everywhere.values()
    yield frozenset().union(*everywhere.values())


def _under(column: str, word: str, listings: Iterable[ListingRecord]) -> Ids:
    return frozenset(one.id for one in listings if any(word.casefold() in thing for thing in things_of(column, one)))


def _are_alike(some: Ids, others: Ids) -> bool:
    return bool(some & others) and len(some & others) >= _ABOUT_THE_SAME * len(some | others)
