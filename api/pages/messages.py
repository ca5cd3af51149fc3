"""The texts of the pages, in Chinese and English, from one file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index.settings import Language

FILE = Path(__file__).with_name("messages.toml")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text as `{"section.key": {"zh": …, "en": …}}`."""
    sections = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {f"{section}.{key}": texts for section, keys in sections.items() for key, texts in keys.items()}


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts in one language. Calling it with a key gives the text, filled in."""

    language: Language

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text; `n=1` picks the English singular where there is one.

        Raises:
            KeyError: There is no such text: a slip of the program, which a test finds.
        """
        texts = catalogue()[key]
        singular = f"{self.language}_one"
        text = texts[singular] if values.get("n") == 1 and singular in texts else texts[self.language]
        return text.format(**values) if values else text
