import logging
from datetime import date, datetime

import numpy as np
import pytest

from index import holidays
from index.errors import UsageError
from index.holidays import is_holiday, known_holiday
from index.hours import OpenHours, parse_hours

# Times of the place itself.
_NATIONAL_DAY = datetime(2026, 10, 1, 12)  # noqa: DTZ001
_IN_LIEU = datetime(2026, 10, 5, 12)  # noqa: DTZ001
_USUAL = datetime(2026, 10, 15, 12)  # noqa: DTZ001
_UNKNOWN = datetime(2199, 10, 1, 12)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 1), True),
        (date(2026, 10, 5), True),
        (date(2026, 2, 17), True),
        # A Saturday that is worked, and one that is just a Saturday.
        (date(2026, 10, 10), False),
        (date(2026, 10, 24), False),
        (date(2026, 10, 15), False),
    ],
)
def test_the_announced_days_are_holidays(day: date, *, expected: bool) -> None:
    assert is_holiday(day) is expected


def test_a_year_that_is_not_announced_says_so(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holidays, "_told", set())
    with pytest.raises(UsageError, match="2199 are not known yet"):
        is_holiday(date(2199, 10, 1))
    with caplog.at_level(logging.WARNING):
        assert [known_holiday(date(2199, 10, day)) for day in (1, 2)] == [None, None]
    assert len(caplog.records) == 1, "once a year"


@pytest.mark.parametrize(
    ("text", "national_day", "usual"),
    [
        ("Mo-Fr 09:00-17:00; PH off", False, True),
        ("Mo-Su 09:00-17:00; PH 14:00-16:00", False, True),
        ("PH,Sa,Su 10:00-22:00", True, False),
        ("Mo-Su 09:00-17:00", True, True),
    ],
)
def test_hours_of_public_holidays_hold_on_these(text: str, *, national_day: bool, usual: bool) -> None:
    week = parse_hours(text)
    assert week is not None
    hours = OpenHours.of([None, week])
    for moment, expected in ((_NATIONAL_DAY, national_day), (_IN_LIEU, national_day), (_USUAL, usual)):
        assert week.is_open(moment) is expected
        assert hours.open_rows(moment).tolist() == [False, expected]
        assert hours.may_be_open(moment, np.arange(2)).tolist() == [True, expected]
    assert hours.week(1) == week


def test_where_holidays_are_unknown_only_what_holds_either_way_is_known() -> None:
    texts = ("Mo-Su 09:00-17:00; PH off", "Mo-Su 09:00-17:00; PH 10:00-14:00", "Mo-Su 09:00-10:00; PH off")
    hours = OpenHours.of([parse_hours(text) for text in texts])
    assert hours.open_rows(_UNKNOWN).tolist() == [False, True, False]
    assert hours.may_be_open(_UNKNOWN, np.arange(3)).tolist() == [True, True, False]


def test_a_week_with_holidays_is_kept_apart_from_the_same_without() -> None:
    weeks = [parse_hours("Mo-Su 09:00-17:00"), parse_hours("Mo-Su 09:00-17:00; PH off")]
    hours = OpenHours.of(weeks)
    assert [hours.week(row) for row in range(2)] == weeks
    assert hours.open_rows(_NATIONAL_DAY).tolist() == [True, False]
