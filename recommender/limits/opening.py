"""When a place must be open: now, a weekday, an hour, "late". Times are the county's."""

import re
from datetime import datetime, timedelta

from recommender.numbers import chinese_value
from recommender.query import Limit, LimitKind
from recommender.sentence import Sentence

_OPEN = re.compile(
    r"营业|开门|开放|开着|还开|打烊|关门|还有吃的|还能吃|还吃得到|能吃上饭|\bopen(?:ing"
    r"|s)?\b(?! air| space| kitchen|-air)|\bserving\b"
)
_NOW = re.compile(
    r"现在|此刻|这会儿|目前|正在|马上|营业中|还开着|开着门|\bnow\b|right now|currently|at the moment|still open"
)
_LATE = re.compile(r"深夜|很晚|夜宵|通宵|半夜|\blate\b|midnight")
#: Said of opening without the word.
_UNTIL_LATE = re.compile(
    r"(?:开|营业)到(?:很晚|深夜|半夜|凌晨)|\b(?:un)?till? (?:very |quite )?late\b|\blate[- ]opening\b"
)
_DEEP_NIGHT = re.compile(r"半夜|通宵|midnight|深更")
_ALWAYS = re.compile(
    r"24\s*小时(?:营业|开放)|全天营业|24[\s-]hours?(?= (?:open|restaurant|store))|open 24|around the clock"
)
_WEEKDAY = re.compile(
    r"(?:周|星期|礼拜)(?P<han>[一二三四五六日天末])|(?P<english>monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|weekend)s?\b"
)
_DAY = re.compile(
    r"(?P<today>今天|今晚|今早|\btoday\b|tonight|this (?:morning|afternoon|evening))|(?P<after>后天"
    r"|day after tomorrow)|(?P<tomorrow>明天|明晚|明早|tomorrow)"
)
_HOUR_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_HOURS_EN = "|".join(_HOUR_WORDS)
_CLOCK = re.compile(
    r"(?<![\d.])(?P<h>\d{1,2})\s*[:：点时](?P<m>[0-5]\d|半)?|(?P<h12>\d{1,2})(?=\s*[ap]\.?m\b)"
    r"|(?P<han>(?!(?<=[近远贵好晚快慢大小多少高低静安宜惠清辣甜淡香新厚净级档])一点)[一二两三四五六七八九十]{1,3})点(?P<hanhalf>半)?(?![心评儿的一])"
    rf"|\b(?:(?P<past>half past|quarter past|quarter to)\s+|at )(?P<bare>\d{{1,2}}|{_HOURS_EN})\b"
    r"(?!\s*(?:yuan|rmb|pounds|stars?|km|minutes?|[.,]?\d|hundred|thousand))"
)
_PAST = {"half past": 30, "quarter past": 15, "quarter to": -15}
_AFTERNOON = re.compile(r"晚|下午|傍晚|evening|night|dinner|afternoon|\s*p\.?m\b")
_MORNING = re.compile(r"\s*a\.?m\b|早|上午|凌晨|morning|breakfast")
_MIDNIGHT = re.compile(r"(?:以后|之后|过后|后)?.{0,2}还")
_PARTS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(r"凌晨|early hours"), 1, 0),
    (re.compile(r"早上|早晨|上午|清晨|今早|明早|早餐|morning|breakfast"), 9, 0),
    (re.compile(r"中午|午饭|午餐|\bnoon|lunch"), 12, 0),
    (re.compile(r"下午|afternoon"), 15, 0),
    (re.compile(r"晚上|傍晚|今晚|明晚|晚饭|晚餐|evening|tonight|dinner|\bnight\b"), 19, 0),
)
_WEEKDAYS_HAN = "一二三四五六日"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LATE_AT, _MIDNIGHT_AT, _ALWAYS_AT, _DEFAULT_AT = (22, 30), (23, 30), (3, 0), (12, 0)
_NOON, _AFTERNOON_FROM = 12, 12


def read_opening(sentence: Sentence, now: datetime) -> list[Limit]:
    """Return when a place must be open: opening is spoken of, or a day and a time of day, or an hour."""
    text = sentence.rest
    if match := _ALWAYS.search(text):
        return [_limit(_next(now, None, *_ALWAYS_AT), match.start(), match.end())]
    opening, clock = _OPEN.search(text) or _UNTIL_LATE.search(text), _clock(text)
    dated = clock or _WEEKDAY.search(text) or _DAY.search(text) or _LATE.search(text)
    if opening is not None and not dated and (match := _NOW.search(text)):
        return [_limit(now, min(opening.start(), match.start()), max(opening.end(), match.end()))]
    if opening is None and clock is None and not (_DAY.search(text) or _WEEKDAY.search(text)):
        return []
    spans = [match for match in (opening, _WEEKDAY.search(text), _DAY.search(text), _LATE.search(text)) if match]
    hour, minute, span = clock or _part(text) or (None, 0, None)
    late = _LATE.search(text) if clock is None else None
    if late is not None:
        hour, minute = _MIDNIGHT_AT if _DEEP_NIGHT.search(text) else _LATE_AT
    if opening is None and hour is None:
        return []
    if hour is None and len(spans) < 2:  # noqa: PLR2004 - "open" alone says nothing about when
        return []
    whole_day = hour is None
    if hour is None:
        hour, minute = _DEFAULT_AT
    bounds = [(match.start(), match.end()) for match in spans] + ([span] if span else [])
    start, end = min(bound[0] for bound in bounds), max(bound[1] for bound in bounds)
    return [_limit(_next(now, _days_ahead(text, now), hour, minute), start, end, whole_day=whole_day)]


def _limit(at: datetime, start: int, end: int, *, whole_day: bool = False) -> Limit:
    return Limit(LimitKind.OPEN, at=at, start=start, end=end, whole_day=whole_day)


def _next(now: datetime, days: int | None, hour: int, minute: int) -> datetime:
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=days or 0)
    return at + timedelta(days=1) if days is None and at < now else at


def _clock(text: str) -> tuple[int, int, tuple[int, int]] | None:
    for match in _CLOCK.finditer(text):
        hour = _hour(match)
        minute = 30 if "半" in (match["m"] or "", match["hanhalf"] or "") else int(match["m"] or 0)
        minute += _PAST.get(match["past"] or "", 0)
        around = text[max(0, match.start() - 16) : match.start()], text[match.end() : match.end() + 16]
        if hour == _NOON and _MIDNIGHT.match(around[1]) and "中午" not in around[0]:
            hour = 24
        elif hour < _NOON and any(map(_AFTERNOON.search, around)) and not any(map(_MORNING.search, around)):
            hour += 12
        if hour + minute / 60 < 25 and hour >= 0:  # noqa: PLR2004 - midnight is the 24th hour
            return hour % 24 - (minute < 0), minute % 60, match.span()
    return None


def _hour(match: re.Match[str]) -> int:
    if match["han"]:
        return int(chinese_value(match["han"]) or 99)
    digits = match["h"] or match["h12"] or match["bare"]
    return int(digits) if digits.isdigit() else _HOUR_WORDS.index(digits) + 1


def _part(text: str) -> tuple[int, int, tuple[int, int]] | None:
    for pattern, hour, minute in _PARTS:
        if match := pattern.search(text):
            return hour, minute, match.span()
    return None


def _days_ahead(text: str, now: datetime) -> int | None:
    if match := _WEEKDAY.search(text):
        if match["han"] == "末" or match["english"] == "weekend":
            weekday = 5
        elif match["han"]:
            weekday = _WEEKDAYS_HAN.index("日" if match["han"] == "天" else match["han"])
        else:
            weekday = _WEEKDAYS.index(match["english"])
        return (weekday - now.weekday()) % 7
    if match := _DAY.search(text):
        return 0 if match["today"] else 2 if match["after"] else 1
    return None
