"""Counts by local day and hour, and totals by listing, are those of the events."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger.events import Attester, Payment
from ledger.periods import Period
from ledger.tallies.reading import Counted, Step, Total, counts, totals
from tests.ledger.builders import DAY, NOW, TZ, a_visit, an_event, stored

WEEK = Period.last_days(7, NOW, TZ)


def counted(engine: Engine, *listings: str, period: Period = WEEK, step: Step = Step.DAY) -> list[Counted]:
    with reading(engine) as session:
        return counts(session, listings or ("tea-house",), period, step)


def test_nothing_is_counted_where_nothing_happened_or_nothing_is_asked(any_engine: Engine) -> None:
    assert counted(any_engine) == []
    stored(any_engine, an_event())
    with reading(any_engine) as session:
        assert (counts(session, [], WEEK), totals(session, [], WEEK)) == ([], [])


def test_a_period_holds_its_days_and_no_others(any_engine: Engine) -> None:
    first, end = datetime(2026, 11, 18, tzinfo=TZ), datetime(2026, 11, 25, tzinfo=TZ)
    moments = (first - timedelta(milliseconds=1), first, end - timedelta(milliseconds=1), end)
    stored(any_engine, *(an_event(at=at) for at in moments))

    assert sorted(one.since.date() for one in counted(any_engine)) == [date(2026, 11, 18), date(2026, 11, 24)]


def test_listings_are_counted_together_or_each_and_payments_with_what_was_paid(any_engine: Engine) -> None:
    paid = [
        Payment(amount=amount, attested_by=Attester.MERCHANT, reference=f"till-{amount}") for amount in (300, 4_000)
    ]
    stored(any_engine, *(an_event(payload) for payload in paid), an_event(paid[0], listing="zoo"), a_visit())

    together = counted(any_engine, "tea-house", "zoo", "nowhere")
    assert {(one.kind, one.part, one.count, one.amount) for one in together} == {
        ("payment", "merchant CNY", 3, 4_600),
        ("visit", "B", 1, 0),
    }
    with reading(any_engine) as session:
        assert set(totals(session, ["tea-house", "zoo"], WEEK)) == {
            Total("tea-house", "payment", "merchant CNY", 2, 4_300),
            Total("tea-house", "visit", "B", 1, 0),
            Total("zoo", "payment", "merchant CNY", 1, 300),
        }


def test_made_up_events_are_counted_apart(any_engine: Engine) -> None:
    stored(any_engine, an_event(), an_event(made_up=True))

    assert sorted((one.made_up, one.count) for one in counted(any_engine)) == [(False, 1), (True, 1)]


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Asia/Shanghai", date(2026, 11, 1)),
        ("Asia/Kathmandu", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 10, 20)),  # the clock is set back on the 25th
        ("America/New_York", date(2026, 3, 1)),  # and forward on the 8th
        ("Australia/Lord_Howe", date(2026, 3, 25)),  # by half an hour
    ],
)
def test_days_and_hours_are_local_in_every_time_zone(any_engine: Engine, zone: str, first: date) -> None:
    dice, tz = random.Random(5), ZoneInfo(zone)  # noqa: S311 - a seed, not a secret
    begun = datetime(first.year, first.month, first.day, tzinfo=UTC) - DAY
    events = [an_event(at=begun + timedelta(minutes=dice.randrange(24 * 24 * 60))) for _ in range(400)]
    stored(any_engine, *events)
    period = Period(first, 20, tz)

    for step in Step:
        expected: Counter[datetime] = Counter()
        for event in events:
            local = event.at.astimezone(tz).replace(tzinfo=None)
            if period.first <= local.date() <= period.last:
                hour = local.hour if step is Step.HOUR else 0
                expected[datetime.combine(local.date(), local.time().replace(hour, 0, 0, 0))] += 1
        found: Counter[datetime] = Counter()
        for one in counted(any_engine, period=period, step=step):
            found[one.since] += one.count
        assert found == expected
