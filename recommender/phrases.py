"""The phrases that listings use for what they have and are, cut up so that sentences can be held against them."""

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_arrays, save_arrays
from index.listing import Listing
from recommender.detect import is_han
from recommender.query import LimitKind
from recommender.sentence import phrase_units
from recommender.translating import english_names

Rows = NDArray[np.int64]
_NO_ROWS: Rows = np.empty(0, np.int64)

#: What listings have or are, as lists of words.
THINGS = (LimitKind.SUBTYPE, LimitKind.FACILITY, LimitKind.DISH, LimitKind.TAG)
_WORDS = "words.json"
#: Runs inside a listing's own phrase are looked up to this length; longer phrases are prose.
_LONGEST_RUN = 12


class Phrases:
    """The phrases that listings use for one kind of thing: their rows, what they are called, and their units."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {}
        self.labels: dict[str, tuple[str | None, str | None]] = {}
        self.units: dict[str, tuple[str, ...]] = {}
        self._open: dict[str, array[int]] = defaultdict(lambda: array("q"))

    def add(self, row: int, zh: str | None, en: str | None) -> None:
        """Note that a row says something, in one language or both; rows come in their order."""
        for phrase in (zh, en):
            units = phrase_units(phrase) if phrase else ()
            if units:
                key = "".join(units)
                rows = self._open[key]
                if not rows or rows[-1] != row:
                    rows.append(row)
                self.labels.setdefault(key, _ordered(zh, en))
                self.units[key] = units

    def save(self, folder: Path) -> None:
        """Write the phrases into a new folder."""
        keys = list(self.rows)
        ends = np.cumsum([0, *(len(self.rows[key]) for key in keys)], dtype=np.int64)
        save_arrays(folder, rows=np.concatenate([_NO_ROWS, *self.rows.values()]), ends=ends)
        told = [(key, *self.labels[key], self.units[key]) for key in keys]
        (folder / _WORDS).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Phrases":
        """Read what `save` wrote; the rows are mapped."""
        arrays = load_arrays(folder)
        rows, ends = arrays["rows"], arrays["ends"].tolist()
        phrases = cls()
        for at, (key, zh, en, units) in enumerate(json.loads((folder / _WORDS).read_bytes())):
            phrases.rows[key] = rows[ends[at] : ends[at + 1]]
            phrases.labels[key] = zh, en
            phrases.units[key] = tuple(units)
        return phrases

    def close(self) -> None:
        """Make arrays of the rows; nothing is added after that."""
        self.rows = {key: np.asarray(rows, dtype=np.int64) for key, rows in self._open.items()}
        self._open.clear()


def united(parts: Sequence[Rows]) -> Rows:
    """Return the rows that are in any of some arrays, ascending."""
    if len(parts) == 1:
        return parts[0]
    return np.unique(np.concatenate(parts)) if parts else _NO_ROWS


def _ordered(first: str | None, second: str | None) -> tuple[str | None, str | None]:
    """Return (Chinese, English), whatever field they came from."""
    if second is None and first is not None and not any(map(is_han, first)):
        return None, first
    return first, second


def phrases_of(
    listings: Sequence[Listing], called: Callable[[LimitKind, str], str | None] | None = None
) -> dict[LimitKind, Phrases]:
    """Return the phrases of all listings, whose positions are their rows, by kind.

    What kinds and areas are called in English is learnt from the listings, where it is not known (`called`).
    """
    learnt = dict(zip((LimitKind.SUBTYPE, LimitKind.AREA), english_names(listings), strict=True)) if not called else {}
    english = called or (lambda kind, name: learnt[kind].get(name))
    phrases = {kind: Phrases() for kind in (*THINGS, LimitKind.AREA)}
    for row, listing in enumerate(listings):
        phrases[LimitKind.SUBTYPE].add(
            row, listing.subtype, listing.subtype_en or english(LimitKind.SUBTYPE, listing.subtype or "")
        )
        phrases[LimitKind.AREA].add(row, listing.area, listing.area_en or english(LimitKind.AREA, listing.area or ""))
        if listing.metro:
            phrases[LimitKind.FACILITY].add(row, "地铁", "metro")
        for kind, first, second in (
            (LimitKind.FACILITY, listing.facilities, listing.facilities_en),
            (LimitKind.DISH, listing.dishes, listing.dishes_en),
            (LimitKind.TAG, listing.tags, listing.tags_en),
        ):
            for zh, en in _paired(first, second):
                phrases[kind].add(row, zh, en)
    for each in phrases.values():
        each.close()
    return phrases


def _paired(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Pair two lists that say the same in two languages; lists of different lengths are told apart."""
    if len(first) == len(second):
        yield from zip(first, second, strict=True)
        return
    yield from ((zh, None) for zh in first)
    yield from ((None, en) for en in second)


def runs_of(units: Sequence[str]) -> set[str]:
    """Return every run of units inside a phrase, joined, the phrase included."""
    first = units[:_LONGEST_RUN]
    runs = {"".join(first[i:j]) for i in range(len(first)) for j in range(i + 1, len(first) + 1)}
    return runs | {"".join(units)}


def stems_of(key: str, endings: Sequence[str]) -> Iterator[str]:
    """Yield a name without its administrative ending, where that leaves a name."""
    for ending in endings:
        if key.endswith(ending) and len(key) - len(ending) >= (3 if key.isascii() else 2):
            yield key.removesuffix(ending)
            return
