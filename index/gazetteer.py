"""Names of places found in a sentence: townships, stations and listings, in either language, the longest first.

A shortened name (`index.name_table` says how) counts wherever it is in full nobody's and in short nobody else's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.listing import Listing
from index.name_table import APOSTROPHES, START, Claims, NameTable, Naming, name_key
from index.places import PlaceFields
from index.text import HAN_RUN, STOP_WORDS, fold_with_offsets

#: The kind of a listing among kinds of places.
LISTING_KIND = "listing"
#: Names that are also what any sentence says. They count only as the whole of it or, in English, with a capital.
_COMMON_WORDS_ZH = "酒吧 茶馆 茶室 民宿 餐厅 餐馆 饭店 酒店 宾馆 旅馆 农家乐 咖啡馆 咖啡厅 公园 花园 景点 景区 博物馆"
_COMMON_WORDS_EN = (
    "place restaurant hotel guesthouse inn hostel bar pub cafe house park garden museum attraction centre"
)
_COMMON_ZH, _COMMON_EN = frozenset(_COMMON_WORDS_ZH.split()), frozenset(_COMMON_WORDS_EN.split())

#: A table of names, and which row each of its rows is here, -1 for one that is gone; None where they are the same.
Layer = tuple[NameTable, NDArray[np.int64] | None]


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


class Gazetteer:
    """The names of a snapshot, from one table or several layers of them. Safe to share between threads.

    `counties` are names of the county itself, as they stand before others; they are asked for only without layers.
    """

    def __init__(
        self,
        places: Sequence[PlaceFields],
        listings: Sequence[Listing],
        counties: Sequence[str] = (),
        layers: Sequence[Layer] | None = None,
    ) -> None:
        self._places = places
        self._listings = listings
        self._layers = [(table_of(places, listings, counties), None)] if layers is None else layers

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
        return self._matches(name_key(name), 0, len(name))

    def _matches(self, words: str, start: int, end: int) -> list[PlaceMatch]:
        key = name_key(words)
        full = self._owners(key, full=True)
        owners = full or self._owners(key, full=False)
        return [self._match(owner, start, end, is_full=bool(full)) for owner in owners]

    def _match(self, owner: int, start: int, end: int, *, is_full: bool) -> PlaceMatch:
        if owner < 0:
            p = self._places[-1 - owner]
            return PlaceMatch(start, end, p.name, p.name_en, p.kind, p.lat, p.lon, p.accuracy_m, None, is_full)
        x = self._listings[owner]
        accuracy = x.coordinates_accuracy_m
        return PlaceMatch(start, end, x.name, x.name_en, LISTING_KIND, x.lat, x.lon, accuracy, x.id, is_full)

    def _owners(self, key: str, *, full: bool) -> list[int]:
        """Return whose name it is, places before listings; in short, only where all of those are called the same."""
        owners: list[int] = []
        called: set[int] = set()
        for table, rows in self._layers:
            claims = _here(table.claims(key, full=full), rows)
            owners += claims.owners.tolist()
            called.update(claims.called.tolist())
        if not full and len(called) != 1:
            return []
        return sorted(owners, key=lambda owner: (owner >= 0, abs(owner)))

    def _spans(self, folded: str) -> Iterator[tuple[int, int]]:
        bounds = _boundaries(folded)
        starts = [start for start in range(len(folded)) if bounds[start]]
        begins = [folded[start : start + START] for start in starts]
        for start, *found in zip(starts, *(table.lengths(begins) for table, _ in self._layers), strict=True):
            for length in set().union(*found):
                end = start + length
                name = folded[start:end]
                if end <= len(folded) and bounds[end] and self._is_name(name):
                    yield start, end

    def _is_name(self, name: str) -> bool:
        if not any(table.has(name) for table, _ in self._layers):
            return False
        return bool(self._owners(name, full=True) or self._owners(name, full=False))


def table_of(places: Sequence[PlaceFields], listings: Sequence[Listing], counties: Sequence[str]) -> NameTable:
    """Return the names of places and listings."""
    naming = Naming(counties)
    name_places(naming, places)
    for row, listing in enumerate(listings):
        naming.add(row, LISTING_KIND, listing.name, listing.name_en)
    return naming.table()


def name_places(naming: Naming, places: Sequence[PlaceFields]) -> None:
    """Add the names of places, which own them by `-1 - n`."""
    for number, place in enumerate(places):
        naming.add(-1 - number, place.kind, place.name, place.name_en)


def _here(claims: Claims, rows: NDArray[np.int64] | None) -> Claims:
    """Return the claims of those who are still here, by their rows here."""
    if rows is None or not len(claims.owners):
        return claims
    is_place = claims.owners < 0
    owners = np.where(is_place, claims.owners, rows[np.maximum(claims.owners, 0)] if len(rows) else -1)
    kept = is_place | (owners >= 0)
    return Claims(owners[kept], claims.called[kept])


def _without_apostrophes(folded: str, offsets: list[int]) -> tuple[str, list[int]]:
    kept = [at for at, char in enumerate(folded) if char not in APOSTROPHES]
    return "".join(folded[at] for at in kept), [*(offsets[at] for at in kept), offsets[-1]]


def _is_common(name: str) -> bool:
    return name in _COMMON_ZH or all(word in STOP_WORDS or word in _COMMON_EN for word in name.split())


def _stands_out(words: str, text: str) -> bool:
    """Whether the words are all that was said, or written as a name: with a capital in each that is not an article."""
    named = [word for word in words.split() if word.lower() not in STOP_WORDS]
    return words == text.strip() or (bool(named) and all(word[0].isupper() for word in named))


def _boundaries(text: str) -> list[bool]:
    """Whether a name may begin or end at each position: not inside a word of a script that sets words apart."""
    inside = list(map(_is_word_char, text))
    return [True, *(not (before and after) for before, after in pairwise(inside)), True] if text else [True]


def _is_word_char(char: str) -> bool:
    return char.isalnum() and not HAN_RUN.match(char)
