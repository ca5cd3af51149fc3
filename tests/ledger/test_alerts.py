from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from bench.alerts import measured
from index.database import reading
from index.hours import WeekHours, parse_hours
from ledger.alerts import FEWEST, FEWEST_WEEKS, HOURS_VISITORS, Alert, AlertKind, dispersion_of, judged
from ledger.alerts import alerts as alerts_of
from ledger.events import Correction, Event
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, stored

WEEK = timedelta(weeks=1)
STEADY = [[20, 18, 22, 19, 21, 20, 20]] * 8
NINE_TO_FIVE = parse_hours("Mo-Su 09:00-17:00")


def alerts(engine: Engine, hours: WeekHours | None = None) -> list[Alert]:
    with reading(engine) as session:
        return alerts_of(session, {"tea-house": hours}, NOW, TZ)


def days(*counts: int) -> list[Event]:
    """Visits at noon: so many yesterday, so many a week before that, and so on."""
    return [
        a_visit(at=NOW - DAY - week * WEEK, visitor=f"guest-{week}-{number}")
        for week, count in enumerate(counts)
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "kind"), [(20, None), (30, None), (39, None), (60, AlertKind.SPIKE), (11, None), (2, AlertKind.FALL)]
)
def test_only_what_chance_hardly_brings_is_an_alert(count: int, kind: AlertKind | None) -> None:
    assert judged(count, STEADY).kind is kind


@given(st.integers(0, FEWEST - 1), st.lists(st.lists(st.integers(0, FEWEST - 1), min_size=7, max_size=7), max_size=8))
def test_never_from_fewer_than_ten(count: int, weeks: list[list[int]]) -> None:
    assert judged(count, weeks).kind is None


@given(st.integers(0, 10_000), st.lists(st.lists(st.integers(0, 99), min_size=7, max_size=7), max_size=3))
def test_never_before_four_weeks_are_on_record(count: int, weeks: list[list[int]]) -> None:
    assert len(weeks) < FEWEST_WEEKS
    assert judged(count, weeks).kind is None


@given(
    st.lists(st.lists(st.integers(0, 60), min_size=7, max_size=7), min_size=4, max_size=8),
    st.integers(10, 500),
    st.integers(0, 500),
)
def test_what_is_more_than_a_spike_is_one_too(weeks: list[list[int]], count: int, more: int) -> None:
    if judged(count, weeks).kind is AlertKind.SPIKE:
        assert judged(count + more, weeks).kind is AlertKind.SPIKE


def test_dispersion_is_that_about_each_weekdays_mean() -> None:
    assert dispersion_of([[1, 100]] * 8) == 1.0
    uneven = np.random.default_rng(1).negative_binomial(10, 0.25, (400, 7)).tolist()
    assert dispersion_of(uneven) == pytest.approx(4, rel=0.1)
    assert dispersion_of([[0] * 7] * 8) == 1.0


def test_the_same_spike_is_no_alert_where_days_vary_more() -> None:
    wild = [[20, 2, 60, 5, 41, 20, 9], [22, 55, 3, 40, 0, 9, 50]] * 4
    assert judged(45, STEADY).kind is AlertKind.SPIKE
    assert judged(45, wild).kind is None


def test_quiet_places_are_seldom_alarmed() -> None:
    found = measured(10.0, 1.0, merchants=4, days=364, seed=2)
    assert found["false_per_1000"] <= 2
    assert measured(40.0, 1.0, merchants=20, days=7, seed=2)["spike_seen"] > 0.9


def test_a_spike_is_told_with_its_day_and_its_figures(any_engine: Engine) -> None:
    stored(any_engine, *days(30, 5, 5, 6, 5, 4))

    [found] = alerts(any_engine)

    assert (found.kind, found.count, found.expected, found.day.isoformat()) == ("spike", 30, 5.0, "2026-11-23")
    assert found.text.en == (
        "On Monday 2026-11-23 there were 30 verified visits; about 5 are usual: far more than on other such days."
    )
    assert found.text.zh.startswith("2026-11-23（周一）有 30 次核实的到访")


def test_a_fall_is_told_and_today_is_not_judged(any_engine: Engine) -> None:
    today = [a_visit(at=NOW, visitor=f"guest-today-{number}") for number in range(40)]
    stored(any_engine, *days(0, 20, 21, 19, 20, 20), *today)

    [found] = alerts(any_engine)

    assert (found.kind, found.count) == (AlertKind.FALL, 0)


def test_a_new_place_is_not_alarmed_by_its_first_guests(any_engine: Engine) -> None:
    stored(any_engine, *days(50, 40))

    assert alerts(any_engine) == []


def test_visits_while_the_listing_says_closed_make_its_hours_suspect(any_engine: Engine) -> None:
    late = [a_visit(at=NOW - DAY + 8 * HOUR, visitor=f"guest-late-{number}") for number in range(HOURS_VISITORS)]
    stored(any_engine, *late[1:], *days(3))
    assert alerts(any_engine, NINE_TO_FIVE) == []
    stored(any_engine, late[0])

    [found] = alerts(any_engine, NINE_TO_FIVE)

    assert (found.kind, found.listing, found.count) == (AlertKind.HOURS, "tea-house", HOURS_VISITORS)
    assert "5 of 8 visitors" in found.text.en
    assert alerts(any_engine, None) == []
    assert alerts(any_engine, parse_hours("24/7")) == []


def test_an_hour_early_or_late_and_one_who_comes_often_say_nothing(any_engine: Engine) -> None:
    grace = [a_visit(at=NOW - DAY + 5.5 * HOUR, visitor=f"guest-late-{number}") for number in range(20)]
    often = [a_visit(at=NOW - day * DAY + 9 * HOUR, visitor="a-friend") for day in range(1, 21)]
    stored(any_engine, *grace, *often)

    assert [found for found in alerts(any_engine, NINE_TO_FIVE) if found.kind is AlertKind.HOURS] == []


def test_two_visitors_who_report_it_closed_are_told_and_one_is_not(any_engine: Engine) -> None:
    stored(any_engine, an_event(Correction(what="closed")), an_event(Correction(what="closed")))
    assert alerts(any_engine) == []
    stored(
        any_engine, an_event(Correction(what="wrong_hours"), visitor="visitor-2"), an_event(Correction(what="other"))
    )

    [found] = alerts(any_engine)

    assert (found.kind, found.count) == (AlertKind.REPORTS, 2)


def test_a_merchant_without_a_place_has_none(any_engine: Engine) -> None:
    stored(any_engine, *days(30, 5, 5, 6, 5, 4))
    with reading(any_engine) as session:
        assert alerts_of(session, {}, NOW, TZ) == []


def test_what_is_dismissed_stays_the_same_thing_from_one_look_to_the_next(any_engine: Engine) -> None:
    stored(
        any_engine,
        *days(30, 5, 5, 6, 5, 4),
        an_event(Correction(what="closed"), visitor="visitor-2"),
        an_event(Correction(what="closed")),
    )

    names = Counter(found.id for look in range(2) for found in alerts(any_engine))

    assert set(names.values()) == {2}
