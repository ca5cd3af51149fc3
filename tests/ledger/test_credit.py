from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger.attribution import wilson
from ledger.credit import MIN_WEEKS, REACH, Signal, credit_signals
from ledger.definitions import SIGNAL_DEFINITIONS
from ledger.events import Event, Grade
from tests.ledger.builders import DAY, HOUR, NOW, a_visit, an_event, stored

WEEK = timedelta(weeks=1)


def signals(engine: Engine, as_of: datetime = NOW) -> dict[str, Signal]:
    with reading(engine) as session:
        return {signal.id: signal for signal in credit_signals(session, ["tea-house"], as_of)}


def weekly(counts: Sequence[int]) -> list[Event]:
    """Visits by visitors of their own: so many in the last week, in the week before that, and so on."""
    return [
        a_visit(at=NOW - week * WEEK - HOUR * (number + 1), visitor=f"visitor-{week}-{number}")
        for week, count in enumerate(counts)
        for number in range(count)
    ]


def test_without_visits_no_signal_has_a_value_and_none_counts_against(any_engine: Engine) -> None:
    found = signals(any_engine)

    assert set(found) == set(SIGNAL_DEFINITIONS)
    assert all(signal.value is None and signal.interval is None for signal in found.values())
    assert all(signal.evidence.events == 0 and signal.evidence.first_index is None for signal in found.values())


@pytest.mark.parametrize(("grade", "count"), [(Grade.PAID, 1), (Grade.SCANNED, 1), (Grade.GEOFENCED, 1)])
def test_verified_grades_count(any_engine: Engine, grade: Grade, count: int) -> None:
    stored(any_engine, a_visit(grade=grade), a_visit(grade=Grade.STATED, visitor="visitor-2"))

    assert signals(any_engine)["verified_visits"].value == count


def test_a_stated_visit_is_no_evidence(any_engine: Engine) -> None:
    stored(any_engine, a_visit(grade=Grade.STATED))

    assert signals(any_engine)["verified_visits"].value is None


def test_regularity_is_the_share_of_whole_weeks_with_a_visit_and_their_variation(any_engine: Engine) -> None:
    # Of the oldest week only its first hour lies before the first visit: four whole weeks of 4, 0, 2 and 2 visits.
    stored(any_engine, *weekly([4, 0, 2, 2]), a_visit(at=NOW - 4 * WEEK - HOUR, visitor="visitor-first"))

    found = signals(any_engine)

    assert found["active_weeks"].value == 0.75
    assert found["weekly_variation"].value == pytest.approx(2**0.5 / 2)
    assert found["tenure_days"].value == 28


def test_regularity_says_nothing_before_four_whole_weeks(any_engine: Engine) -> None:
    stored(any_engine, *weekly([1] * (MIN_WEEKS - 1)), a_visit(at=NOW - MIN_WEEKS * WEEK + HOUR, visitor="visitor-x"))

    found = signals(any_engine)

    assert (found["active_weeks"].value, found["weekly_variation"].value) == (None, None)


def test_the_same_number_every_week_varies_by_nothing(any_engine: Engine) -> None:
    stored(any_engine, *weekly([3] * 5))

    found = signals(any_engine)

    assert (found["active_weeks"].value, found["weekly_variation"].value) == (1.0, 0.0)


def test_one_early_visit_and_then_none_is_a_share_of_zero_without_a_variation(any_engine: Engine) -> None:
    stored(any_engine, a_visit(at=NOW - 6 * WEEK - HOUR))

    found = signals(any_engine)

    assert (found["active_weeks"].value, found["weekly_variation"].value) == (0.0, None)


def test_the_share_referred_is_of_visitors_and_has_its_interval(any_engine: Engine) -> None:
    stored(
        any_engine,
        a_visit(at=NOW - DAY, ticket=NOW - DAY - HOUR),
        a_visit(at=NOW),
        a_visit(visitor="visitor-2"),
        an_event(visitor="visitor-3", at=NOW - HOUR),
        a_visit(visitor="visitor-3"),
    )

    found = signals(any_engine)["share_referred"]

    assert found.value == pytest.approx(2 / 3)
    assert found.interval == wilson(2, 3)


def test_visits_after_the_date_and_older_than_two_years_do_not_count(any_engine: Engine) -> None:
    stored(any_engine, a_visit(at=NOW + HOUR), a_visit(at=NOW - REACH), a_visit(at=NOW - REACH + HOUR))

    found = signals(any_engine)["verified_visits"]

    assert found.value == 1
    assert (found.evidence.first_index, found.evidence.last_index) == (2, 2)


def test_evidence_names_the_events_it_was_computed_from(any_engine: Engine) -> None:
    stored(any_engine, an_event(), a_visit(at=NOW), a_visit(at=NOW - DAY, made_up=True), an_event())

    found = signals(any_engine)["tenure_days"]

    assert (found.evidence.events, found.evidence.first_index, found.evidence.last_index) == (2, 1, 2)
    assert found.made_up
