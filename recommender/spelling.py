"""Correction of misspelt English words, by the words that a snapshot and the ontology know."""

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

#: Shorter words have too many neighbours.
_SHORTEST = 6
#: The same where something else confirms what was meant.
_SHORTEST_CONFIRMED = 4
#: From this length on a word may have two slips.
_LONG = 9


class Spelling:
    """Finds the one known word that a misspelt one stands for (optimal string alignment: a swap is one slip)."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = {word for word in words if word.isascii() and word.isalpha()}
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= _SHORTEST - 1:
                self._by_start.setdefault(word[0], []).append(word)
        self.corrected = lru_cache(maxsize=20_000)(self._corrected)

    def _corrected(self, word: str) -> str:
        """Return the known word that is meant, or the word itself."""
        if word in self._known or len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            return word
        slips = 2 if len(word) >= _LONG else 1
        best, least, tied = word, slips + 1, False
        for known in self._by_start.get(word[0], ()):
            if abs(len(known) - len(word)) > slips:
                continue
            distance = OSA.distance(word, known, score_cutoff=slips)
            if distance < least:
                best, least, tied = known, distance, False
            elif distance == least:
                tied = True
        return word if tied or least > slips else best


class Neighbours:
    """Finds all known words that a misspelt one may stand for; who asks has another sign of which it is."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = {word for word in words if word.isascii() and word.isalpha()}
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= _SHORTEST_CONFIRMED:
                self._by_start.setdefault(word[0], []).append(word)
        self.of = lru_cache(maxsize=20_000)(self._of)

    def _of(self, word: str) -> tuple[str, ...]:
        """Return the known words one slip away, two in a long word; none for a word that is known."""
        if word in self._known or len(word) < _SHORTEST_CONFIRMED or not (word.isascii() and word.isalpha()):
            return ()
        slips = 2 if len(word) >= _LONG else 1
        near = (known for known in self._by_start.get(word[0], ()) if abs(len(known) - len(word)) <= slips)
        return tuple(known for known in near if OSA.distance(word, known, score_cutoff=slips) <= slips)
