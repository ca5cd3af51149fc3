"""Where: the names in a sentence, and whether each is a place to be near, an area to be in, or what is looked for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.gazetteer import PlaceMatch
from index.listing import Listing
from index.places import PlaceFields
from index.snapshot import Snapshot
from recommender.domain import Domain
from recommender.lexicon import Match, Sense
from recommender.naming import Names
from recommender.quantities import Bound, Quantity, Unit
from recommender.query import Limit, LimitKind, Near
from recommender.sentence import Sentence, phrase_key, phrase_units

_METRES = {Unit.METRES: 1.0, Unit.KILOMETRES: 1000.0, Unit.MILES: 1609.344}
#: Roads are so many times the straight line (Boscoe, Henry & Zdeb, Professional Geographer 64(2), 2012: 1.417).
_DETOUR = 1.417
#: Metres a minute along the road. Walking 4.8 km/h; cycling 15 km/h; driving 50 km/h, between the design speeds of
#: China's second- and third-class highways (60 and 40 km/h, JTG B01-2014, table 3.5.1).
_WALK, _CYCLE, _DRIVE = 80.0, 250.0, 50_000 / 60
_WALKING = re.compile(r"步行|走路|走过去|walk|on foot")
_CYCLING = re.compile(r"骑车|骑行|自行车|单车|cycle|cycling|bike|bicycle")
_TRAVEL = re.compile(
    r"步行|走路|车程|开车|驾车|路程|骑车|骑行|walk|drive|driving|by car|on foot|away|from|ride|cycle|cycling|by bike"
)
_WALKING_DISTANCE_M = 1500.0
#: Somebody is, or was, at what these stand before; and looks around with these.
_BEING_AT = re.compile(
    r"(?:(?:我们?|人)[就都]?(?:正|现)?在|刚到|住在|住|下榻在?|逛完了?|玩完了?|看完了?|参观完了?|吃完了?|出了)\s*$"
    r"|\b(?:staying at|(?:i'm|i am|we're|we are) (?:at|in)|after (?:visiting|seeing)|done with)\s+(?:the\s+)?$"
)
_DONE_AT = re.compile(r"(?:逛|玩|看|参观)完了?\s*$|\b(?:after (?:visiting|seeing)|done with)\s+(?:the\s+)?$")
_AROUND = re.compile(
    r"附近|周边|周围|旁边|就近|边上|隔壁|\bnear ?by\b|\baround\b|\bclose by\b|\bwalking distance\b|\bnext door\b"
)
_LISTING = "listing"
_LETTER = re.compile(r"[^\W\d]")
#: How much of a name, or of what was said, must agree for an anchor that is not named exactly.
_LIKE_ENOUGH = 0.75


@dataclass(frozen=True, slots=True)
class Named:
    """A span of the sentence that names places or listings, all of the same name."""

    start: int
    end: int
    matches: tuple[PlaceMatch, ...]

    @property
    def listings(self) -> tuple[str, ...]:
        """The ids of the listings of that name."""
        return tuple(match.listing_id for match in self.matches if match.listing_id is not None)

    @property
    def is_place(self) -> bool:
        """Whether a township, station or other place to measure from has that name."""
        return any(match.kind != _LISTING for match in self.matches)


def _is_of(kind: str, asked: str) -> bool:
    """Whether a place's kind is the one asked for, or a narrower one: `railway_station` is a `station`."""
    return kind == asked or kind.endswith(f"_{asked}")


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


class Places:
    """Finds names in sentences, and tells what is wanted of them. `names` are those of places, then of listings."""

    def __init__(self, snapshot: Snapshot, names: Names, domain: Domain) -> None:
        self._gazetteer = snapshot.gazetteer
        self._places = snapshot.places
        self._listings = snapshot.listings
        self._names = names
        self._kinds = {phrase_key(word): kind for kind, words in domain.place_kinds.items() for word in words}
        words = domain.words
        nouns = _either(noun for category in domain.categories for noun in category.nouns)
        after = _either(words["near_after_zh"])
        self._near_after = re.compile(
            rf"\s*(?:这个|那个|这家|那家|这)?的?(?:{nouns})?(?:里|这边"
            rf"|那边)?的?\s*(?P<near>{after})(?:的地方|处)?|\s*(?:很"
            r"|比较|最|挺)?近|\s*(?:不远|area\b)"
        )
        self._near_before = re.compile(
            rf"(?:\b(?:{_either(words['near_strong_en'])})|离|距离?|靠近|挨着)\s*(?:the\s+)?$"
        )
        self._anchor = re.compile(
            rf"(?:离|距离?|靠近|在|去|到)(?P<zh>[^,，。!！?？;；\x00]{{2,20}}?)(?:不远|比较近|很近|近"
            r"|附近|周边|周围|旁边|边上|一带)"
            rf"|(?<![\w])(?P<zh2>[\u4e00-\u9fff][^,，。!！?？;；\x00]{{1,14}}?)(?:附近|周边|周围|旁边)"
            r"|(?P<zh3>[\u4e00-\u9fff]{2,8}?)(?:开车|步行|走路|车程|骑车)"
            rf"|\b(?:{_either(words['near_strong_en'])}|within [\w. ]{{1,24}} (?:of"
            rf"|from))\s+(?:the\s+)?(?P<en>[a-z0-9][^,.!?;\x00]{{2,40}})"
        )
        self._near_me = re.compile(rf"{_either(words['near_me_zh'])}|\b(?:{_either(words['near_me_en'])})\b")
        self._called = re.compile(
            rf"(?:{_either(words['called_zh'])}|\b(?:{_either(words['called_en'])}))\s*(?:the\s+|是)?[\"'“‘《]?$"
        )
        self._facts = re.compile(rf"{_either(words['facts_zh'])}|\b(?:{_either(words['facts_en'])})\b")
        self._common = frozenset(
            unit
            for name in ("filler_en", "filler_zh", "no_typo")
            for word in words[name]
            for unit in phrase_units(word)
        )

    def named(self, sentence: Sentence) -> list[Named]:
        """Return the spans that name something, from left to right."""
        spans: dict[tuple[int, int], list[PlaceMatch]] = {}
        for match in self._gazetteer.find(sentence.raw):
            spans.setdefault((match.start, match.end), []).append(match)
        return [Named(*span, tuple(matches)) for span, matches in sorted(spans.items())]

    def settle(
        self, sentence: Sentence, named: Sequence[Named], matches: Sequence[Match]
    ) -> tuple[list[Named], list[Match]]:
        """Where a name and a phrase overlap, keep the longer; of equals the phrase, unless the name is introduced."""
        kept = []
        for name in named:
            over = [match for match in matches if match.start < name.end and name.start < match.end]
            if self._wins(sentence, name, over):
                kept.append(name)
                matches = [match for match in matches if match not in over or self._is_area(name, match)]
        return kept, list(matches)

    def _wins(self, sentence: Sentence, name: Named, over: Sequence[Match]) -> bool:
        length = name.end - name.start
        things = [match for match in over if any(meaning.sense is Sense.THING for meaning in match.meanings)]
        if any(match.end - match.start > length for match in things):
            return False
        if name.is_place:
            return True
        if self.is_called(sentence, name.start):
            return True
        if any(match.start <= name.start and match.end >= name.end and not _is_short_area(match) for match in over):
            return False
        return not all(unit in self._common for unit in phrase_units(sentence.text[name.start : name.end]))

    def _is_area(self, name: Named, match: Match) -> bool:
        same = match.start == name.start and match.end == name.end
        return same and any(meaning.kind is LimitKind.AREA for meaning in match.meanings)

    def is_called(self, sentence: Sentence, start: int) -> bool:
        """Whether the words before a position introduce a name."""
        return self._called.search(sentence.text[max(0, start - 20) : start]) is not None

    def asks_facts(self, sentence: Sentence) -> bool:
        """Whether facts of one place are asked for, or a name is introduced."""
        return (
            self._facts.search(sentence.text) is not None
            or re.search(r"\b(?:called|named|particular)\b|名叫|叫做", sentence.text) is not None
        )

    def is_anchor(self, sentence: Sentence, name: Named) -> bool:
        """Whether somebody is at what is named and looks around: "我人在X，附近哪有餐馆", "逛完X，就近找个酒店"."""
        before, after = sentence.text[: name.start], sentence.text[name.end :]
        return not name.is_place and (
            _BEING_AT.search(before) is not None
            and (_AROUND.search(after) is not None or _DONE_AT.search(before) is not None)
        )

    def near_span(self, sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
        """Return the span of "near X" when what stands at a span is a place to be near, else None."""
        before = self._near_before.search(sentence.text[:start])
        after = self._near_after.match(sentence.text, end)
        if after is None and before is None:
            return None
        return (before.start() if before else start, after.end() if after else end)

    def near(self, sentence: Sentence, name: Named, quantities: Sequence[Quantity]) -> Limit | None:
        """Return the limit of being near a named place, None when it is not said to be near."""
        span = self.near_span(sentence, name.start, name.end)
        radius = radius_in(sentence, quantities)
        if span is None and radius is None:
            return None
        return self.near_limit(name, radius[0] if radius else None, span or (name.start, name.end))

    def near_limit(self, name: Named, radius_m: float | None, span: tuple[int, int], *, hard: bool = True) -> Limit:
        """Return the limit of being near what a span names; places come before listings of the same name."""
        point = next((match for match in name.matches if match.lat is not None), name.matches[0])
        anchors = () if point.kind != _LISTING else name.listings
        near = Near(point.name, point.name_en, point.lat, point.lon, point.accuracy_m or 0.0, radius_m, anchors)
        return Limit(LimitKind.NEAR, near=near, hard=hard, start=span[0], end=span[1])

    def unsure_anchor(
        self, sentence: Sentence, quantities: Sequence[Quantity], matches: Sequence[Match]
    ) -> Limit | None:
        """Return the limit of being near what is only almost named: "near Hello Kitty", "离高铁站近"."""
        for match in self._anchor.finditer(sentence.rest):
            group = match.lastgroup or "zh"
            areas = (known for known in matches if any(m.kind is LimitKind.AREA for m in known.meanings))
            if any(known.start <= match.start(group) + 1 < known.end for known in areas):
                continue
            name = self._closest(sentence.text[match.start(group) : match.end(group)], match.start(group))
            if name is not None:
                radius = radius_in(sentence, quantities)
                return self.near_limit(name, radius[0] if radius else None, (match.start(), name.end))
        return None

    def _closest(self, words: str, start: int) -> Named | None:
        """Return the place that words name, all of them or, in English, the first few."""
        units = words.split()
        for count in range(len(units), 0, -1):
            phrase = " ".join(units[:count])
            kind = self._kinds.get(phrase_key(phrase))
            rows = [row for row, place in enumerate(self._places) if _is_of(place.kind, kind)] if kind else []
            rows = rows[:1] or self._names.abbreviated(phrase) or self._misspelt(phrase)
            rows = rows or self._names.closest(phrase, _LIKE_ENOUGH)
            if rows:
                said = units[:count]
                while len(said) > 1 and not kind and not self._names.says(rows[0], said[-1]):
                    said.pop()
                length = words.index(said[-1], len(" ".join(said[:-1]))) + len(said[-1])
                return Named(start, start + length, tuple(map(self._known, rows[:3])))
        return None

    def _known(self, row: int) -> PlaceMatch:
        """Return what a row of the names is: places come before listings."""
        count = len(self._places)
        return _match(self._places[row]) if row < count else _match_listing(self._listings[row - count])

    def _misspelt(self, phrase: str) -> list[int]:
        """Return the rows whose whole name a phrase is, but for one slip."""
        return sorted(self._names.misspelt(Sentence.of(phrase).units).get((0, len(phrase)), ()))

    def resolve(self, sentence: Sentence, start: int, end: int, *, last: bool = False) -> PlaceMatch | None:
        """Return the place that a span names, exactly or almost: the first of several, or the last.

        The match's `start` and `end` are positions of the sentence, and leave out what else the span says.
        """
        words = sentence.raw[start:end]
        exact = [match for match in self._gazetteer.find(words) if match.lat is not None]
        if exact:
            one = max(exact, key=lambda match: match.end if last else -match.start)
            return replace(one, start=start + one.start, end=start + one.end)
        blanks = len(words) - len(words.lstrip())
        closest = self._closest(sentence.text[start:end].strip(), start + blanks) if _LETTER.search(words) else None
        return None if closest is None else replace(closest.matches[0], start=closest.start, end=closest.end)

    def near_asker(
        self, sentence: Sentence, quantities: Sequence[Quantity], origin: tuple[float, float] | None
    ) -> Limit | None:
        """Return the limit of being near the asker; without an origin it cannot be kept, and is marked as soft."""
        match = self._near_me.search(sentence.rest)
        radius = radius_in(sentence, quantities)
        if match is None and radius is not None and radius[1] is not None:
            # "5公里以内有什么好吃的" is measured from where one is.
            near = Near("", is_asker=True, radius_m=radius[0])
            if origin is not None:
                near = replace(near, lat=origin[0], lon=origin[1])
            return Limit(LimitKind.NEAR, near=near, hard=origin is not None, start=radius[1].start, end=radius[1].end)
        if match is None:
            return None
        near = Near("", is_asker=True, radius_m=radius[0] if radius else None)
        if origin is not None:
            near = replace(near, lat=origin[0], lon=origin[1])
        hard = origin is not None
        return Limit(LimitKind.NEAR, near=near, hard=hard, start=match.start(), end=match.end())


def _is_short_area(match: Match) -> bool:
    """Whether a phrase is only the beginning of areas' names: a place of just that name is meant rather."""
    return all(meaning.kind is LimitKind.AREA and meaning.value != match.key for meaning in match.meanings)


def _match(place: PlaceFields) -> PlaceMatch:
    return PlaceMatch(0, 0, place.name, place.name_en, place.kind, place.lat, place.lon, place.accuracy_m, None, True)


def _match_listing(listing: Listing) -> PlaceMatch:
    at = (listing.lat, listing.lon, listing.coordinates_accuracy_m)
    return PlaceMatch(0, 0, listing.name, listing.name_en, _LISTING, *at, listing.id, True)


def _metres_a_minute(around: str) -> float:
    """Return how far one comes in a minute as the crow flies, by the words beside it; driving unless they say."""
    if _WALKING.search(around):
        # People on foot take the paths between the roads; by planners' custom ten minutes are 800 m around.
        return _WALK
    along = _CYCLE if _CYCLING.search(around) else _DRIVE
    return along / _DETOUR


def radius_in(sentence: Sentence, quantities: Sequence[Quantity]) -> tuple[float, Quantity | None] | None:
    """Return how far away it may be, metres as the crow flies, and the quantity that says so."""
    for quantity in quantities:
        if quantity.unit in _METRES and quantity.bound is not Bound.AT_LEAST:
            return quantity.high * _METRES[quantity.unit], quantity
        around = sentence.text[max(0, quantity.start - 8) : quantity.end + 24]
        if quantity.unit is Unit.MINUTES and _TRAVEL.search(around):
            return float(round(quantity.high * _metres_a_minute(around), -2)), quantity
    if "walking distance" in sentence.text or "走路能到" in sentence.text or "步行可达" in sentence.text:
        return _WALKING_DISTANCE_M, None
    return None
