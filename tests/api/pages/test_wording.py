from datetime import datetime

import pytest

from api.pages import wording
from api.pages.messages import Texts
from index.hours import WeekHours, parse_hours

TUESDAY = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 - local time of the county
MONDAY = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001


def _week(text: str) -> WeekHours:
    week = parse_hours(text)
    assert week is not None
    return week


@pytest.mark.parametrize(
    ("metres", "told"),
    [(3, "10 m"), (262, "260 m"), (999, "1000 m"), (1_000, "1.0 km"), (9_940, "9.9 km"), (13_400, "13 km")],
)
def test_a_distance_is_told_as_exactly_as_one_walks_it(metres: float, told: str) -> None:
    assert wording.distance(metres) == told


@pytest.mark.parametrize(
    ("amount", "currency", "told"), [(80, "RMB", "¥80"), (12.5, "GBP", "£12.50"), (1200, "USD", "USD 1,200")]
)
def test_money_is_written_with_its_currency(amount: float, currency: str, told: str) -> None:
    assert wording.money(amount, currency) == told


@pytest.mark.parametrize(
    ("hours", "now", "told"),
    [
        ("Tu-Su 11:00-14:00,17:00-21:00", TUESDAY, "today 11:00–14:00, 17:00–21:00"),
        ("Tu-Su 11:00-14:00", MONDAY, "closed today"),
        ("24/7", MONDAY, "today all day"),
        ("Mo-Su 18:00-02:00", TUESDAY, "today 18:00–02:00"),
        ("Mo 18:00-02:00", TUESDAY, "closed today"),
        ("Mo-Su 09:00-24:00", TUESDAY, "today 09:00–24:00"),
    ],
)
def test_hours_that_run_past_midnight_belong_to_the_day_they_began(hours: str, now: datetime, told: str) -> None:
    assert wording.hours_today(_week(hours), now, Texts("en")) == told


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("Mo-Su 09:00-21:00", "每天 09:00–21:00"),
        ("24/7", "每天 全天"),
        ("Tu-Su 11:00-14:00", "周一 休息；周二至周日 11:00–14:00"),
        ("Sa,Su 10:00-12:00", "周一至周五 休息；周六、周日 10:00–12:00"),
    ],
)
def test_days_with_the_same_hours_are_told_together(hours: str, told: str) -> None:
    assert wording.hours_of_week(_week(hours), Texts("zh")) == told


def test_a_name_in_another_language_is_marked_for_screen_readers() -> None:
    assert wording.foreign("竹里人家", "en") == "zh"
    assert wording.foreign("Bamboo Hamlet", "zh") == "en"
    assert wording.foreign("竹里人家", "zh") is None
