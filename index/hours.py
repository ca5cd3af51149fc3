"""Opening hours as a week of 672 quarter-hours, from OSM's `opening_hours` or from free text in Chinese or English.

The week is a usual one: what depends on the season or on a date is unknown rather than guessed. Hours of public
holidays (`PH`) are kept beside it; other dated exceptions are left aside.
"""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_arrays, save_arrays
from index.free_hours import parse_free_text
from index.holidays import known_holiday

QUARTERS_A_DAY = 96
QUARTERS_A_WEEK = 7 * QUARTERS_A_DAY
_BYTES_A_WEEK = QUARTERS_A_WEEK // 8
_QUARTER = timedelta(minutes=15)
_BYTES_A_DAY = QUARTERS_A_DAY // 8
_UNKNOWN = -1
#: A Monday; the other weeks tell whether an expression depends on the season.
_WEEK = datetime(2026, 3, 2)  # noqa: DTZ001 - local time of whatever place
_OTHER_WEEKS = tuple(_WEEK + timedelta(weeks=weeks) for weeks in (5, 10, 15, 20, 25, 30, 35, 40, 45))
#: What is told of public holidays, and one of this country's that the expressions' library knows: a Thursday.
_HOLIDAYS = re.compile(r"\bPH\b")
_COUNTRY, _HOLIDAY = "CN", datetime(2026, 10, 1)  # noqa: DTZ001 - local time of whatever place
_DATED = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|week|easter|\d{4}|\[", re.IGNORECASE)
_ONLY_A_COMMENT = re.compile(r'"[^"]*"')
_SAYS_CLOSED = re.compile(r"(24/7\s+)?(closed|off)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WeekHours:
    """A usual week. Bit `96 · weekday + quarter` of `mask` says whether that quarter-hour is open; Monday is 0.

    `holiday` is the same for the quarters of a public holiday, None where those are as any day.
    """

    mask: int
    holiday: int | None = None

    def is_open(self, local: datetime) -> bool:
        """Whether it is open at a local time, whose time zone is not looked at; as usual where holidays are unknown."""
        if self.holiday is not None and known_holiday(local.date()):
            return bool(self.holiday >> slot_of(local) % QUARTERS_A_DAY & 1)
        return bool(self.mask >> slot_of(local) & 1)


class OpenHours:
    """The weeks of all rows, each different week kept once. `known` is false for rows whose hours are not known.

    `holidays` are the quarters of a public holiday, and `differs` says of which weeks these are not as any day.
    """

    def __init__(
        self,
        weeks: NDArray[np.uint8],
        holidays: NDArray[np.uint8],
        differs: NDArray[np.bool_],
        codes: NDArray[np.int32],
    ) -> None:
        self.weeks = weeks
        self.holidays = holidays
        self.differs = differs
        self.codes = codes
        self.known: NDArray[np.bool_] = codes != _UNKNOWN

    @classmethod
    def of(cls, weeks: Sequence[WeekHours | None]) -> "OpenHours":
        """Lay weeks side by side, in row order."""
        numbers: dict[WeekHours, int] = {}
        codes = [_UNKNOWN if week is None else numbers.setdefault(week, len(numbers)) for week in weeks]
        return cls.laid_out(list(numbers), np.asarray(codes, dtype=np.int32))

    @classmethod
    def laid_out(cls, weeks: Sequence[WeekHours], codes: NDArray[np.int32]) -> "OpenHours":
        """Keep different weeks, and for each row which of them is its own."""
        raw = b"".join(week.mask.to_bytes(_BYTES_A_WEEK, "little") for week in weeks)
        holidays = b"".join((week.holiday or 0).to_bytes(_BYTES_A_DAY, "little") for week in weeks)
        return cls(
            np.frombuffer(raw, np.uint8).reshape(-1, _BYTES_A_WEEK),
            np.frombuffer(holidays, np.uint8).reshape(-1, _BYTES_A_DAY),
            np.asarray([week.holiday is not None for week in weeks], dtype=np.bool_),
            codes,
        )

    def followed_by(self, others: "OpenHours", order: NDArray[np.int64]) -> "OpenHours":
        """Return the rows of both, one after the other, put in an order."""
        codes = np.where(others.codes == _UNKNOWN, _UNKNOWN, others.codes + len(self.weeks))
        both = np.concatenate([self.codes, codes])[order].astype(np.int32)
        return OpenHours(
            np.concatenate([self.weeks, others.weeks]),
            np.concatenate([self.holidays, others.holidays]),
            np.concatenate([self.differs, others.differs]),
            both,
        )

    def save(self, folder: Path) -> None:
        """Write the weeks into a new folder."""
        save_arrays(folder, weeks=self.weeks, holidays=self.holidays, differs=self.differs, codes=self.codes)

    @classmethod
    def load(cls, folder: Path) -> "OpenHours":
        """Map what `save` wrote."""
        return cls(**load_arrays(folder))

    def open_rows(self, local: datetime) -> NDArray[np.bool_]:
        """Return for each row whether it is known to be open at a local time, whose holidays count."""
        return self._states(local, when_unknown=False)[self.codes]

    def may_be_open(self, local: datetime, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each of `rows` whether it is open at a local time, or its hours are not known."""
        return self._states(local, when_unknown=True)[self.codes[rows]]

    def week(self, row: int) -> WeekHours | None:
        """Return the week of a row, None where it is not known."""
        code = self.codes[row]
        if code == _UNKNOWN:
            return None
        holiday = int.from_bytes(self.holidays[code].tobytes(), "little") if self.differs[code] else None
        return WeekHours(int.from_bytes(self.weeks[code].tobytes(), "little"), holiday)

    def _states(self, local: datetime, *, when_unknown: bool) -> NDArray[np.bool_]:
        """Return whether each different week is open, and last, where the code -1 points, what holds when unknown."""
        byte, bit = divmod(slot_of(local), 8)
        states = np.empty(len(self.weeks) + 1, dtype=np.bool_)
        states[:-1] = self.weeks[:, byte] >> bit & 1
        states[-1] = when_unknown
        if self.differs.any():
            self._correct(states[:-1], local, when_unknown=when_unknown)
        return states

    def _correct(self, states: NDArray[np.bool_], local: datetime, *, when_unknown: bool) -> None:
        """Put what holds on a public holiday in its place; both must agree, or one say so, where that is not known."""
        holiday = known_holiday(local.date())
        if holiday is False:
            return
        byte, bit = divmod(slot_of(local) % QUARTERS_A_DAY, 8)
        then = (self.holidays[:, byte] >> bit & 1).astype(np.bool_)
        if holiday is None:
            then = states | then if when_unknown else states & then
        states[self.differs] = then[self.differs]


class HoursCollector:
    """Weeks made text by text; each text is read once, a week kept once, four bytes a row."""

    def __init__(self) -> None:
        self._numbers: dict[WeekHours, int] = {}
        self._read: dict[str | None, int] = {None: _UNKNOWN}
        self._codes = array("i")

    def add(self, text: str | None) -> None:
        """Add the next row's hours, as it words them."""
        code = self._read.get(text)
        if code is None:
            week = parse_hours(text)
            code = _UNKNOWN if week is None else self._numbers.setdefault(week, len(self._numbers))
            self._read[text] = code
        self._codes.append(code)

    def hours(self) -> OpenHours:
        """Return what was added."""
        return OpenHours.laid_out(list(self._numbers), np.asarray(self._codes, dtype=np.int32))


def slot_of(local: datetime) -> int:
    """Return the quarter-hour of the week, from 0 on Monday at midnight."""
    return local.weekday() * QUARTERS_A_DAY + local.hour * 4 + local.minute // 15


def parse_hours(text: str | None) -> WeekHours | None:
    """Read opening hours; None when they cannot be read, or depend on the season."""
    if not text or not text.strip():
        return None
    expression = _osm_expression(text.strip())
    if expression is not None:
        return _osm_week(expression, text)
    mask = parse_free_text(text)
    return None if mask is None else WeekHours(mask)


def _osm_expression(text: str, country: str | None = None) -> Any:
    from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined] # missing from its stub

    if not text.isascii():
        return None
    try:
        return OpeningHours(text, country=country, auto_country=False, auto_timezone=False)
    except (ParserError, ValueError):
        return None


def _osm_week(expression: Any, text: str) -> WeekHours | None:
    if _ONLY_A_COMMENT.fullmatch(text.strip()):
        return None
    mask = _open_quarters(expression, _WEEK)
    if _DATED.search(text) and any(_open_quarters(expression, week) != mask for week in _OTHER_WEEKS):
        return None
    if mask == 0 and not _SAYS_CLOSED.fullmatch(text.strip()):
        # "Mo off" or "PH off" alone say when it is closed, and nothing about the rest.
        return None
    if not _HOLIDAYS.search(text):
        return WeekHours(mask)
    return WeekHours(mask, _open_quarters(_osm_expression(text.strip(), _COUNTRY), _HOLIDAY, days=1))


def _open_quarters(expression: Any, start: datetime, days: int = 7) -> int:
    from opening_hours import State

    mask = 0
    for since, until, state, _comments in expression.intervals(start, start + timedelta(days=days)):
        if state == State.OPEN:
            first, last = round((since - start) / _QUARTER), round((until - start) / _QUARTER)
            mask |= ((1 << last - first) - 1) << first
    return mask & (1 << days * QUARTERS_A_DAY) - 1
