from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger.events import Grade
from ledger.merchant_rows import Grain, Row, rows, spans
from ledger.periods import Period
from tests.ledger.builders import HOUR, NOW, TZ, a_visit, an_event, stored

ALL = slice(None)
#: Tuesday, 24 November 2026, noon.
NOON = datetime(2026, 11, 24, 12)  # noqa: DTZ001 - the county's clock


def found(engine: Engine, period: Period, grain: Grain, wanted: slice = ALL) -> list[Row]:
    with reading(engine) as session:
        return rows(session, ["tea-house"], period, grain, wanted)


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.WEEK, Grain.MONTH])
def test_the_steps_of_a_period_join_and_add_up_to_it(any_engine: Engine, grain: Grain) -> None:
    period = Period(date(2026, 10, 20), 36, TZ)
    stored(any_engine, *(an_event(at=NOW - 24 * HOUR * days) for days in range(36)))
    steps = spans(period, grain)
    assert all(one.until == other.since for one, other in pairwise(steps))
    assert (steps[0].since.date(), steps[-1].until.date()) == (date(2026, 10, 20), date(2026, 11, 25))
    assert sum(row.counts["opens"] or 0 for row in found(any_engine, period, grain)) == 36


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    period = Period(date(2026, 10, 20), 36, TZ)
    assert {span.since.weekday() for span in spans(period, Grain.WEEK)[1:]} == {0}
    assert [span.since.day for span in spans(period, Grain.MONTH)] == [20, 1]


def test_an_hour_is_told_from_five_visitors_on(any_engine: Engine) -> None:
    stored(any_engine, *(a_visit(visitor=f"visitor-{n}") for n in range(5)))
    stored(any_engine, *(a_visit(visitor=f"visitor-{n}", at=NOW - HOUR, listing="tea-house") for n in range(10, 14)))
    stored(any_engine, *(an_event() for _ in range(9)))
    by_hour = {row.span.since: row.counts for row in found(any_engine, Period.day_of(NOW, TZ), Grain.HOUR)}
    assert len(by_hour) == 24
    assert by_hour[NOON]["visits"] == 5
    assert by_hour[NOON - timedelta(hours=1)]["visits"] is None
    assert by_hour[NOON]["opens"] is None  # nine by one visitor


def test_what_visitors_only_say_is_counted_apart(any_engine: Engine) -> None:
    stored(any_engine, *(a_visit(visitor=f"visitor-{n}", grade=Grade.STATED) for n in range(5)))
    day = Period.day_of(NOW, TZ)
    [row] = found(any_engine, day, Grain.DAY)
    assert (row.counts["visits"], row.counts["stated_visits"]) == (0, 5)
    at_noon = found(any_engine, day, Grain.HOUR)[12].counts
    assert (at_noon["visits"], at_noon["stated_visits"]) == (None, 5)


def test_pages_are_what_the_whole_has(any_engine: Engine) -> None:
    stored(any_engine, *(a_visit(visitor=f"visitor-{n}") for n in range(6)))
    period = Period.last_days(3, NOW, TZ)
    whole = found(any_engine, period, Grain.HOUR)
    assert [row for at in range(0, 72, 7) for row in found(any_engine, period, Grain.HOUR, slice(at, at + 7))] == whole
    assert found(any_engine, period, Grain.HOUR, slice(72, 80)) == []


def test_a_day_on_which_the_clock_is_set_back_has_24_names_of_hours(any_engine: Engine) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = Period(date(2026, 10, 25), 1, berlin)
    twice = [datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1)]
    stored(any_engine, *(an_event(at=at, visitor=f"visitor-{n}") for at in twice for n in range(5)))
    assert found(any_engine, day, Grain.HOUR)[2].counts["opens"] == 10
