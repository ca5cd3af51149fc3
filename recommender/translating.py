"""What areas and kinds are called in English, learnt from addresses and names where no field says it.

A listing in the documented format has one `area` and one `subtype`, in the local language; the English stands in
`address_en` and `name_en` of the listings of that area or kind, and of few others. So the longest words that nearly all
of them share, and others lack, are its name. Kinds need to be told apart within their category only: a Tibetan
restaurant stays one though there are Tibetan homestays.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from index.listing import Listing

#: Of the listings of an area or kind so many say the words, and so many of those that say them are of it.
_SHARE = 0.8
_FEWEST = 2
_LONGEST_NAME = 3
_PIECE = re.compile(r"[^,;，；/()]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


def english_areas(listings: Sequence[Listing]) -> Mapping[str, str]:
    """Return the English name of areas that no listing gives one, by their local name."""
    return _learnt(listings, lambda one: None if one.area_en else one.area, lambda one: one.address_en, lambda _: "")


def english_kinds(listings: Sequence[Listing]) -> Mapping[str, str]:
    """Return the English name of kinds that no listing gives one, by their local name."""
    return _learnt(
        listings, lambda one: None if one.subtype_en else one.subtype, lambda one: one.name_en, lambda one: one.category
    )


def _learnt(
    listings: Sequence[Listing],
    label: Callable[[Listing], str | None],
    text: Callable[[Listing], str | None],
    groups: Callable[[Listing], str],
) -> Mapping[str, str]:
    said: dict[str, Counter[str]] = defaultdict(Counter)
    everywhere: dict[str, Counter[str]] = defaultdict(Counter)
    among: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    for listing in listings:
        grams = _grams(text(listing) or "")
        group = groups(listing)
        everywhere[group].update(grams)
        name = label(listing)
        if grams and name and not name.isascii():
            sizes[name] += 1
            among[name] = group
            said[name].update(grams)
    names = {}
    for name, counts in said.items():
        fitting = [
            (gram.count(" "), count, gram)
            for gram, count in counts.items()
            if count >= max(_FEWEST, _SHARE * sizes[name]) and count >= _SHARE * everywhere[among[name]][gram]
        ]
        if fitting:
            names[name] = max(fitting)[2]
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
