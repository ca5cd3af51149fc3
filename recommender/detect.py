"""Which of the two languages a sentence is in."""

import re

from index.settings import Language

#: One Han character says about as much as this many letters.
_LETTERS_A_HAN = 3
_HAN, _LATIN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")


def is_han(character: str) -> bool:
    """Whether a character is Chinese writing (the unified ideographs and extension A)."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


def language_of(text: str) -> Language | None:
    """Return the language of a text, None when it has no letters of either.

    A Chinese sentence with an English name in it is Chinese, and an English one with a Chinese name is English.
    """
    sample = text[:2000]
    han = 0 if sample.isascii() else len(_HAN.findall(sample))
    latin = len(_LATIN.findall(sample))
    if not han and not latin:
        return None
    return "zh" if han * _LETTERS_A_HAN >= latin else "en"
