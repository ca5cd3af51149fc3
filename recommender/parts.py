"""Parts of what listings say they serve or have, by which people ask for the whole: 牛肉丸 for 手打牛肉丸.

The tail of a Chinese phrase, which says what it is, and any word of a dish's English name stand for all phrases that
contain them, where the data use them for nothing else: "mountain" in "mountain trout" is a sight as well. The head
of a Chinese one may say where it comes from (西湖醋鱼): it is read only where one speaks of eating (`limits.things`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from index.listing import Category, Listing
from recommender.detect import is_han
from recommender.phrases import Phrases, Rows, united
from recommender.query import LimitKind
from recommender.sentence import phrase_units

#: Shorter parts say too little. Of a dish two Chinese characters may be any word (老城风光); people say more of it, or
#: that they want to eat it.
_SHORTEST_HAN = {LimitKind.DISH: 3, LimitKind.FACILITY: 2}
_SHORTEST_WORD = 4
#: A longer part would be the phrase itself, but for a word.
_LONGEST_HAN, _LONGEST_WORDS = 5, 3
#: What begins with these goes on from the word before (可自带酒水).
_NOT_FIRST = frozenset("可有能不自带吃喝点要来想爱做请最很必")
_JOINING = frozenset({"with", "from", "over", "into", "without"})
#: How many phrases may share a part: a dish's name has general parts (牛肉), a facility's must tell it apart.
_MOST_SHARING = {LimitKind.DISH: 1_000, LimitKind.FACILITY: 1}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of phrases, as it is written, and the rows that say one of them."""

    label: str
    rows: Rows


def said_elsewhere(kind: LimitKind, phrases: Phrases, listings: Sequence[Listing]) -> frozenset[str]:
    """Return the parts of a kind's phrases that listings also use for something else."""
    known, _ = _sharing(kind, phrases)
    return frozenset(run for run in _runs_elsewhere(kind, listings) if run in known) if known else frozenset()


def parts_of(
    kind: LimitKind, phrases: Phrases, elsewhere: frozenset[str], general: frozenset[str]
) -> Mapping[str, Part]:
    """Return each part of a kind's phrases that means nothing else, by its key; `general` words stand for nothing.

    `elsewhere` are those that are said of something else, too (`said_elsewhere`).
    """
    sharing, labels = _sharing(kind, phrases)
    return {
        part: Part(labels[part], united([phrases.rows[key] for key in keys]))
        for part, keys in sharing.items()
        if part not in elsewhere and part not in general
    }


def _sharing(kind: LimitKind, phrases: Phrases) -> tuple[Mapping[str, set[str]], Mapping[str, str]]:
    """Return which phrases share a part that may stand for them, and how the part is written."""
    labels: dict[str, str] = {}
    sharing: dict[str, set[str]] = defaultdict(set)
    proper = _proper_words(phrases)
    for key, units in phrases.units.items():
        for part in parts_in(kind, units):
            joined = "".join(part)
            sharing[joined].add(key)
            labels[joined] = joined if is_han(joined[0]) else " ".join(part)
    shared = {
        part: keys
        for part, keys in sharing.items()
        if len(keys) <= _MOST_SHARING[kind] and part not in proper and part not in phrases.rows
    }
    return shared, labels


def parts_in(kind: LimitKind, units: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the parts of a phrase by which it may be asked for."""
    if len(units) < 2:  # noqa: PLR2004 - a single unit has no parts
        return
    if all(is_han(unit) for unit in units):
        lengths = range(_SHORTEST_HAN[kind], min(_LONGEST_HAN, len(units) - 1) + 1)
        yield from (units[-length:] for length in lengths if units[-length] not in _NOT_FIRST)
    elif kind is LimitKind.DISH:
        for length in range(1, min(_LONGEST_WORDS, len(units) - 1) + 1):
            runs = (units[start : start + length] for start in range(len(units) - length + 1))
            yield from (run for run in runs if all(map(_is_word, run)))


def _is_word(unit: str) -> bool:
    return unit.isascii() and unit.isalpha() and len(unit) >= _SHORTEST_WORD and unit not in _JOINING


def _proper_words(phrases: Phrases) -> frozenset[str]:
    """Return the English words written with a capital where phrases begin without one: "Hangzhou noodles"."""
    labels = {english for _, english in phrases.labels.values() if english}
    small = sum(label[0].islower() for label in labels)
    if 2 * small < len(labels):
        return frozenset()
    return frozenset(
        unit for label in labels for word in label.split() if word[0].isupper() for unit in phrase_units(word)
    )


def _runs_elsewhere(kind: LimitKind, listings: Sequence[Listing]) -> Iterator[str]:
    """Yield what could be a part in all that listings say of other things."""
    for text in set(chain.from_iterable(_other_texts(kind, listing) for listing in listings)):
        units = phrase_units(text)
        for start, unit in enumerate(units):
            if not is_han(unit[0]):
                yield unit
                continue
            run = unit
            for other in units[start + 1 : start + _LONGEST_HAN]:
                if not is_han(other[0]):
                    break
                run += other
                yield run


def _other_texts(kind: LimitKind, listing: Listing) -> Iterator[str]:
    fields = [listing.area, listing.area_en, listing.address, listing.address_en, *listing.tags, *listing.tags_en]
    serves = kind is LimitKind.DISH and listing.category == Category.RESTAURANT
    if not serves:
        # What a restaurant is called tells what is eaten there.
        fields += [listing.name, listing.name_en, listing.subtype, listing.subtype_en]
    if kind is LimitKind.DISH:
        fields += [*listing.facilities, *listing.facilities_en]
    else:
        fields += [*listing.dishes, *listing.dishes_en]
    yield from filter(None, fields)
