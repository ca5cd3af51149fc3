"""Periods of whole local days, and the time arithmetic that the ledger's queries share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Queries count by quarter-hours of UTC: every time zone's days and hours are made of whole ones.
QUARTER_MS = 15 * 60 * 1_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC, rounded down."""
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000 + passed.microseconds // 1_000


def moment(at_ms: int, tz: ZoneInfo) -> datetime:
    """Return the local time of milliseconds since 1970 UTC."""
    return datetime.fromtimestamp(at_ms / 1_000, tz)


@dataclass(frozen=True, slots=True)
class Period:
    """`days` whole local days from `first` on, in the time zone `tz`."""

    first: date
    days: int
    tz: ZoneInfo

    @classmethod
    def last_days(cls, days: int, now: datetime, tz: ZoneInfo) -> "Period":
        """Return the period of so many days that ends with today."""
        return cls(now.astimezone(tz).date() - timedelta(days=days - 1), days, tz)

    @classmethod
    def day_of(cls, now: datetime, tz: ZoneInfo) -> "Period":
        """Return the local day that a moment lies in."""
        return cls.last_days(1, now, tz)

    @property
    def last(self) -> date:
        """The last day, which belongs to the period."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def start_ms(self) -> int:
        """Where it begins, inclusive, milliseconds since 1970 UTC."""
        return _midnight_ms(self.first, self.tz)

    @property
    def end_ms(self) -> int:
        """Where it ends, exclusive, milliseconds since 1970 UTC."""
        return _midnight_ms(self.first + timedelta(days=self.days), self.tz)

    @property
    def last_moment(self) -> datetime:
        """Its last millisecond, in local time: what is computed as of a day is computed as of this."""
        return moment(self.end_ms - 1, self.tz)

    @property
    def previous(self) -> "Period":
        """The period of the same length just before."""
        return Period(self.first - timedelta(days=self.days), self.days, self.tz)

    @property
    def dates(self) -> Sequence[date]:
        """Its days, in order."""
        return [self.first + timedelta(days=offset) for offset in range(self.days)]

    def __contains__(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms < self.end_ms


def _midnight_ms(day: date, tz: ZoneInfo) -> int:
    return milliseconds(datetime.combine(day, time(), tz))
