"""Folding and cutting of Chinese and English text, the same for what is stored and for what is asked."""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAN_RUN = re.compile(f"[{_HAN}]+")
_LATIN_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NO_MEANING = (
    "a an and any are as at be by can could do does for from have i i'd i'm in is it it's me my near of on or our "
    "please some that the there this to us want was we what where which with would you your"
)
_NO_MEANING_HAN = "的 了 吗 呢 吧 啊 我 你 想 要 有 在 和 是 也 都 个 一个 请 去 给 哪 哪里 什么 附近 可以"
#: Words that carry no meaning of their own; some are also the initials of many Chinese names.
STOP_WORDS = frozenset(_NO_MEANING.split())
_PARTICLES = frozenset("的了吗呢吧啊")
#: Other ways to write a character, in names of places, that the table of traditional characters lacks.
_VARIANTS = {"邨": "村", "衖": "弄", "嶋": "岛", "濶": "阔", "菓": "果", "粧": "妆", "枱": "台", "盌": "碗"}
_STOP_HAN = frozenset(_NO_MEANING_HAN.split())


class _Folding(dict[int, str]):
    """A table for `str.translate`, filled as characters are met: width, case, accents and traditional forms."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).lower()
        if HAN_RUN.fullmatch(folded):
            folded = _simplified(folded)
        else:
            folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
        self[code] = folded
        return folded


@cache
def _converter(way: str) -> Any:
    from opencc import OpenCC

    return OpenCC(way)


def _simplified(char: str) -> str:
    """Return the simplified form of a character: of a traditional one, a variant, or a Japanese one."""
    char = _VARIANTS.get(char, char)
    simple: str = _converter("t2s").convert(char)
    if simple == char and not _is_simplified(char):
        simple = _converter("t2s").convert(_converter("jp2t").convert(char))
    return simple


def _is_simplified(char: str) -> bool:
    """Whether a character is one of the simplified set (GB 2312); Japanese forms of the set's own are left alone."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return text with width, case, accents and traditional characters made alike, character by character."""
    return text.translate(_FOLDING)


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Fold, and say for each folded character (and the end) which character of `text` it came from."""
    parts, offsets = [], []
    for position, char in enumerate(text):
        part = _FOLDING[ord(char)]
        parts.append(part)
        offsets.extend([position] * len(part))
    offsets.append(len(text))
    return "".join(parts), offsets


def latin_words(folded: str) -> list[str]:
    """Return the words that are not Chinese, in order, without stop words, plurals made singular."""
    found = (word for part in HAN_RUN.split(folded) for word in _LATIN_WORD.findall(part))
    return [_singular(word) for word in found if word not in STOP_WORDS]


def _singular(word: str) -> str:
    if word.endswith("'s"):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):  # noqa: PLR2004 - pies and ties stay
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):  # noqa: PLR2004 - bus stays
        return word[:-1]
    return word


def han_tokens(folded: str) -> list[str]:
    """Return words and bigrams of the Chinese runs; a word of two characters comes once, as both would."""
    import rjieba

    tokens = []
    for run in HAN_RUN.findall(folded):
        words = [word for word in rjieba.cut(run) if word not in _STOP_HAN]
        tokens += words
        pairs = map("".join, pairwise(run))
        tokens += [pair for pair in pairs if pair not in words and _PARTICLES.isdisjoint(pair)]
    return tokens


def tokens(text: str) -> list[str]:
    """Return what is indexed and asked for: Chinese words and bigrams, other words in lower case."""
    folded = fold(text)
    return han_tokens(folded) + latin_words(folded)


def typed_words(text: str) -> list[str]:
    """Return what may be pinyin in a text: its latin words as they stand, each once."""
    words = (word for part in HAN_RUN.split(fold(text)) for word in _LATIN_WORD.findall(part))
    return [word for word in dict.fromkeys(words) if len(word) > 1 and word not in STOP_WORDS]


@lru_cache(maxsize=65_536)
def _syllables_of_word(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word))


def syllables(run: str) -> list[str]:
    """Return how a run of Chinese characters sounds, without tones, a syllable for each.

    The same as pypinyin's `lazy_pinyin`, whose words are looked up once: many names are made of few words.
    """
    from pypinyin.seg.mmseg import seg

    return [syllable for word in seg.cut(run) for syllable in _syllables_of_word(word)]


def pinyin_tokens(name: str) -> list[str]:
    """Return how a Chinese name is typed without tones: in one word, as syllables, and by its initials."""
    made = []
    for run in HAN_RUN.findall(fold(name)):
        spoken = syllables(run)
        made += ["".join(spoken), "".join(syllable[0] for syllable in spoken), *spoken]
    return [token for token in dict.fromkeys(made) if len(token) > 1 and token not in STOP_WORDS]
