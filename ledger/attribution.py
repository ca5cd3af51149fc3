"""Who found a listing here: the window, the condition in SQL, and the share with its interval in words.

A visit is referred when the device presents a ticket for that listing that was opened at most `WINDOW` before, or when
the same visitor opened the listing at most `WINDOW` before. The unit of a share is a visitor in the period: one is
referred when any of their visits in it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from index.settings import Language
from ledger.tables import StoredPayload

#: How long an open counts as what led to a visit.
WINDOW = timedelta(days=7)
_WINDOW_MS = WINDOW // timedelta(milliseconds=1)
#: Normal quantile of a two-sided 95% interval.
_Z95 = 1.959963984540054
#: Below so many visitors the sentence adds that they are few.
FEW_VISITORS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a share, both ends in [0, 1]."""

    low: float
    high: float


def wilson(n: int, m: int) -> Interval | None:
    """Return Wilson's 95% score interval of n out of m, None when m is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212.
    """
    if m == 0:
        return None
    share, z2 = n / m, _Z95**2
    centre = (share + z2 / (2 * m)) / (1 + z2 / m)
    half = _Z95 / (1 + z2 / m) * sqrt(share * (1 - share) / m + z2 / (4 * m * m))
    # At the ends the formula gives 0 and 1 but for rounding.
    return Interval(0.0 if n == 0 else max(0.0, centre - half), 1.0 if n == m else min(1.0, centre + half))


def share_sentence(n: int, m: int, interval: Interval | None, language: Language) -> str:
    """Say in words how many of the m recorded visitors found the listing here, and how sure that is."""
    if m == 0 or interval is None:
        return _NONE_YET[language]
    percent = f"{round(100 * interval.low)}–{round(100 * interval.high)}%"
    if language == "zh":
        said = f"您有记录的 {m} 位访客中有 {n} 位是在这里找到您的（95% 区间 {percent}）"
    else:
        said = f"{n} of your {m} recorded visitors found you here (95% interval {percent})"
    return said + (_FEW[language] if m < FEW_VISITORS else "")


_NONE_YET: dict[Language, str] = {
    "zh": "还没有记录到访客：请客人扫描柜台二维码或输入六位数字，这里就会显示有多少人是在这里找到您的",
    "en": "No visitors recorded yet: ask guests to scan your counter's code or type its six digits, and this line will "
    "say how many found you here",
}
_FEW: dict[Language, str] = {
    "zh": "。记录还少，比例还说明不了什么",
    "en": ". These are few: the share says little yet",
}


def is_referred(visit: Any) -> ColumnElement[bool]:
    """Return the condition that a visit (`StoredPayload` or an alias of it) was led here by an open."""
    opened = aliased(StoredPayload)
    # Written as a difference, so that only visitor and listing can be looked up: by time alone there are far more.
    before_ms = visit.at_ms - col(opened.at_ms)
    earlier = (
        select(1)
        .where(
            col(opened.visitor) == visit.visitor,
            col(opened.listing) == visit.listing,
            col(opened.kind) == "open",
            before_ms.between(0, _WINDOW_MS),
        )
        .exists()
    )
    presented = (visit.at_ms - visit.ticket_ms).between(0, _WINDOW_MS)
    return or_(presented, earlier)
