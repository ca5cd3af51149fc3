"""The periods that merchants ask for: the day, week, month or year that ends with today, or days of their choice.

All are whole local days of the county. The longest is a year, as the years that are compared are.
"""

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from index.errors import UsageError
from ledger.periods import Period

PeriodName = Literal["today", "week", "month", "year"]
#: How many days each is. They roll, so that a week always has each weekday once, and the one before it too.
DAYS: dict[PeriodName, int] = {"today": 1, "week": 7, "month": 30, "year": 365}
#: A leap year.
LONGEST = 366
#: Nothing was recorded before, and centuries are a slip of the finger.
EARLIEST = date(2000, 1, 1)


class WrongPeriod(UsageError):
    """Days were asked for that cannot be told of. `field` is the parameter that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def between(first: date, last: date, now: datetime, tz: ZoneInfo) -> Period:
    """Return the period from one local day to another, both included.

    Raises:
        WrongPeriod: It ends before it begins, lies in the future or before 2000, or is longer than a year.
    """
    today = now.astimezone(tz).date()
    if first < EARLIEST:
        raise WrongPeriod("from", f"nothing is known before {EARLIEST}; begin later")
    if first > today:
        raise WrongPeriod("from", f"it lies in the future; today is {today}")
    if last > today:
        raise WrongPeriod("to", f"it lies in the future; today is {today}")
    if first > last:
        raise WrongPeriod("from", f"the period ends before it begins; give a day up to {last}")
    days = (last - first).days + 1
    if days > LONGEST:
        at_least = last - timedelta(days=LONGEST - 1)
        raise WrongPeriod("from", f"{days} days are too long, {LONGEST} at most; begin on {at_least} or later")
    return Period(first, days, tz)
