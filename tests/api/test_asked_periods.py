from datetime import date, timedelta

import pytest

from api.asked_periods import LONGEST, WrongPeriod, between
from tests.ledger.builders import NOW, TZ

TODAY = date(2026, 11, 24)


def test_a_period_may_be_a_day_or_a_leap_year() -> None:
    assert between(TODAY, TODAY, NOW, TZ).days == 1
    assert between(TODAY - timedelta(days=LONGEST - 1), TODAY, NOW, TZ).days == LONGEST


@pytest.mark.parametrize(
    ("first", "last", "field", "said"),
    [
        (TODAY + timedelta(days=1), TODAY + timedelta(days=2), "from", "future"),
        (TODAY, TODAY + timedelta(days=1), "to", "today is 2026-11-24"),
        (TODAY, TODAY - timedelta(days=1), "from", "a day up to 2026-11-23"),
        (TODAY - timedelta(days=LONGEST), TODAY, "from", "begin on 2025-11-24 or later"),
        (date(1, 1, 1), TODAY, "from", "before 2000-01-01"),
    ],
)
def test_what_is_wrong_with_a_period_is_said_at_its_parameter(first: date, last: date, field: str, said: str) -> None:
    with pytest.raises(WrongPeriod, match=said) as raised:
        between(first, last, NOW, TZ)
    assert raised.value.field == field
