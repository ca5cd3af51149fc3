"""What a listing is called for a reader: the first name of an explicit chain that there is, and which one it was.

A reader of Chinese is shown the Chinese name, else the English one; a reader of English the English name, else the
Chinese one in pinyin, which can at least be said to a driver; both, where there is neither, the name as it stands in
its own language. The chains are `CHAINS`; replies carry the name for each reader, and `name` and `name_en` as they are.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from pydantic import BaseModel, Field
from pypinyin import lazy_pinyin

from index.settings import Language
from index.text import HAN_RUN


class Spelling(StrEnum):
    """In which language or script a name is shown; `local` is neither Chinese nor English."""

    CHINESE = "zh"
    ENGLISH = "en"
    PINYIN = "pinyin"
    LOCAL = "local"


#: Which spelling each reader is shown, the first that there is.
CHAINS: Mapping[Language, tuple[Spelling, ...]] = {
    "zh": (Spelling.CHINESE, Spelling.ENGLISH, Spelling.PINYIN, Spelling.LOCAL),
    "en": (Spelling.ENGLISH, Spelling.PINYIN, Spelling.LOCAL),
}


class ShownName(BaseModel):
    """A name as a reader is shown it, and its spelling."""

    text: str = Field(examples=["A Po Zao Tou"])
    spelling: Spelling = Field(examples=[Spelling.PINYIN])


def shown_name(name: str, name_en: str | None, reader: Language) -> ShownName:
    """Return what a listing with these names is called for a reader."""
    spelled = {
        Spelling.CHINESE: name if HAN_RUN.search(name) else None,
        Spelling.ENGLISH: name_en,
        Spelling.PINYIN: in_pinyin(name) if HAN_RUN.search(name) else None,
        Spelling.LOCAL: name,
    }
    return next(ShownName(text=text, spelling=spelling) for spelling in CHAINS[reader] if (text := spelled[spelling]))


def shown_names(name: str, name_en: str | None) -> dict[Language, ShownName]:
    """Return what a listing with these names is called for each reader."""
    return {reader: shown_name(name, name_en, reader) for reader in CHAINS}


@lru_cache(maxsize=20_000)
def in_pinyin(name: str) -> str:
    """Return a name with each Han character as a capitalised syllable without tones: `JW万豪` is `JW Wan Hao`."""
    parts = HAN_RUN.sub(lambda run: f" {' '.join(map(str.capitalize, lazy_pinyin(run.group())))} ", name)
    return " ".join(parts.split())
