from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from api.starter_history import COUNTY_TZ, DEMO_MERCHANT, history_events
from index.database import reading, writing
from index.hours import parse_hours
from index.listing import ListingRecord
from ledger.append import Status, append
from ledger.board import ListingFacts, board_indicators
from ledger.events import Event, Grade, Visit, parse_event
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period

UNTIL = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
DAYS = 120


@pytest.fixture(scope="module")
def events(records: list[ListingRecord]) -> list[Event]:
    return list(history_events(records, seed=1, until=UNTIL, days=DAYS))


@pytest.fixture(scope="module")
def by_id(records: list[ListingRecord]) -> dict[str, ListingRecord]:
    return {record.id: record for record in records}


def test_the_same_seed_makes_the_same_past_in_whatever_order_the_listings_come(
    records: list[ListingRecord], events: list[Event]
) -> None:
    assert list(history_events(reversed(records), seed=1, until=UNTIL, days=DAYS)) == events


def test_another_seed_makes_another_past(records: list[ListingRecord], events: list[Event]) -> None:
    other = list(history_events(records, seed=2, until=UNTIL, days=DAYS))
    assert {event.id for event in other}.isdisjoint(event.id for event in events)


def test_a_load_that_is_retried_a_day_later_makes_no_event_anew(
    records: list[ListingRecord], events: list[Event]
) -> None:
    later = {event.id: event for event in history_events(records, seed=1, until=UNTIL + timedelta(days=1), days=DAYS)}
    # The later load begins a day later, and so lacks the first day and its late arrivals.
    first_days = {event.id for event in events if event.at < events[0].at + timedelta(days=5)}
    shared = [event for event in events if event.id not in first_days]
    assert shared
    assert [later.get(event.id) for event in shared] == shared


def test_it_is_of_a_size_that_loads_in_seconds(events: list[Event]) -> None:
    assert 6_000 <= len(events) <= 12_000


def test_every_event_says_that_it_is_made_up_and_is_valid(events: list[Event]) -> None:
    assert all(event.made_up for event in events)
    assert parse_event(events[0].model_dump()) == events[0]
    assert len({event.id for event in events}) == len(events)


def test_events_come_in_the_order_of_time_and_within_bounds(events: list[Event]) -> None:
    times = [event.at for event in events]
    assert times == sorted(times)
    first_day = UNTIL.astimezone(COUNTY_TZ).date() - timedelta(days=DAYS - 1)
    assert times[0].astimezone(COUNTY_TZ).date() == first_day
    assert times[-1] <= UNTIL


def test_a_visitor_is_known_for_one_day_only(events: list[Event]) -> None:
    days: dict[str, set[object]] = {}
    for event in events:
        days.setdefault(event.visitor or "", set()).add(event.at.astimezone(COUNTY_TZ).date())
    assert all(len(each) == 1 for each in days.values())
    assert "" not in days


def test_real_places_are_shown_and_opened_but_never_called_or_visited(
    events: list[Event], by_id: dict[str, ListingRecord]
) -> None:
    kinds = {event.kind for event in events if not by_id[event.listing or ""].made_up}
    assert kinds == {"impression", "open"}


def test_visits_fall_within_opening_hours(events: list[Event], by_id: dict[str, ListingRecord]) -> None:
    visits = [event for event in events if event.kind == "visit"]
    for visit in visits:
        week = parse_hours(by_id[visit.listing or ""].hours or "")
        assert week is not None
        assert week.is_open(visit.at.astimezone(COUNTY_TZ)), visit


def test_a_visit_with_a_ticket_follows_the_open_it_names(events: list[Event]) -> None:
    opens = {(event.listing, event.at) for event in events if event.kind == "open"}
    tickets = [
        (event, event.payload.ticket.opened_at)
        for event in events
        if isinstance(event.payload, Visit) and event.payload.ticket
    ]
    assert tickets
    for visit, opened_at in tickets:
        assert (visit.listing, opened_at) in opens
        assert timedelta(0) < visit.at - opened_at < timedelta(days=5)
        assert isinstance(visit.payload, Visit)
        assert visit.payload.grade is Grade.SCANNED


def test_a_page_shows_each_listing_once_and_positions_run_from_zero(events: list[Event]) -> None:
    pages: dict[str, list[tuple[int, str]]] = {}
    for event in events:
        if event.payload.kind == "impression":
            pages.setdefault(event.payload.query_id, []).append((event.payload.position, event.listing or ""))
    for page in pages.values():
        assert sorted(position for position, _ in page) == list(range(len(page)))
        assert len({listing for _, listing in page}) == len(page)


def test_weekends_are_busier_than_weekdays(events: list[Event]) -> None:
    visits = Counter(event.at.astimezone(COUNTY_TZ).weekday() for event in events if event.kind == "visit")
    assert min(visits[5], visits[6]) > max(visits[day] for day in range(4))


def test_without_made_up_merchants_there_is_no_past(real_places: list[ListingRecord]) -> None:
    assert list(history_events(real_places, seed=1, until=UNTIL)) == []
    assert list(history_events([], seed=1, until=UNTIL)) == []


def test_the_ledger_takes_every_event_once_and_the_first_pages_have_figures(
    engine: Engine, records: list[ListingRecord], events: list[Event]
) -> None:
    with writing(engine) as session:
        receipts = append(session, events, now=UNTIL, trusted=True)
    assert {receipt.status for receipt in receipts} == {Status.RECORDED}
    with writing(engine) as session:
        again = append(session, events, now=UNTIL, trusted=True)
    assert {receipt.status for receipt in again} == {Status.DUPLICATE}

    period = Period.last_days(90, UNTIL, ZoneInfo("Asia/Shanghai"))
    facts = {r.id: ListingFacts(r.area, r.category, r.lat, r.lon, r.area_en) for r in records}
    with reading(engine) as session:
        indicators = {each.id: each for each in board_indicators(session, period, facts)}
        summary = merchant_summary(session, [DEMO_MERCHANT], period)
    assert not any(indicator.suppressed for indicator in indicators.values())
    assert sum(not cell.suppressed for cell in indicators["visits_by_township"].cells) >= 8
    assert 60 <= summary.visitors <= 150
    assert 0.2 <= summary.referred_visitors / summary.visitors <= 0.4
    assert summary.made_up
