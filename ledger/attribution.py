"""Who found a listing here: the windows, the condition in SQL, and the share with its interval in words.

A visit is referred when the device presents a ticket for that listing that was opened within the window of opens, or
when the same visitor opened the listing within it, or was shown the listing within the window of impressions. The unit
of a share is a visitor in the period, with one weight (`ledger.visitors`). `docs/attribution.md` says it at length.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import Any, Self

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from index.settings import Language
from ledger.tables import StoredPayload

#: How long an open counts as what led to a visit, when no setting says otherwise; tickets are kept as long.
WINDOW = timedelta(days=7)
#: How long having been shown counts.
IMPRESSION_WINDOW = timedelta(days=1)
#: Normal quantile of a two-sided 95% interval.
_Z95 = 1.959963984540054
#: Below so many visitors the sentence adds that they are few.
FEW_VISITORS = 10
#: Finer differences are of no use to anybody.
_MOST_DECIMALS = 6
_ALL = 100


@dataclass(frozen=True, slots=True)
class Windows:
    """How long before a visit an open, and an impression, count as what led to it."""

    opens: timedelta = WINDOW
    impressions: timedelta = IMPRESSION_WINDOW

    @classmethod
    def of_days(cls, opens: float, impressions: float) -> Self:
        """Return windows of so many days."""
        return cls(timedelta(days=opens), timedelta(days=impressions))


DEFAULT_WINDOWS = Windows()


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a share, both ends in [0, 1]."""

    low: float
    high: float


def kish(weights: Iterable[float]) -> float:
    """Return the effective number of weighted units, (sum w)^2 / sum w^2; 0 when none has a weight.

    L. Kish, "Survey Sampling", Wiley 1965, section 11.7.
    """
    listed = list(weights)
    squares = sum(weight * weight for weight in listed)
    return sum(listed) ** 2 / squares if squares else 0.0


def wilson(n: float, m: float) -> Interval | None:
    """Return Wilson's 95% score interval of n out of m, None when m is 0; m may be an effective number.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212.
    """
    if m == 0:
        return None
    share, z2 = n / m, _Z95**2
    centre = (share + z2 / (2 * m)) / (1 + z2 / m)
    half = _Z95 / (1 + z2 / m) * sqrt(max(0.0, share * (1 - share) / m) + z2 / (4 * m * m))
    # At the ends the formula gives 0 and 1 but for rounding.
    return Interval(0.0 if n == 0 else max(0.0, centre - half), 1.0 if n == m else min(1.0, centre + half))


def percentages(*shares: float) -> list[str]:
    """Return shares in percent, without the sign, with as few decimals as tell them apart, and from 0 and 100.

    Of thirty thousand visitors fifty are not 0%, nor are all but fifty 100%.
    """
    for decimals in range(_MOST_DECIMALS + 1):
        shown = [f"{100 * share:.{decimals}f}" for share in shares]
        told = [(float(text) == 0, float(text) == _ALL) for text in shown]
        if len(set(shown)) == len(set(shares)) and told == [(share == 0, share == 1) for share in shares]:
            break
    return shown


def share_sentence(
    n: int,
    m: int,
    interval: Interval | None,
    language: Language,
    *,
    doubtful: int = 0,
    share: float | None = None,
) -> str:
    """Say in words how many of the m recorded visitors found the listing here, and how sure that is.

    n and m are as counted; the interval is of the weighted `share`, which is told where `doubtful` visits count less in
    it: n of m may then lie far outside of the interval.
    """
    if m == 0 or interval is None:
        return _NONE_YET[language]
    low, high = percentages(interval.low, interval.high)
    about = percentages(share)[0] if doubtful and share is not None else ""
    if language == "zh":
        said = f"您有记录的 {m:,} 位访客中有 {n:,} 位是在这里找到您的"
        said += f"；有 {doubtful:,} 次到访存疑，少计以后约为 {about}%" if about else ""
        said += f"（95% 区间 {low}–{high}%）"
    else:
        said = f"{n:,} of your {m:,} recorded visitors found you here"
        visits = "visits" if doubtful > 1 else "visit"
        said += f"; with {doubtful:,} doubtful {visits} counted for less, about {about}%" if about else ""
        said += f" (95% interval {low}–{high}%)"
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


def is_referred(visit: Any, windows: Windows = DEFAULT_WINDOWS) -> ColumnElement[bool]:
    """Return the condition that a visit (`StoredPayload` or an alias of it) was led here by an open or an impression.

    Unknown (NULL) rather than false where there is no ticket.
    """
    presented = (visit.at_ms - visit.ticket_ms).between(0, _ms(windows.opens))
    return or_(
        presented, _earlier(visit, "open", _ms(windows.opens)), _earlier(visit, "impression", _ms(windows.impressions))
    )


def _earlier(visit: Any, kind: str, window_ms: int) -> ColumnElement[bool]:
    touch = aliased(StoredPayload)
    # Written as a difference, so that only visitor and listing can be looked up: by time alone there are far more.
    before_ms = visit.at_ms - col(touch.at_ms)
    return (
        select(1)
        .where(
            col(touch.visitor) == visit.visitor,
            col(touch.listing) == visit.listing,
            col(touch.kind) == kind,
            before_ms.between(0, window_ms),
        )
        .exists()
    )


def _ms(window: timedelta) -> int:
    return window // timedelta(milliseconds=1)
