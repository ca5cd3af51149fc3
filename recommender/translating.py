"""What areas and kinds are called in English, learnt from addresses and names where no field says it.

A listing in the documented format has one `area` and one `subtype`, in the local language; the English stands in
`address_en` and `name_en` of the listings of that area or kind, and of few others. So the longest words that nearly all
of them share, and others lack, are its name. Kinds need to be told apart within their category only: a Tibetan
restaurant stays one though there are Tibetan homestays.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from index.listing import Listing

#: Of the listings of an area or kind so many say the words, and so many of those that say them are of it.
_SHARE = 0.8
_FEWEST = 2
_LONGEST_NAME = 3
_PIECE = re.compile(r"[^,;，；/()]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


def english_areas(listings: Iterable[Listing]) -> Mapping[str, str]:
    """Return the English name of areas that no listing gives one, by their local name."""
    return english_names(listings)[1]


def english_kinds(listings: Iterable[Listing]) -> Mapping[str, str]:
    """Return the English name of kinds that no listing gives one, by their local name."""
    return english_names(listings)[0]


def english_names(listings: Iterable[Listing]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the English names of kinds and of areas that no listing gives one, by their local names."""
    kinds, areas = _Learning(), _Learning()
    for one in listings:
        kinds.add(None if one.subtype_en else one.subtype, one.name_en, one.category)
        areas.add(None if one.area_en else one.area, one.address_en, "")
    return kinds.names(), areas.names()


class _Learning:
    """Learns what labels are called in texts; labels of a group need to be told apart within it only."""

    def __init__(self) -> None:
        self._said: dict[str, Counter[str]] = defaultdict(Counter)
        self._everywhere: dict[str, Counter[str]] = defaultdict(Counter)
        self._among: dict[str, str] = {}
        self._sizes: Counter[str] = Counter()

    def add(self, label: str | None, text: str | None, group: str) -> None:
        """Note that a text stands beside a label, or beside none."""
        grams = _grams(text or "")
        self._everywhere[group].update(grams)
        if grams and label and not label.isascii():
            self._sizes[label] += 1
            self._among[label] = group
            self._said[label].update(grams)

    def names(self) -> Mapping[str, str]:
        """Return what each label is called, where that is clear."""
        names = {}
        for label, counts in self._said.items():
            everywhere, least = self._everywhere[self._among[label]], _SHARE * self._sizes[label]
            fitting = [
                (gram.count(" "), count, gram)
                for gram, count in counts.items()
                if count >= max(_FEWEST, least) and count >= _SHARE * everywhere[gram]
            ]
            if fitting:
                names[label] = max(fitting)[2]
        return names


def _grams(text: str) -> set[str]:
    """Return the runs of up to three words between commas."""
    grams = set()
    for piece in _PIECE.findall(text):
        words = _WORD.findall(piece)
        grams |= {
            " ".join(words[start : start + length])
            for length in range(1, _LONGEST_NAME + 1)
            for start in range(len(words) - length + 1)
        }
    return grams
