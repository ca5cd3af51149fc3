"""Names of places found in a sentence: townships, stations and listings, in either language, the longest first.

A name is also known without its type (天荒坪镇 as 天荒坪, "Meixi Town" as "Meixi"), without the county before it and
without the branch in brackets behind it, wherever that leaves a name that is nobody else's.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.listing import Listing
from index.places import PlaceFields
from index.text import HAN_RUN, STOP_WORDS, fold, fold_with_offsets

_BRANCH = re.compile(r"[(\[【（].*?[)\]】）]\s*$")
_THE = re.compile(r"^the\s+")
_TYPES_ZH = ("街道办事处", "街道", "开发区", "度假区", "镇", "乡", "村")
_TYPES_EN = ("subdistrict", "township", "town", "village", "county")
_LISTING = "listing"
#: A shortened name must be this long to stand for its place.
_MIN_HAN, _MIN_LATIN = 2, 4
_SPACES = re.compile(r"\s+")
_APOSTROPHES = "'’‘`´"
#: Names that are also what any sentence says. They count only as the whole of it or, in English, with a capital.
_COMMON_WORDS_ZH = "酒吧 茶馆 茶室 民宿 餐厅 餐馆 饭店 酒店 宾馆 旅馆 农家乐 咖啡馆 咖啡厅 公园 花园 景点 景区 博物馆"
_COMMON_WORDS_EN = (
    "place restaurant hotel guesthouse inn hostel bar pub cafe house park garden museum attraction centre"
)
_COMMON_ZH, _COMMON_EN = frozenset(_COMMON_WORDS_ZH.split()), frozenset(_COMMON_WORDS_EN.split())


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A named place in a sentence: `text[start:end]`.

    `kind` is the place's own, or `listing`, and then `listing_id` says which. Degrees are WGS 84, None where a listing
    has no coordinates; `accuracy_m` is None when exact. `is_full` is false for a name that was shortened.
    """

    start: int
    end: int
    name: str
    name_en: str | None
    kind: str
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    listing_id: str | None
    is_full: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    name_en: str | None
    kind: str
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    listing_id: str | None = None


class Gazetteer:
    """The names of a snapshot. `counties` are names of the county itself, as they stand before others."""

    def __init__(
        self, places: Iterable[PlaceFields], listings: Iterable[Listing], counties: Sequence[str] = ()
    ) -> None:
        entries = [_Entry(p.name, p.name_en, p.kind, p.lat, p.lon, p.accuracy_m) for p in places]
        entries += [_Entry(x.name, x.name_en, _LISTING, x.lat, x.lon, x.coordinates_accuracy_m, x.id) for x in listings]
        prefixes = tuple(fold(county) for county in counties)
        self._full: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            for name in {_key(name) for name in (entry.name, entry.name_en) if name} - {""}:
                self._full[name].append(entry)
        self._short = self._shortened(entries, prefixes)
        self._lengths = _lengths_by_start([*self._full, *self._short])

    def find(self, text: str) -> list[PlaceMatch]:
        """Return the places that a sentence names, longest name first; names inside a longer one are left out.

        Several places of the same name come one after the other, places before listings.
        """
        folded, offsets = _without_apostrophes(*fold_with_offsets(text))
        taken = [False] * len(folded)
        found: list[PlaceMatch] = []
        for start, end in sorted(self._spans(folded), key=lambda span: (span[0] - span[1], span[0])):
            words = text[offsets[start] : offsets[end - 1] + 1]
            if any(taken[start:end]) or (_is_common(folded[start:end]) and not _stands_out(words, text)):
                continue
            taken[start:end] = [True] * (end - start)
            found += self._matches(folded[start:end], offsets[start], offsets[end - 1] + 1)
        return found

    def named(self, name: str) -> list[PlaceMatch]:
        """Return the places that are called exactly this."""
        return self._matches(_key(name), 0, len(name))

    def _matches(self, words: str, start: int, end: int) -> list[PlaceMatch]:
        key = _key(words)
        full = self._full.get(key, [])
        entries = full or self._short.get(key, [])
        return [
            PlaceMatch(start, end, e.name, e.name_en, e.kind, e.lat, e.lon, e.accuracy_m, e.listing_id, bool(full))
            for e in entries
        ]

    def _spans(self, folded: str) -> Iterator[tuple[int, int]]:
        for start in range(len(folded)):
            if not _is_boundary(folded, start):
                continue
            for length in self._lengths.get(folded[start : start + 2], ()):
                end = start + length
                name = folded[start:end]
                if end <= len(folded) and _is_boundary(folded, end) and (name in self._full or name in self._short):
                    yield start, end

    def _shortened(self, entries: Sequence[_Entry], counties: tuple[str, ...]) -> dict[str, list[_Entry]]:
        claims: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            names = (entry.name, entry.name_en or "")
            for short in {short for name in names for short in _shorter(name, counties)}:
                if short not in self._full and _is_long_enough(short):
                    claims[short].append(entry)
        return {
            name: claimants
            for name, claimants in claims.items()
            if len({(claimant.kind, claimant.name) for claimant in claimants}) == 1
        }


def _key(name: str) -> str:
    folded = "".join(char for char in fold(name) if char not in _APOSTROPHES)
    return _SPACES.sub(" ", folded).strip()


def _without_apostrophes(folded: str, offsets: list[int]) -> tuple[str, list[int]]:
    kept = [at for at, char in enumerate(folded) if char not in _APOSTROPHES]
    return "".join(folded[at] for at in kept), [*(offsets[at] for at in kept), offsets[-1]]


def _is_common(name: str) -> bool:
    return name in _COMMON_ZH or all(word in STOP_WORDS or word in _COMMON_EN for word in name.split())


def _stands_out(words: str, text: str) -> bool:
    """Whether the words are all that was said, or written as a name: with a capital in each that is not an article."""
    named = [word for word in words.split() if word.lower() not in STOP_WORDS]
    return words == text.strip() or (bool(named) and all(word[0].isupper() for word in named))


def _shorter(name: str, counties: tuple[str, ...]) -> Iterator[str]:
    """Yield a name without its branch, article, county or type."""
    key = _key(name)
    base = _THE.sub("", _BRANCH.sub("", key)).strip()
    for county in ("", *counties):
        local = base.removeprefix(county).lstrip(" ") if county else base
        yield local
        for kind in (*_TYPES_ZH, *(f" {kind}" for kind in _TYPES_EN)):
            if local.endswith(kind):
                yield local.removesuffix(kind).strip()
                break


def _is_long_enough(name: str) -> bool:
    if HAN_RUN.search(name):
        return len(name) >= _MIN_HAN
    return len(name) >= _MIN_LATIN


def _is_boundary(text: str, at: int) -> bool:
    """Whether a name may begin or end here: not inside a word of a script that sets words apart."""
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    return not (_is_word_char(before) and _is_word_char(after))


def _is_word_char(char: str) -> bool:
    return char.isalnum() and not HAN_RUN.match(char)


def _lengths_by_start(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the lengths of the names that begin with the same two characters, longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for name in names:
        lengths[name[:2]].add(len(name))
    return {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()}
