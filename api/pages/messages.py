"""The texts of the pages, in Chinese and English, from the files `messages*.toml`; a section is in one of them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index.settings import Language

FILES = sorted(Path(__file__).parent.glob("messages*.toml"))


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text as `{"section.key": {"zh": …, "en": …}}`."""
    return {
        f"{section}.{key}": texts
        for file in FILES
        for section, keys in tomllib.loads(file.read_text(encoding="utf-8")).items()
        for key, texts in keys.items()
    }


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
