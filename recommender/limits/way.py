"""On the way from one place to another: a corridor around the great circle between them.

A listing is on the way when going by it makes the way longer by no more than a share of it (an ellipse with the two
places as foci).
"""

import re
from typing import Protocol

from index.gazetteer import PlaceMatch
from index.geodesy import distances_m
from recommender.query import Limit, LimitKind, Near
from recommender.sentence import READ, Sentence

#: How much longer the way may become, as a share of it; short ways may be left for so many metres all the same.
DETOUR_SHARE, LEAST_DETOUR_M = 0.2, 2000.0
_PLACE_ZH = r"[^,，。!！?？;；、从由" + READ + r"]{2,15}?"
_PLACE_EN = r"[^,.!?;" + READ + r"]{2,40}"
_CUE_ZH = r"(?:的|这|那)?(?:一路上?|路上|途中|沿途|沿线|沿路|半路|中途|顺路|顺道|路过)"
_BETWEEN_ZH = r"(?:的|这|那)?(?:之间|中间)"
_WAYS = (
    re.compile(rf"(?P<a>{_PLACE_ZH})(?:到|去|往|至|回)(?P<b>{_PLACE_ZH}){_CUE_ZH}"),
    re.compile(rf"从(?P<a>{_PLACE_ZH})(?:到|去|往|至|回)(?P<b>{_PLACE_ZH})(?=[,，][^。！？!?]{{0,16}}?{_CUE_ZH})"),
    re.compile(rf"(?P<a>{_PLACE_ZH})(?:到|和|与|跟)(?P<b>{_PLACE_ZH}){_BETWEEN_ZH}"),
    re.compile(rf"(?:去|到|往|回)(?P<b>{_PLACE_ZH}){_CUE_ZH}"),
    re.compile(rf"\bbetween\s+(?:the\s+)?(?P<a>{_PLACE_EN}?)\s+and\s+(?:the\s+)?(?P<b>{_PLACE_EN})"),
    re.compile(
        r"\b(?:(?:on|along) (?:the|my|our) (?:way|road|route)|en route)\s+(?:back\s+)?"
        rf"from\s+(?:the\s+)?(?P<a>{_PLACE_EN}?)\s+to\s+(?:the\s+)?(?P<b>{_PLACE_EN})"
    ),
    re.compile(
        rf"\bfrom\s+(?:the\s+)?(?P<a>{_PLACE_EN}?)\s+to\s+(?:the\s+)?(?P<b>{_PLACE_EN}?)"
        r"[\s,]+(?:on the way|along the way|en route)\b"
    ),
    re.compile(
        rf"\bfrom\s+(?:the\s+)?(?P<a>{_PLACE_EN}?)\s+to\s+(?:the\s+)?(?P<b>{_PLACE_EN})"
        r"(?=,[^.!?;]{0,60}?\b(?:(?:on|along) (?:the|my|our) (?:way|road|route)|en route)\b)"
    ),
    re.compile(
        r"\b(?:(?:on|along) (?:the|my|our) (?:way|road|route)|en route)\s+(?:back\s+)?"
        rf"to\s+(?:the\s+)?(?P<b>{_PLACE_EN})"
    ),
)
_FROM = re.compile(r"(?:从|由|自|\bbetween\s+(?:the\s+)?|\bfrom\s+(?:the\s+)?)$")


class Resolve(Protocol):
    """How the place that a span of a sentence names is found."""

    def __call__(self, sentence: Sentence, start: int, end: int, *, last: bool = False) -> PlaceMatch | None:
        """Return the first place of several or the last, and where its name stands in the sentence."""
        ...


def read_way(sentence: Sentence, resolve: Resolve, origin: tuple[float, float] | None) -> Limit | None:
    """Return the limit of being on the way, None when none is spoken of or an end of it is not known.

    A way whose beginning is not said begins where the asker is.
    """
    for pattern in _WAYS:
        for match in pattern.finditer(sentence.rest):
            to = resolve(sentence, *match.span("b"))
            end = _at(to)
            if to is None or end is None:
                continue
            since = resolve(sentence, *match.span("a"), last=True) if "a" in match.groupdict() else None
            start = _at(since) if "a" in match.groupdict() else _asker(origin)
            if start is not None and start.name != end.name:
                return _limit(start, end, _span(sentence, match, since, to))
    return None


def _span(sentence: Sentence, match: re.Match[str], since: PlaceMatch | None, to: PlaceMatch) -> tuple[int, int]:
    """Return the words of a way: from the word before its first place to its last, or to what says that it is a way.

    A pattern takes all that stands beside a place; what is no part of its name is read by others.
    """
    first = match.start() if since is None else min(since.start, to.start)
    before = _FROM.search(sentence.text[:first])
    first = first if before is None else before.start()
    cue_first = since is not None and match.start("a") > match.start() and match.end("b") == match.end()
    beside = sentence.text[to.end : match.end("b")].strip()
    last = to.end if beside or match.end("b") == match.end() else match.end()
    return (min(first, match.start()) if cue_first else first), last


def _limit(start: Near, end: Near, span: tuple[int, int]) -> Limit:
    length = float(distances_m(start.lat or 0.0, start.lon or 0.0, [end.lat or 0.0], [end.lon or 0.0])[0])
    way = Near(
        start.name,
        start.name_en,
        start.lat,
        start.lon,
        max(start.accuracy_m, end.accuracy_m),
        radius_m=max(LEAST_DETOUR_M, DETOUR_SHARE * length),
        anchors=(*start.anchors, *end.anchors),
        is_asker=start.is_asker,
        end=end,
    )
    return Limit(LimitKind.NEAR, near=way, start=span[0], end=span[1])


def _at(place: PlaceMatch | None) -> Near | None:
    if place is None or place.lat is None:
        return None
    anchors = () if place.listing_id is None else (place.listing_id,)
    return Near(place.name, place.name_en, place.lat, place.lon, place.accuracy_m or 0.0, anchors=anchors)


def _asker(origin: tuple[float, float] | None) -> Near | None:
    return None if origin is None else Near("", lat=origin[0], lon=origin[1], is_asker=True)
