"""Numbers in a sentence: digits, Chinese numerals (两百五, 一千二, 半) and English words (a couple of, twenty-five)."""

import re
from dataclasses import dataclass

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = 10_000
#: No price, distance or length of time is larger; more digits are a telephone number, or noise.
_LARGEST = 1e9

_ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORD = "|".join(sorted([*_ONES, *_TENS], key=len, reverse=True))
_SMALL = rf"(?:{_WORD})(?:[\s-](?:{_WORD}))?"
#: What follows "two hundred and": "four thousand and six thousand" are two numbers.
_REST = rf"(?:\s+(?:and\s+)?{_SMALL}(?!\s+(?:hundred|thousand)))?"
_HUNDREDS = rf"(?:an?|{_SMALL})\s+hundred{_REST}"
_THOUSANDS = rf"(?:an?|{_SMALL})\s+thousand(?:\s+(?:and\s+)?{_HUNDREDS}|{_REST})"
_NUMBER = re.compile(
    r"(?<!第)(?P<digits>\d{1,3}(?:,\d{3})+(?![\d])|\d+(?:\.\d+)?)(?P<scale>\s?(?:万|千|百|k\b))?"
    r"|(?P<pair>(?<![零一二两三四五六七八九十百千第])(?:一[两二]|[两二]三|三四|三五|四五|五六|六七|七八|八九)"
    r"(?P<pairscale>[十百千万])?(?=[个小天块元公分一每以左上之的]|$|[^\u4e00-\u9fff]))"
    r"|(?P<alone>(?<![零一二两三四五六七八九十百千几数上成])[百千](?=元|块|来[块元]))"
    r"|(?<!第)(?P<han>[零〇一二两三四五六七八九十百千万]+(?:点[零一二三四五六七八九]+)?半?|半)"
    rf"|\b(?P<english>{_THOUSANDS}|{_HUNDREDS}|{_SMALL})\b"
    r"|\b(?P<note>(?:a\s+)?(?:fiver|tenner))\b"
    r"|\b(?P<couple>a\s+couple(?:\s+of)?|a\s+few|half\s+an?|an?\s+half)(?:\s+(?P<couplescale>hundred|thousand))?\b"
    r"|\b(?P<one>an?)(?=\s+(?:(?:whole|full|entire)\s+)?(?:hour|day|kilomet|mile))"
)
_COUPLE = {"couple": 2.0, "few": 3.0, "half": 0.5}
_SCALE_OF_PAIR = {None: 1.0, "十": 10.0, "百": 100.0, "千": 1_000.0, "万": 10_000.0}
_SCALE = {"万": 10_000.0, "千": 1_000.0, "百": 100.0, "k": 1_000.0}


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it stands."""

    value: float
    start: int
    end: int


def numbers_in(text: str) -> list[Number]:
    """Return the numbers of a normalised text from left to right."""
    found = []
    for match in _NUMBER.finditer(text):
        if match["pair"]:
            # 两三个小时: two numbers, with nothing between.
            low, high = (_DIGITS[digit] * _SCALE_OF_PAIR[match["pairscale"]] for digit in match["pair"][:2])
            middle = match.start() + 1
            found += [Number(low, match.start(), middle), Number(high, middle, match.end())]
            continue
        value = _value(match)
        if value is not None and value <= _LARGEST:
            found.append(Number(value, match.start(), match.end()))
    return found


def _value(match: re.Match[str]) -> float | None:
    if match["digits"]:
        plain = float(match["digits"].replace(",", ""))
        return plain * _SCALE[match["scale"].strip()] if match["scale"] else plain
    if match["han"]:
        return chinese_value(match["han"])
    if match["english"]:
        return _english_value(match["english"])
    if match["one"]:
        return 1.0
    if match["note"] or match["alone"]:
        return {"百": 100.0, "千": 1000.0}.get(match["alone"]) or (5.0 if "fiver" in match["note"] else 10.0)
    scale = {"hundred": 100.0, "thousand": 1000.0}.get(match["couplescale"], 1.0)
    return next(value for word, value in _COUPLE.items() if word in match["couple"]) * scale


def chinese_value(text: str) -> float | None:
    """Return the value of a Chinese numeral, None when it is none (a lone 百 or 千 belongs to a word).

    A last digit after 百 or 千 counts in the next lower scale, as in speech: 两百五 is 250, 一千二 is 1200.
    """
    if text == "半":
        return 0.5
    half = 0.5 if text.endswith("半") else 0.0
    whole, _, decimals = text.removesuffix("半").partition("点")
    if whole[0] in "百千万":
        return None
    if len(whole) > 1 and all(character in _DIGITS for character in whole):
        # 一二 is "one or two", 二〇 a spelt-out number: neither is safe to add up.
        return float("".join(str(_DIGITS[character]) for character in whole)) if "〇" in whole else None
    total, section, digit, scale = 0.0, 0.0, 0.0, 1
    for character in whole:
        if character in _DIGITS:
            digit = _DIGITS[character]
            scale = 1 if character in "零〇" else scale
        elif character == "万":
            total += (section + digit) * _MYRIAD
            section, digit, scale = 0.0, 0.0, _MYRIAD
        else:
            scale = _SCALES[character]
            section += (digit or 1) * scale
            digit = 0.0
    spoken = scale // 10 if scale > 10 and digit else 1  # noqa: PLR2004
    value = total + section + digit * spoken
    return value + (float("0." + "".join(str(_DIGITS[c]) for c in decimals)) if decimals else 0.0) + half


def _english_value(text: str) -> float:
    thousands, value = 0.0, 0.0
    for word in re.split(r"[\s-]+", text):
        if word == "thousand":
            thousands, value = (value or 1.0) * 1000, 0.0
        elif word == "hundred":
            value = (value or 1.0) * 100
        else:
            value += _ONES.get(word, _TENS.get(word, 0))
    return thousands + value
