"""Opening hours in free text, Chinese (`周二至周日 9:00-17:00，周一休息`) or English (`daily from 9 a.m. to 5 p.m.`).

The text is cut into days, spans of time and closings, and the rest is ignored. Days may stand before their times
(Chinese, and much English) or behind them (`from 9 to 5 on sunday`); which it is shows in what comes first.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from index.text import fold

_QUARTERS_A_DAY = 96
_QUARTERS_A_WEEK = 7 * _QUARTERS_A_DAY
_MINUTES_A_DAY = 24 * 60
_NOON = 12 * 60
_EVERY_DAY = frozenset(range(7))

_ZH_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_EN_DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_ZH_DAY = r"(?:周|星期|礼拜)[一二三四五六日天]"
_EN_DAY = r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b\.?"
_TO = r"\s*(?:-|~|–|—|−|至|到|\bto\b|\btill?\b|\buntil\b|\bthrough\b)+\s*"
_PART_OF_DAY = r"(?:上午|早上|早晨|清晨|早|中午|下午|午后|晚上|晚间|傍晚|晚|夜里|深夜|凌晨|次日|翌日|第二天|当日)"
_CLOCK = (
    rf"(?:{_PART_OF_DAY}\s*)*(?:\d{{1,2}}\s*(?:[:.]\s*\d{{2}}(?!\d)|点半|[点时](?:\s*\d{{1,2}}分?)?)?\s*"
    r"(?:a\.?\s?m\b\.?|p\.?\s?m\b\.?)?|midnight|noon|午夜|正午)"
)
#: What the text says that hangs on the season, the date or a mood: then nothing is known.
_UNCERTAIN = re.compile(
    r"春季|夏季|秋季|冬季|[淡旺]季|\d+月|季节|预约|不定|depending|appointment|varies|season\b|"
    r"\b(?:january|february|march|april|may|june|july|august|september|sept|october|november|december)\b"
)
#: Dated exceptions, to the end of the text.
_DATED_TAIL = re.compile(r"非营业时段.*|except (?:during )?easter term.*|at other times.*", re.DOTALL)

_TOKENS = (
    ("except", r"除(?!外)了?|\bexcept(?:\s+on)?\b"),
    ("day_range", rf"(?P<first>{_ZH_DAY}|{_EN_DAY})(?:{_TO})(?P<last>{_ZH_DAY}|[一二三四五六日天]|{_EN_DAY})"),
    ("day", rf"{_ZH_DAY}(?:[、,和及][一二三四五六日天])*|{_EN_DAY}"),
    ("every_day", r"每[天日]|天天|全周|全年|每周七天|\b(?:daily|every\s?day|all week|7 days a week)\b"),
    ("weekdays", r"工作日|平日|\bweekdays?\b"),
    ("weekend", r"周末|双休日|\bweekends?\b"),
    ("all_day", r"全天(?:候)?|24\s*小时|二十四小时|24\s*h(?:ou)?rs?\b|\b24/7\b|\balways\b|\b(?:at )?any ?time\b"),
    ("closed", r"除外|休息日?|闭馆日?|闭园|停业|不营业|不开放|店休|打烊|\bclosed?\b"),
    ("span", rf"(?P<start>{_CLOCK}){_TO}(?P<end>{_CLOCK})"),
)
_SCANNER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _TOKENS))
_CLOCK_PARTS = re.compile(
    r"(?P<hour>\d{1,2})\s*(?:(?:[:.]\s*(?P<minute>\d{2}))|(?P<half>点半)|[点时](?:\s*(?P<zh_minute>\d{1,2})分?)?)?"
)


class _Kind(Enum):
    DAYS = auto()
    SPAN = auto()
    CLOSED = auto()
    EXCEPT = auto()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    days: frozenset[int] = frozenset()
    start: int = 0
    end: int = 0


def parse_free_text(text: str) -> int | None:
    """Return a week as the mask that `index.hours.WeekHours` describes, None when the text does not say."""
    folded = _DATED_TAIL.sub("", fold(text))
    if _UNCERTAIN.search(folded):
        return None
    tokens = _join_days(_scan(folded), folded)
    if not any(token.kind is _Kind.SPAN for token in tokens):
        return None
    return _week(tokens)


def _scan(text: str) -> list[tuple[int, int, _Token]]:
    found = []
    for match in _SCANNER.finditer(text):
        token = _MAKERS[str(match.lastgroup if match.lastgroup in _MAKERS else _outer_group(match))](match)
        if token is not None:
            found.append((match.start(), match.end(), token))
    return found


def _outer_group(match: re.Match[str]) -> str:
    return next(name for name, _ in _TOKENS if match.group(name) is not None)


def _range(match: re.Match[str]) -> _Token:
    first, last = _weekday(match["first"]), _weekday(match["last"])
    return _Token(_Kind.DAYS, frozenset((first + step) % 7 for step in range((last - first) % 7 + 1)))


def _days(text: str) -> frozenset[int]:
    """Return the day named, or the days of `周六、日`."""
    if text[:3] in _EN_DAYS:
        return frozenset({_EN_DAYS[text[:3]]})
    return frozenset(_ZH_DAYS[char] for char in text.removeprefix("星期").removeprefix("礼拜") if char in _ZH_DAYS)


def _weekday(text: str) -> int:
    return _ZH_DAYS[text[-1]] if text[-1] in _ZH_DAYS else _EN_DAYS[text[:3]]


def _span(match: re.Match[str]) -> _Token | None:
    start, end = _minutes(match["start"]), _minutes(match["end"])
    if start is None or end is None:
        return None
    if "m" not in match["start"] and "pm" in match["end"].replace(".", "").replace(" ", "") and start + _NOON < end:
        # "from 2 to 5 p.m.": the second half of the day holds for both; "from 10 to 5 p.m." cannot mean that.
        start += _NOON if start < _NOON else 0
    if end <= start:
        end += _MINUTES_A_DAY
    return _Token(_Kind.SPAN, start=start, end=end)


def _minutes(text: str) -> int | None:
    """Return minutes after midnight, None when there is no such time."""
    if "midnight" in text or "午夜" in text:
        return 0
    if "noon" in text or "正午" in text:
        return _NOON
    parts = _CLOCK_PARTS.search(text)
    if parts is None:
        return None
    hour = int(parts["hour"])
    minute = 30 if parts["half"] else int(parts["minute"] or parts["zh_minute"] or 0)
    suffix = text[parts.end() :].replace(".", "").replace(" ", "")
    if suffix == "am" and hour == 12:  # noqa: PLR2004 - twelve at night
        hour = 0
    elif hour < 12 and (suffix == "pm" or re.search("下午|午后|晚|傍|中午|夜里|深夜", text)):  # noqa: PLR2004 - noon
        # 中午11点 is before noon all the same.
        hour += 0 if "中午" in text and hour in (10, 11) else 12
    return hour * 60 + minute if hour * 60 + minute <= _MINUTES_A_DAY and minute < 60 else None  # noqa: PLR2004


def _whole_day(_match: re.Match[str]) -> _Token:
    return _Token(_Kind.SPAN, start=0, end=_MINUTES_A_DAY)


_MAKERS: dict[str, Callable[[re.Match[str]], _Token | None]] = {
    "except": lambda _match: _Token(_Kind.EXCEPT),
    "day_range": _range,
    "day": lambda match: _Token(_Kind.DAYS, _days(match.group())),
    "every_day": lambda _match: _Token(_Kind.DAYS, _EVERY_DAY),
    "weekdays": lambda _match: _Token(_Kind.DAYS, frozenset(range(5))),
    "weekend": lambda _match: _Token(_Kind.DAYS, frozenset({5, 6})),
    "all_day": _whole_day,
    "closed": lambda _match: _Token(_Kind.CLOSED),
    "span": _span,
}
_BETWEEN_DAYS = re.compile(r"[\s,、，/&和与及]*(?:and|or)?\s*")


def _join_days(found: Sequence[tuple[int, int, _Token]], text: str) -> list[_Token]:
    """Make one of days that are listed: `周六、周日`, `tuesday, friday and saturday`."""
    joined: list[_Token] = []
    previous_end = 0
    for start, end, token in found:
        between = text[previous_end:start]
        if (
            joined
            and token.kind is _Kind.DAYS
            and joined[-1].kind is _Kind.DAYS
            and _BETWEEN_DAYS.fullmatch(between)
            and joined[-1].days != _EVERY_DAY
        ):
            joined[-1] = _Token(_Kind.DAYS, joined[-1].days | token.days)
        else:
            joined.append(token)
        previous_end = end
    return joined


def _week(tokens: Sequence[_Token]) -> int:
    """Give each span its days; then take away the days that are closed."""
    rest, shut = _take_closings(tokens)
    plain = [token for token in rest if token.kind is not _Kind.EXCEPT]
    times_first = plain[0].kind is _Kind.SPAN
    # Closing days apart, all that is left may be times.
    spans: list[tuple[frozenset[int], _Token]] = []
    days = _EVERY_DAY
    waiting: list[_Token] = []
    excepting = False
    for token in rest:
        if token.kind is _Kind.EXCEPT:
            spans += [(days if not times_first else _EVERY_DAY, span) for span in waiting]
            waiting, excepting, times_first = [], True, False
        elif token.kind is _Kind.DAYS:
            if times_first and waiting:
                spans += [(token.days, span) for span in waiting]
                waiting = []
                continue
            days = token.days
            if excepting:
                spans = [(held - days, span) for held, span in spans]
        elif times_first:
            waiting.append(token)
        else:
            spans.append((days, token))
    spans += [(_EVERY_DAY, span) for span in waiting]
    mask = 0
    for held, span in spans:
        for day in held - shut:
            mask |= _quarters(day, span)
    return mask


def _take_closings(tokens: Sequence[_Token]) -> tuple[list[_Token], frozenset[int]]:
    """Return the tokens without `closed` and its days, and those days. Days stand before it, or else behind it."""
    rest: list[_Token] = []
    shut: frozenset[int] = frozenset()
    skip = False
    for at, token in enumerate(tokens):
        days_follow = at + 1 < len(tokens) and tokens[at + 1].kind is _Kind.DAYS
        if skip:
            skip = False
        elif (token.kind is _Kind.CLOSED and days_follow and not _is_closing_days(rest, tokens, at)) or (
            token.kind is _Kind.EXCEPT and days_follow and _has_times_on_one_side(tokens, at)
        ):
            shut |= tokens[at + 1].days
            skip = True
        elif token.kind is not _Kind.CLOSED:
            rest.append(token)
        elif rest and rest[-1].kind is _Kind.DAYS:
            shut |= rest.pop().days
    return rest, shut


def _is_closing_days(rest: Sequence[_Token], tokens: Sequence[_Token], at: int) -> bool:
    """Whether the days before `closed` are its own: they have no time of their own, and a time follows those behind."""
    if not rest or rest[-1].kind is not _Kind.DAYS:
        return False
    before_is_free = len(rest) == 1 or rest[-2].kind is not _Kind.SPAN or _times_before(rest)
    after_has_time = at + 2 < len(tokens) and tokens[at + 2].kind is _Kind.SPAN
    return before_is_free or after_has_time


def _has_times_on_one_side(tokens: Sequence[_Token], at: int) -> bool:
    """Whether the days excepted have no times of their own: `except Sunday`, not `except Sunday when it opens at 9`."""
    before, after = (any(token.kind is _Kind.SPAN for token in part) for part in (tokens[:at], tokens[at:]))
    return not (before and after)


def _times_before(rest: Sequence[_Token]) -> bool:
    """Whether days came before times so far, so that days at the end are still without one."""
    return rest[0].kind is _Kind.DAYS


def _quarters(day: int, span: _Token) -> int:
    """Return the quarter-hours of a span that begins on a day, to the nearest; it may run over the week's end."""
    first, last = round(span.start / 15), round(span.end / 15)
    bits = ((1 << last - first) - 1) << (day * _QUARTERS_A_DAY + first)
    return (bits | bits >> _QUARTERS_A_WEEK) & ((1 << _QUARTERS_A_WEEK) - 1)
