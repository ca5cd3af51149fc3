"""Completing what is typed: names, areas, kinds, dishes and facilities by prefix, pinyin, initials and one slip.

Every spelling of an entry is a key of one sorted list, so that a prefix is a slice found by two bisections; the best of
a slice are picked by an order worked out beforehand. A slip is looked for by bisecting each way of mending it, so that
it costs by the length of what was typed, not of the list.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np

from index.text import HAN_RUN, fold, syllables
from recommender.detect import is_han

#: Of a longer text only the end is completed.
LONGEST_TYPED = 40
_SHORTEST_SLIP_LATIN, _SHORTEST_SLIP_HAN = 4, 3
#: From this many letters on several words with a slip are rather one name than a sentence.
_LONG_LATIN = 7
#: The end of a sentence is completed from this many letters or characters on.
_SHORTEST_END_LATIN, _SHORTEST_END_HAN = 3, 2
#: How many keys of a slice are looked at first, for each suggestion that is wanted.
_SPARE = 4
#: Of so many suggestions one is a listing's name, where as many match.
_SHARE_OF_NAMES = 3
#: Sorts behind every character.
_LAST = "\U0010ffff"
_WORD = re.compile(r"[^\W_]+")


class EntryKind(StrEnum):
    """What is suggested, in the order in which equals stand."""

    KIND = "kind"
    AREA = "area"
    PLACE = "place"
    DISH = "dish"
    FACILITY = "facility"
    TAG = "tag"
    LISTING = "listing"


_KIND_ORDER = {kind: place for place, kind in enumerate(EntryKind)}


class Grade(IntEnum):
    """How well what was typed matches a spelling; the least is the best."""

    WHOLE = 0
    NAME = 1
    PINYIN_WHOLE = 2
    INNER_WHOLE = 3
    INNER = 4
    PINYIN = 5
    INITIALS = 6
    SOUND = 7
    SLIP = 8


#: Where only the end of a text is completed, what merely contains it is left out.
_GRADES_OF_ENDS = (Grade.NAME, Grade.PINYIN_WHOLE, Grade.PINYIN)
#: Typed to its end, a spelling counts for more than one that goes on.
_GRADE_OF_WHOLE = {Grade.NAME: Grade.WHOLE, Grade.PINYIN: Grade.PINYIN_WHOLE}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to suggest. `count` listings have it (1 for a listing itself); `also` are other words for it.

    `name` is the local name, `name_en` the English one; one of them may be missing, not both.
    """

    kind: EntryKind
    name: str | None
    name_en: str | None
    count: int = 1
    listing_id: str | None = None
    also: tuple[str, ...] = ()

    def named(self, *, english: bool) -> str:
        """Return its name in a language, in the other one where there is none."""
        return (self.name_en or self.name if english else self.name or self.name_en) or ""


@dataclass(frozen=True, slots=True)
class Completion:
    """An entry that fits, and the whole text as it reads when it is chosen: from `start` on it is new."""

    entry: Entry
    grade: Grade
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class _Spelling:
    key: str
    grade: Grade
    english: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    grade: Grade
    standing: int
    english: bool


class Completer:
    """Completes over one set of entries; built once for a snapshot, safe to share between threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(entries, key=_standing)
        rows = [
            (spelling.key, spelling.grade, standing, spelling.english)
            for standing, entry in enumerate(self.entries)
            for spelling in _spellings(entry)
        ]
        rows.sort()
        self._keys = [key for key, *_ in rows]
        self._standings = np.asarray([standing for _, _, standing, _ in rows], dtype=np.int64)
        self._english = np.asarray([english for *_, english in rows], dtype=np.bool_)
        grades = np.asarray([grade for _, grade, *_ in rows], dtype=np.int64)
        is_listing = np.asarray([entry.listing_id is not None for entry in self.entries], dtype=np.bool_)
        self._is_listing = is_listing[self._standings]
        self._order = grades * len(self.entries) + self._standings

    def complete(self, text: str, limit: int, hidden: frozenset[str] = frozenset()) -> list[Completion]:
        """Return at most `limit` completions of a text, the best first; listings in `hidden` are left out.

        The whole text is completed where anything begins so, else its end, so that sentences can be completed too.
        """
        key = typed_key(text)
        if not key:
            return []
        is_short = len(text) <= LONGEST_TYPED
        found = self._found(self._direct(key), limit, hidden) if is_short else []
        if not found and is_short and " " in text.strip() and len(key) >= _LONG_LATIN and key.isascii():
            # So much of one name is sure in spite of a slip; its last word alone may be anything ("helo kit").
            found = self._found(self._alike(key), limit, hidden)
        if not found:
            for start, end in _ends(text):
                ends = self._found(self._direct(end), limit, hidden)
                if ends := [hit for hit in ends if hit.grade in _GRADES_OF_ENDS]:
                    return self._completions(text, start, ends)
            # Other characters of the same sound, and slips, only where nothing is spelt as typed.
            found = self._found(self._alike(key), limit, hidden) if is_short else []
        return self._completions(text, 0, found)

    def _direct(self, key: str) -> list[tuple[int, int, Grade]]:
        """Return the slices of keys that are what was typed, and that go on after it."""
        low, high = self._slice(key)
        whole = bisect_right(self._keys, key, low, high)
        return [(low, whole, Grade.WHOLE), (whole, high, Grade.NAME)]

    def _alike(self, key: str) -> Iterator[tuple[int, int, Grade]]:
        """Yield slices of keys that sound like what was typed, or are one slip away."""
        sound = sounded(key)
        if sound != key and len(key) > 1:
            yield (*self._slice(sound), Grade.SOUND)
        shortest = _SHORTEST_SLIP_HAN if is_han(key[0]) else _SHORTEST_SLIP_LATIN
        if len(key) >= shortest:
            for mended in self._mended(key):
                low, high = self._slice(mended)
                if low < high:
                    yield low, high, Grade.SLIP

    def _mended(self, key: str) -> Iterator[str]:
        """Yield each prefix that exists with one character left out, put in, changed, or swapped with the next."""
        # The first Chinese character is taken as meant: thousands could stand there.
        for at in range(1 if is_han(key[0]) else 0, len(key)):
            head, tail = key[:at], key[at:]
            yield head + tail[1:]
            if len(tail) == 1:
                continue
            yield head + tail[1] + tail[0] + tail[2:]
            for char in self._followers(head, latin=not is_han(key[0])):
                if char != tail[0]:
                    yield head + char + tail[1:]
                    yield head + char + tail

    def _followers(self, head: str, *, latin: bool) -> Iterator[str]:
        """Yield the characters that follow a prefix in any key."""
        low, high = self._slice(head)
        while low < high:
            key = self._keys[low]
            if len(key) == len(head):
                low += 1
                continue
            char = key[len(head)]
            if latin and not char.isascii():
                return
            yield char
            low = bisect_left(self._keys, head + char + _LAST, low, high)

    def _slice(self, prefix: str) -> tuple[int, int]:
        low = bisect_left(self._keys, prefix)
        return low, bisect_left(self._keys, prefix + _LAST, low)

    def _found(self, slices: Iterable[tuple[int, int, Grade]], limit: int, hidden: frozenset[str]) -> list[_Hit]:
        """Return the best of some slices, each entry once; a slice's grade is the best that its entries can have."""
        best: dict[int, _Hit] = {}
        for low, high, grade in slices:
            for at in self._best(low, high, limit, hidden):
                hit = self._hit(at, grade)
                known = best.get(hit.standing)
                if known is None or hit.grade < known.grade:
                    best[hit.standing] = hit
        return self._with_names(sorted(best.values(), key=lambda hit: (hit.grade, hit.standing)), limit)

    def _with_names(self, hits: Sequence[_Hit], limit: int) -> list[_Hit]:
        """Cut to `limit`, a third of which is kept for the names of listings that match as well.

        A name is one listing's and would else always stand behind what many listings have.
        """
        if len(hits) <= limit:
            return list(hits)
        last = hits[limit - 1].grade
        names = [hit for hit in hits if self._is_name(hit) and hit.grade <= last]
        words = [hit for hit in hits if not self._is_name(hit)]
        shown = words[: limit - min(len(names), limit // _SHARE_OF_NAMES)]
        shown += names[: limit - len(shown)]
        return sorted(shown, key=lambda hit: (hit.grade, hit.standing))

    def _is_name(self, hit: _Hit) -> bool:
        return self.entries[hit.standing].listing_id is not None

    def _best(self, low: int, high: int, limit: int, hidden: frozenset[str]) -> Iterator[int]:
        """Yield the keys of at least the best `limit` listings and the best `limit` other entries of a slice."""
        is_listing = self._is_listing[low:high]
        for group in (low + np.flatnonzero(is_listing), low + np.flatnonzero(~is_listing)):
            order, wanted = self._order[group], limit * _SPARE
            while True:
                few = group if len(group) <= wanted else group[np.argpartition(order, wanted)[:wanted]]
                shown = [at for at in few.tolist() if self._entry(at).listing_id not in hidden]
                if len(few) == len(group) or len({int(self._standings[at]) for at in shown}) >= limit:
                    break
                wanted *= _SPARE
            yield from shown

    def _entry(self, at: int) -> Entry:
        return self.entries[int(self._standings[at])]

    def _hit(self, at: int, grade: Grade) -> _Hit:
        standing = int(self._standings[at])
        own = Grade(int(self._order[at]) // len(self.entries))
        grade = _GRADE_OF_WHOLE.get(own, Grade.INNER_WHOLE) if grade is Grade.WHOLE else max(own, grade)
        return _Hit(grade, standing, bool(self._english[at]) and grade is not Grade.SOUND)

    def _completions(self, text: str, start: int, hits: Sequence[_Hit]) -> list[Completion]:
        entries = [(hit, self.entries[hit.standing]) for hit in hits]
        return [
            Completion(entry, hit.grade, start, text[:start] + entry.named(english=hit.english))
            for hit, entry in entries
        ]


def _standing(entry: Entry) -> tuple[int, int, int, str, str]:
    """Return where an entry stands among those that match as well: what more listings have comes first."""
    name = entry.named(english=False)
    return -entry.count, _KIND_ORDER[entry.kind], len(name), typed_key(name), entry.listing_id or ""


def typed_key(text: str) -> str:
    """Return the form in which typed text and names are compared: folded letters, digits and characters, joined."""
    return "".join(_WORD.findall(fold(text)))


def sounded(key: str) -> str:
    """Return a key with its Chinese characters in pinyin."""
    return HAN_RUN.sub(lambda run: "".join(syllables(run.group())), key)


def _spellings(entry: Entry) -> Iterator[_Spelling]:
    """Yield the keys under which an entry is found, each once, with the best grade it has."""
    best: dict[str, _Spelling] = {}
    named = [(entry.name, False, True), (entry.name_en, True, True)]
    for name, english, is_own in (*named, *((word, not _has_han(word), False) for word in entry.also)):
        for key, grade in _keys_of(name, is_own=is_own) if name else ():
            if key and (key not in best or grade < best[key].grade):
                best[key] = _Spelling(key, grade, english)
    yield from best.values()


def _keys_of(name: str, *, is_own: bool) -> Iterator[tuple[str, Grade]]:
    words = [word for part in _WORD.findall(fold(name)) for word in _by_script(part)]
    key = "".join(words)
    if not is_own:
        yield key, Grade.INNER
        return
    yield key, Grade.NAME
    at = 0
    for word in words:
        if HAN_RUN.match(word):
            # A single last character says too little.
            for inner in range(at or 1, at + len(word) - 1):
                yield key[inner:], Grade.INNER
        elif at:
            yield key[at:], Grade.INNER
        at += len(word)
    if _has_han(key):
        spoken = [part for word in words for part in (syllables(word) if HAN_RUN.match(word) else [word])]
        yield "".join(spoken), Grade.PINYIN
        yield "".join(part[0] for part in spoken), Grade.INITIALS


def _by_script(word: str) -> list[str]:
    return [part for part in re.split(f"({HAN_RUN.pattern})", word) if part]


def _has_han(text: str) -> bool:
    return any(map(is_han, text))


def _ends(text: str) -> Iterator[tuple[int, str]]:
    """Yield the ends of a text that may be the beginning of something, the longest first, with their keys."""
    cut = text[-LONGEST_TYPED:]
    offset = len(text) - len(cut)
    for at in range(1, len(cut)):
        begins_word = cut[at].isalnum() and not (cut[at - 1].isalnum() and not (is_han(cut[at - 1]) or is_han(cut[at])))
        key = typed_key(cut[at:]) if begins_word else ""
        if key and len(key) >= (_SHORTEST_END_HAN if is_han(key[0]) else _SHORTEST_END_LATIN):
            yield offset + at, key
