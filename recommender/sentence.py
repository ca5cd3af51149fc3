"""A tourist's sentence, prepared for reading: one form for all spellings, cut into units, what was read crossed out.

The normalised text has the same length as what was typed, so that every span points at the asker's own words.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache

from index.text import fold

#: Longer texts are read up to here: a limit is in a sentence, not in an essay, and the cost stays bounded.
LONGEST = 600
#: Stands for a character that has been read already; no pattern matches it.
READ = "\x00"

_UNIT = re.compile(
    r"[a-z]+(?:['’][a-z]+)*|\d+|[\u3400-\u4dbf\u4e00-\u9fff\u3005]|[\u3040-\u30ff\uac00-\ud7af]|[^\W\d_]+"
)
_BREAK = re.compile(r"[,，。;；!！?？、\n\r:：]|\.(?:\s|$)")
_S_IS_NOT_PLURAL = ("ss", "us", "is")


@lru_cache(maxsize=20_000)
def _normal_character(character: str) -> str:
    folded = fold(character)
    if len(folded) != 1:
        folded = character.lower() if len(character.lower()) == 1 else " "
    return " " if folded.isspace() or unicodedata.category(folded).startswith("C") else folded


def normalise(text: str) -> str:
    """Fold width, case and traditional characters, one character for one; control characters become blanks."""
    return "".join(map(_normal_character, text))


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """Return an English word without its plural ending and apostrophes; other words as they are."""
    word = word.replace("'", "").replace("’", "")
    if len(word) <= 3 or not word.isascii() or not word.endswith("s") or word.endswith(_S_IS_NOT_PLURAL):  # noqa: PLR2004
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]


@dataclass(frozen=True, slots=True)
class Unit:
    """One Han character, or one word or number. `key` is what is compared; `breaks` says that a clause starts here."""

    key: str
    start: int
    end: int
    breaks: bool


def units_of(normal: str) -> tuple[Unit, ...]:
    """Cut a normalised text into units."""
    units: list[Unit] = []
    last = 0
    for match in _UNIT.finditer(normal):
        breaks = 0 < last < match.start() and _BREAK.search(normal, last, match.start()) is not None
        units.append(Unit(singular(match.group()), match.start(), match.end(), breaks))
        last = match.end()
    return tuple(units)


@lru_cache(maxsize=100_000)
def phrase_units(phrase: str) -> tuple[str, ...]:
    """Return the units of a phrase as they are compared."""
    return tuple(unit.key for unit in units_of(normalise(phrase)))


def phrase_key(phrase: str) -> str:
    """Return the form in which phrases are compared: units joined without blanks and brackets."""
    return "".join(phrase_units(phrase))


@lru_cache(maxsize=256)
def _clauses(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans between punctuation marks; asked many times of one sentence."""
    marks = list(_BREAK.finditer(text))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    return tuple((start, end) for start, end in zip(starts, ends, strict=True) if start < end)


@dataclass(slots=True)
class Sentence:
    """A text under reading. `rest` is the normalised text in which what was read is crossed out."""

    raw: str
    text: str
    units: tuple[Unit, ...]
    rest: str = field(default="")

    @classmethod
    def of(cls, text: str) -> "Sentence":
        """Prepare the first `LONGEST` characters of a text."""
        raw = text[:LONGEST]
        normal = normalise(raw)
        return cls(raw, normal, units_of(normal), normal)

    def unread(self) -> "Sentence":
        """Return the same sentence with nothing crossed out."""
        return replace(self, rest=self.text)

    def take(self, start: int, end: int) -> None:
        """Cross out a span: it has been read."""
        self.rest = self.rest[:start] + READ * (end - start) + self.rest[end:]

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing in a span has been read."""
        return READ not in self.rest[start:end]

    def words(self, start: int, end: int) -> str:
        """Return what the asker typed there."""
        return self.raw[start:end].strip()

    def clause_at(self, position: int) -> tuple[int, int]:
        """Return the clause that holds a position."""
        for start, end in _clauses(self.text):
            if start <= position < end:
                return start, end
        return 0, len(self.text)
