import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from index.database import reading
from ledger.attribution import IMPRESSION_WINDOW, WINDOW
from ledger.events import Call, Directions, Event, Grade, Impression, Open, Scan, Share, Visit, Withheld
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, stored

WEEK = Period.last_days(7, NOW, TZ)
SECOND = timedelta(seconds=1)


def summary(engine: Engine, *listings: str, period: Period = WEEK) -> MerchantSummary:
    with reading(engine) as session:
        return merchant_summary(session, listings or ("tea-house",), period)


def test_a_new_merchant_has_zeros_for_every_day_and_a_sentence_that_helps(any_engine: Engine) -> None:
    found = summary(any_engine)

    assert (found.impressions, found.visits, found.visitors, found.interval) == (0, 0, 0, None)
    assert [day.day for day in found.by_day] == list(WEEK.dates)
    assert [len(hours) for hours in found.by_hour] == [24] * 7
    assert not found.made_up
    assert "No visitors recorded yet" in found.sentence("en")


def test_a_merchant_without_listings_has_zeros(any_engine: Engine) -> None:
    stored(any_engine, a_visit())

    with reading(any_engine) as session:
        assert merchant_summary(session, [], WEEK).visits == 0


def test_each_kind_is_counted_and_another_listings_events_are_not(any_engine: Engine) -> None:
    stored(
        any_engine,
        an_event(Impression(query_id="query-0001", position=0)),
        an_event(Impression(query_id="query-0002", position=4), visitor=None),
        an_event(Open(), at=NOW - HOUR),
        an_event(Call()),
        an_event(Directions(map="amap")),
        an_event(Share()),
        a_visit(),
        a_visit(grade=Grade.STATED, visitor="visitor-2"),
        an_event(Open(), listing="farm-stay"),
    )

    found = summary(any_engine)

    assert (found.impressions, found.opens, found.calls, found.directions, found.shares) == (2, 1, 1, 1, 1)
    assert (found.visits, found.stated_visits, found.visitors, found.referred_visitors) == (1, 1, 1, 1)


def test_listings_of_one_merchant_are_counted_together_and_a_visitor_of_both_once(any_engine: Engine) -> None:
    stored(any_engine, a_visit(), a_visit(listing="farm-stay"), a_visit(listing="farm-stay", visitor="visitor-2"))

    found = summary(any_engine, "tea-house", "farm-stay")

    assert (found.visits, found.visitors) == (3, 2)


@pytest.mark.parametrize(
    ("opened_before", "referred"),
    [(timedelta(0), 1), (WINDOW, 1), (WINDOW + SECOND, 0), (-SECOND, 0)],
)
def test_a_ticket_refers_when_it_was_opened_within_the_window_before(
    any_engine: Engine, opened_before: timedelta, referred: int
) -> None:
    stored(any_engine, a_visit(ticket=NOW - opened_before))

    assert summary(any_engine).referred_visitors == referred


@pytest.mark.parametrize(
    ("open_event", "referred"),
    [
        (an_event(at=NOW - WINDOW), 1),
        (an_event(at=NOW - WINDOW - SECOND), 0),
        (an_event(at=NOW + SECOND), 0),
        (an_event(at=NOW - HOUR, listing="farm-stay"), 0),
        (an_event(at=NOW - HOUR, visitor="visitor-2"), 0),
        (an_event(Impression(query_id="query-0001", position=0), at=NOW - IMPRESSION_WINDOW), 1),
        (an_event(Impression(query_id="query-0001", position=0), at=NOW - IMPRESSION_WINDOW - SECOND), 0),
        (an_event(Withheld(query_id="query-0001", position=0, propensity=0.05), at=NOW - HOUR), 0),
    ],
)
def test_an_open_or_an_impression_refers_only_the_same_visitor_to_the_same_listing_within_the_window(
    any_engine: Engine, open_event: Event, referred: int
) -> None:
    # The order of arrival must not matter: a device may send its open late.
    stored(any_engine, a_visit(), open_event)

    found = summary(any_engine)

    assert (found.visitors, found.referred_visitors) == (1, referred)


def test_a_visitor_is_referred_once_however_often_they_came(any_engine: Engine) -> None:
    stored(
        any_engine,
        a_visit(at=NOW - 3 * DAY),
        a_visit(at=NOW - 2 * DAY, ticket=NOW - 2 * DAY - HOUR),
        a_visit(at=NOW - DAY, ticket=NOW - 2 * DAY),
        a_visit(visitor="visitor-2"),
    )

    found = summary(any_engine)

    assert (found.visits, found.visitors, found.referred_visitors) == (4, 2, 1)
    assert "1 of your 2 recorded visitors found you here" in found.sentence("en")


def test_days_and_hours_are_local(any_engine: Engine) -> None:
    stored(any_engine, a_visit(at=datetime(2026, 11, 22, 16, 30, tzinfo=UTC)))  # Monday the 23rd, 0:30

    found = summary(any_engine)

    assert [day.day for day in found.by_day if day.visits] == [date(2026, 11, 23)]
    assert found.by_hour[0][0] == 1
    assert sum(map(sum, found.by_hour)) == 1


def test_hours_are_right_where_the_offset_is_no_whole_hour(any_engine: Engine) -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    stored(any_engine, a_visit(at=datetime(2026, 11, 24, 18, 14, 59, tzinfo=UTC)))  # 23:59:59 of the 24th

    found = summary(any_engine, period=Period(date(2026, 11, 24), 1, kathmandu))

    assert found.by_hour[1][23] == 1


def test_the_period_before_is_counted_apart(any_engine: Engine) -> None:
    stored(
        any_engine,
        an_event(at=NOW),
        an_event(at=NOW - 7 * DAY),
        a_visit(at=NOW - 8 * DAY),
        an_event(at=NOW - 14 * DAY),
    )

    found = summary(any_engine)

    assert (found.opens, found.visits) == (1, 0)
    assert (found.previous.opens, found.previous.visits, found.previous.visitors) == (1, 1, 1)


def test_made_up_events_are_said_to_be_among_those_counted(any_engine: Engine) -> None:
    stored(any_engine, an_event(made_up=True, at=NOW - 10 * DAY))
    assert not summary(any_engine).made_up

    stored(any_engine, an_event(made_up=True))
    assert summary(any_engine).made_up


def test_a_random_history_gives_what_counting_by_hand_gives(any_engine: Engine) -> None:
    random_ = random.Random(3)  # noqa: S311 - a seed, not a secret
    events = [_random_event(random_) for _ in range(600)]
    stored(any_engine, *events)

    found = summary(any_engine, "a", "b")

    mine = [e for e in events if e.listing in {"a", "b"}]
    inside = [e for e in mine if WEEK.first <= e.at.astimezone(TZ).date() <= WEEK.last]
    visits = [e for e in inside if isinstance(e.payload, Visit) and e.payload.grade is not Grade.STATED]
    referred = {visit.visitor for visit in visits if _is_referred(visit, mine)}
    assert found.opens == sum(e.kind == "open" for e in inside)
    assert found.visits == len(visits) == sum(day.visits for day in found.by_day) == sum(map(sum, found.by_hour))
    assert found.stated_visits == sum(e.kind == "visit" for e in inside) - len(visits)
    assert (found.visitors, found.referred_visitors) == (len({visit.visitor for visit in visits}), len(referred))
    assert 0 < len(referred) < found.visitors


def _random_event(random_: random.Random) -> Event:
    at = NOW - timedelta(minutes=random_.randrange(20 * 24 * 60))
    where, who = random_.choice("abc"), f"visitor-{random_.randrange(40)}"
    if random_.random() < 0.5:
        return an_event(at=at, listing=where, visitor=who)
    ticket = at - timedelta(hours=random_.randrange(300)) if random_.random() < 0.2 else None
    return a_visit(at=at, listing=where, visitor=who, grade=random_.choice(list(Grade)), ticket=ticket)


def _is_referred(visit: Event, events: list[Event]) -> bool:
    assert isinstance(visit.payload, Visit)
    opened = [e.at for e in events if (e.kind, e.visitor, e.listing) == ("open", visit.visitor, visit.listing)]
    if visit.payload.ticket is not None:
        opened.append(visit.payload.ticket.opened_at)
    return any(timedelta(0) <= visit.at - at <= WINDOW for at in opened)


@pytest.mark.one_database("sqlite", "reads SQLite's plans, which need no statistics")
def test_what_others_events_are_is_not_read_to_tell_a_merchants(engine: Engine) -> None:
    stored(engine, an_event(at=NOW - HOUR), a_scanned_visit(), a_scanned_visit(listing="farm-stay", at=NOW - DAY))
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    assert summary(engine).visits == 1
    event.remove(engine, "before_cursor_execute", note)

    with engine.connect() as connection:
        selects = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
        plans = [
            step
            for statement, values in selects
            for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            if "payloads" in step
        ]
    assert len(plans) > len(selects) / 2
    assert not [step for step in plans if "SCAN" in step or "ix_payloads_kind" in step]


def a_scanned_visit(**fields: Any) -> Event:
    scan = Scan(step=1, asked=True, device="device-0001", network="network-0001")
    return an_event(Visit(grade=Grade.SCANNED, scan=scan), **fields)
