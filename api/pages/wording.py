"""Prices, distances, hours and names in the reader's language."""

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from api.pages.messages import Texts
from api.replies import ListingBrief
from index.hours import QUARTERS_A_DAY, QUARTERS_A_WEEK, WeekHours
from index.listing import Category
from index.settings import Language

#: Signs that say which money is meant without doubt; other currencies are named by their code.
_SIGNS = {"RMB": "¥", "CNY": "¥", "GBP": "£", "EUR": "€"}
_HAN = re.compile(r"[\u3400-\u9fff]")
_KILOMETRE_M = 1_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: From here on a distance is told without decimals.
_FAR_M = 10_000
_STEP_M = 10
#: The step where a distance is known within some hundred metres.
_ROUGH_STEP_M = 100


def money(amount: float, currency: str) -> str:
    """Return an amount as it is written, without needless decimals."""
    number = f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency} {number}"


def price(listing: ListingBrief, t: Texts) -> str | None:
    """Return the price with its unit, else how dear its source calls it, None when neither is known."""
    if listing.price is not None:
        if listing.price == 0:
            return t("place.free")
        return t(f"place.price_{listing.category}", price=money(listing.price, listing.currency))
    return t(f"place.level_{listing.price_level}") if listing.price_level else None


def distance_away(metres: float, accuracy_m: float, t: Texts, *, approximate: bool) -> str:
    """Return how far a place is, no finer than it is known: within about 2 km, where it is known within 2 km."""
    if not approximate:
        return t("place.distance", distance=distance(metres))
    step = _KILOMETRE_M if accuracy_m >= _KILOMETRE_M / 2 else _ROUGH_STEP_M
    least = math.ceil(accuracy_m / step) * step
    if metres < least:
        return t("place.distance_within", distance=_whole(least))
    return t("place.distance_about", distance=_whole(round(metres / step) * step))


def _whole(metres: float) -> str:
    return f"{metres:.0f} m" if metres < _KILOMETRE_M else f"{metres / _KILOMETRE_M:g} km"


def distance(metres: float) -> str:
    """Return a distance as it is told: to 10 m, to 100 m from a kilometre, to a kilometre from ten."""
    if metres < _KILOMETRE_M:
        return f"{max(_STEP_M, round(metres / _STEP_M) * _STEP_M):.0f} m"
    kilometres = metres / _KILOMETRE_M
    return f"{kilometres:.1f} km" if metres < _FAR_M else f"{kilometres:.0f} km"


def language_of_words(text: str) -> Language:
    """Return the language that a screen reader should read a name in."""
    return "zh" if _HAN.search(text) else "en"


def foreign(text: str, reader: Language) -> Language | None:
    """Return the language of a text where it is not the reader's."""
    language = language_of_words(text)
    return language if language != reader else None


def names(listing: ListingBrief, reader: Language) -> tuple[str, str | None]:
    """Return the name for this reader, and the other one where there are two."""
    shown = listing.shown[reader].text
    other = listing.name if shown != listing.name else listing.name_en
    return shown, other if other != shown else None


def words(local: Sequence[str], english: Sequence[str], reader: Language) -> Sequence[str]:
    """Return a list in the reader's language, in the other where that is all there is."""
    return (local or english) if reader == "zh" else (english or local)


def text(local: str | None, english: str | None, reader: Language) -> str | None:
    """Return a text in the reader's language, in the other where that is all there is."""
    return (local or english) if reader == "zh" else (english or local)


def hours_today(week: WeekHours, now: datetime, t: Texts) -> str:
    """Return today's opening hours; what began yesterday and ends tonight's small hours belongs to yesterday."""
    spans = _spans(week, now.weekday())
    return t("place.today", hours=_told(spans, t)) if spans else t("place.today_closed")


def hours_of_week(week: WeekHours, t: Texts) -> str:
    """Return the hours of a usual week, neighbouring days with the same hours together."""
    told = [_told(_spans(week, weekday), t) for weekday in range(len(WEEKDAYS))]
    if len(set(told)) == 1:
        return t("place.daily", hours=told[0])
    runs: list[tuple[int, int]] = []
    for weekday, hours in enumerate(told):
        if runs and told[runs[-1][0]] == hours:
            runs[-1] = (runs[-1][0], weekday)
        else:
            runs.append((weekday, weekday))
    return t("place.between").join(f"{_days(first, last, t)} {told[first]}" for first, last in runs)


def _days(first: int, last: int, t: Texts) -> str:
    start, end = t(f"weekday.{WEEKDAYS[first]}"), t(f"weekday.{WEEKDAYS[last]}")
    if first == last:
        return start
    return t("place.two_days" if last == first + 1 else "place.days", first=start, last=end)


def _told(spans: Sequence[tuple[int, int]], t: Texts) -> str:
    if spans == [(0, QUARTERS_A_DAY)]:
        return t("place.all_day")
    if not spans:
        return t("place.closed_day")
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans)


def _spans(week: WeekHours, weekday: int) -> list[tuple[int, int]]:
    """Return the spans that begin on a weekday, in quarter-hours from its midnight; the last may end the day after."""
    first = weekday * QUARTERS_A_DAY
    day = [_is_open(week, first + quarter) for quarter in range(QUARTERS_A_DAY)]
    if all(day):
        return [(0, QUARTERS_A_DAY)]
    spans, quarter = [], 0
    if _is_open(week, first - 1):
        while day[quarter]:
            quarter += 1
    while quarter < QUARTERS_A_DAY:
        start = quarter
        while quarter < 2 * QUARTERS_A_DAY and _is_open(week, first + quarter):
            quarter += 1
        if quarter > start:
            spans.append((start, quarter))
        quarter += 1
    return spans


def _is_open(week: WeekHours, slot: int) -> bool:
    return bool(week.mask >> slot % QUARTERS_A_WEEK & 1)


def _clock(quarter: int) -> str:
    if quarter == QUARTERS_A_DAY:
        return "24:00"
    hours, minutes = divmod(timedelta(minutes=15 * (quarter % QUARTERS_A_DAY)).seconds // 60, 60)
    return f"{hours:02d}:{minutes:02d}"


def kind(listing: ListingBrief, t: Texts) -> str:
    """Return what kind of place it is, the subtype where it is known."""
    return text(listing.subtype, listing.subtype_en, t.language) or t(f"category.{Category(listing.category)}")
