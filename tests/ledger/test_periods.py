from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.periods import Period, milliseconds, moment
from tests.ledger.builders import NOW, TZ


def test_the_last_days_end_with_today_by_local_time() -> None:
    just_past_local_midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

    period = Period.last_days(7, just_past_local_midnight, TZ)

    assert (period.first, period.last) == (date(2026, 11, 18), date(2026, 11, 24))
    assert len(period.dates) == 7


def test_the_previous_period_ends_where_this_one_begins() -> None:
    period = Period.last_days(30, NOW, TZ)

    assert period.previous.end_ms == period.start_ms
    assert period.previous.days == 30


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    period = Period(day, 1, ZoneInfo("Europe/Berlin"))

    assert period.end_ms - period.start_ms == hours * 3_600_000


def test_a_period_has_its_first_moment_and_not_that_after_its_last() -> None:
    period = Period(date(2026, 11, 24), 1, TZ)

    assert period.start_ms in period
    assert period.end_ms not in period


def test_milliseconds_round_down_and_come_back_as_local_time() -> None:
    at = datetime(2026, 11, 24, 4, 0, 0, 999_999, tzinfo=UTC)

    assert moment(milliseconds(at), TZ) == at - timedelta(microseconds=999)
