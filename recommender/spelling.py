"""Correction of misspelt English words, by the words that a snapshot and the ontology know."""

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

#: Shorter words have too many neighbours.
_SHORTEST = 6
#: The same where something else confirms what was meant.
_SHORTEST_CONFIRMED = 4
#: From this length on a word may have two slips.
_LONG = 9


class Spelling:
    """Finds the one known word that a misspelt one stands for (optimal string alignment: a swap is one slip)."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = _Words(words, _SHORTEST - 1)
        self.corrected = lru_cache(maxsize=20_000)(self._corrected)

    def __contains__(self, word: str) -> bool:
        """Whether a word is known."""
        return word in self._words.known

    def with_words(self, words: Iterable[str]) -> "Spelling":
        """Return what corrects by further words, too; this one where all are known."""
        new = {word for word in words if word.isascii() and word.isalpha()} - self._words.known
        return Spelling(self._words.known | new) if new else self

    def _corrected(self, word: str) -> str:
        """Return the known word that is meant, or the word itself."""
        if word in self._words.known or len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            return word
        nearest = self._words.near(word, most=2)
        if not nearest or (len(nearest) > 1 and nearest[0][1] == nearest[1][1]):
            return word
        return nearest[0][0]


class Neighbours:
    """Finds all known words that a misspelt one may stand for; who asks has another sign of which it is."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = _Words(words, _SHORTEST_CONFIRMED)
        self.of = lru_cache(maxsize=20_000)(self._of)

    def _of(self, word: str) -> tuple[str, ...]:
        """Return the known words one slip away, two in a long word; none for a word that is known."""
        if word in self._words.known or len(word) < _SHORTEST_CONFIRMED or not (word.isascii() and word.isalpha()):
            return ()
        return tuple(sorted(known for known, _ in self._words.near(word, most=None)))


class _Words:
    """Known words, by their first letter and length: a slip is never in the first letter."""

    def __init__(self, words: Iterable[str], shortest: int) -> None:
        self.known = frozenset(word for word in words if word.isascii() and word.isalpha())
        self._alike: dict[tuple[str, int], list[str]] = {}
        for word in sorted(self.known):
            if len(word) >= shortest:
                self._alike.setdefault((word[0], len(word)), []).append(word)

    def near(self, word: str, most: int | None) -> list[tuple[str, int]]:
        """Return known words within the slips that a word may have, and how many each is away, the nearest first."""
        slips = 2 if len(word) >= _LONG else 1
        lengths = range(len(word) - slips, len(word) + slips + 1)
        alike = [known for length in lengths for known in self._alike.get((word[0], length), ())]
        found = extract(word, alike, scorer=OSA.distance, score_cutoff=slips, limit=most)
        return [(known, int(distance)) for known, distance, _ in found]
