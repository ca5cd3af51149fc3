"""A sentence in a language that is not read: said to the asker, so that they know what the answer goes by.

Chinese and English are read. Other scripts are told by their letters, other languages in Latin letters by their small
words. What was understood nevertheless (a name, 日本料理 in a Japanese sentence) does not count as strange.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from index.settings import Language
from recommender.detect import is_han
from recommender.query import Limit
from recommender.sentence import Sentence

#: What a sentence that is not read is in; `other` for every language that is not told from the rest.
Foreign = Literal["ja", "ko", "other"]
_FILE = Path(__file__).parent / "ontology" / "languages.toml"
_KANA, _HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]")
_LATIN_WORD = re.compile(r"[a-z]+")
#: A の or a single Greek letter is decoration; from this many letters, and this share of all, it is a language.
_FEWEST, _SHARE = 2, 0.25
_NAMES = {"ja": ("日语", "Japanese"), "ko": ("韩语", "Korean")}


def foreign_language(sentence: Sentence, limits: Sequence[Limit]) -> Foreign | None:
    """Return the language that a sentence is in when it is neither of the two that are read."""
    text = list(sentence.text)
    for limit in limits:
        text[limit.start : limit.end] = " " * (limit.end - limit.start)
    left = "".join(text)
    if left.isascii():
        return "other" if _has_foreign_words(left) else None
    letters = [character for character in left if character.isalpha()]
    strange = [character for character in letters if not (is_han(character) or _is_latin(character))]
    if len(strange) < _FEWEST or len(strange) < _SHARE * len(letters):
        return "other" if _has_foreign_words(left) else None
    if any(map(_KANA.match, strange)):
        return "ja"
    return "ko" if any(map(_HANGUL.match, strange)) else "other"


def foreign_note(foreign: Foreign, language: Language, *, understood: bool) -> str:
    """Return the note on a sentence that is not read, in both languages: who asks may read either, or neither well."""
    zh_name, en_name = _NAMES.get(foreign, ("另一种语言", "another language"))
    zh = f"这句话像是{zh_name}。目前只读得懂中文和英文，"
    zh += "以上面读懂的部分为准，其余按意思猜" if understood else "没有读懂其中的条件，结果只是按意思猜的"
    en = f"this looks like {en_name}; only Chinese and English are read, "
    en += "so the limits above are all that was understood" if understood else "so the results are only a guess"
    return f"{zh} / {en}" if language == "zh" else f"{en} / {zh}"


def _is_latin(character: str) -> bool:
    return character <= "\u024f" or "\u1e00" <= character <= "\u1eff"


def _has_foreign_words(text: str) -> bool:
    """Whether two small words of one other language are said, and more of them than English ones."""
    said = set(_LATIN_WORD.findall(text))
    english, others = _small_words()
    most = max(len(said & words) for words in others)
    return most >= _FEWEST and most > len(said & english)


@cache
def _small_words() -> tuple[frozenset[str], tuple[frozenset[str], ...]]:
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return frozenset(table["english"]), tuple(frozenset(words) for words in table["words"].values())
