from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from index.database import reading, writing
from ledger.append import Receipt, Status
from ledger.counted import counted_entries
from ledger.erasure import forget
from ledger.events import Arm, Consent, Grade, Scan, Ticket, Visit
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period, milliseconds
from ledger.reading import events_of
from ledger.tallies.keeping import first_difference
from ledger.tallies.reading import counts
from ledger.visits import record_visit
from ledger.weighing import weighed_visits
from tests.ledger.builders import DAY, HOUR, NOW, TZ, an_event, an_id, stored


def visited(engine: Engine, **fields: Any) -> Receipt:
    defaults: dict[str, Any] = {
        "event_id": an_id("visit"),
        "listing": "tea-house",
        "visitor": "visitor-1",
        "ticket": None,
        "grade": Grade.SCANNED,
        "now": NOW,
        "tz": TZ,
    }
    with writing(engine) as session:
        return record_visit(session, **(defaults | fields))


def test_a_visit_is_recorded_with_its_grade_ticket_and_consent(any_engine: Engine) -> None:
    receipt = visited(
        any_engine, ticket=Ticket(opened_at=NOW - DAY, arm=Arm.SHOWN), consent=Consent.REMEMBERED, origin="上海"
    )

    assert (receipt.status, receipt.index) == (Status.RECORDED, 0)
    with reading(any_engine) as session:
        [logged] = events_of(session)
    assert logged.event.consent is Consent.REMEMBERED
    assert isinstance(logged.event.payload, Visit)
    assert logged.event.payload.grade is Grade.SCANNED
    assert logged.event.payload.ticket == Ticket(opened_at=NOW - DAY, arm=Arm.SHOWN)


def test_under_a_days_id_a_ticket_of_another_day_logs_its_day_alone(any_engine: Engine) -> None:
    visited(any_engine, ticket=Ticket(opened_at=NOW - 7 * DAY + HOUR))

    with reading(any_engine) as session:
        [logged] = events_of(session)
        [visit] = weighed_visits(session, None, 0, milliseconds(NOW + DAY))
    assert isinstance(logged.event.payload, Visit)
    assert logged.event.payload.ticket is not None
    assert f"{logged.event.payload.ticket.opened_at.astimezone(TZ):%F %T}" == "2026-11-17 23:59:59"
    assert visit.referred


def test_a_second_scan_on_the_same_local_day_is_already_recorded(any_engine: Engine) -> None:
    early = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # half past midnight in the county
    first = visited(any_engine, now=early)

    again = visited(any_engine, now=early + 23 * HOUR)

    assert (again.status, again.index, again.reason) == (Status.DUPLICATE, first.index, "already recorded today")


def test_the_next_local_day_counts_again(any_engine: Engine) -> None:
    visited(any_engine, now=datetime(2026, 11, 24, 15, 59, tzinfo=UTC))

    receipt = visited(any_engine, now=datetime(2026, 11, 24, 16, 0, tzinfo=UTC))

    assert receipt.status is Status.RECORDED


def test_another_visitor_or_another_listing_counts_on_the_same_day(any_engine: Engine) -> None:
    visited(any_engine)

    assert visited(any_engine, visitor="visitor-2").status is Status.RECORDED
    assert visited(any_engine, listing="farm-stay").status is Status.RECORDED


def test_a_retry_past_midnight_finds_the_first_try(any_engine: Engine) -> None:
    midnight = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    first = visited(any_engine, event_id="visit-retried", now=midnight - timedelta(seconds=1))

    retry = visited(any_engine, event_id="visit-retried", now=midnight + timedelta(seconds=1))

    assert (retry.status, retry.index) == (Status.DUPLICATE, first.index)


def test_an_id_that_another_event_has_is_rejected_and_nothing_is_recorded(any_engine: Engine) -> None:
    event = an_event()
    stored(any_engine, event)

    assert visited(any_engine, event_id=event.id).status is Status.REJECTED


def test_a_scan_after_a_stated_visit_is_recorded_but_not_the_other_way_round(any_engine: Engine) -> None:
    assert visited(any_engine, grade=Grade.STATED).status is Status.RECORDED
    assert visited(any_engine, grade=Grade.SCANNED).status is Status.RECORDED
    assert visited(any_engine, grade=Grade.STATED).status is Status.DUPLICATE


def test_a_scan_after_a_stay_counts_instead_of_it_once(any_engine: Engine) -> None:
    stay = visited(any_engine, grade=Grade.GEOFENCED, scan=Scan(open=True))

    scan = visited(any_engine, grade=Grade.SCANNED, now=NOW + HOUR)
    again = visited(any_engine, grade=Grade.SCANNED, now=NOW + 2 * HOUR)
    lesser = visited(any_engine, grade=Grade.GEOFENCED, now=NOW + 2 * HOUR)
    retried = visited(any_engine, grade=Grade.GEOFENCED, event_id=stay.id, now=NOW + 2 * HOUR)

    assert (stay.status, scan.status, scan.index) == (Status.RECORDED, Status.RECORDED, 1)
    assert [(receipt.status, receipt.index) for receipt in (again, lesser)] == [(Status.DUPLICATE, 1)] * 2
    assert (retried.status, retried.index) == (Status.DUPLICATE, 0)
    day = Period.day_of(NOW, TZ)
    with reading(any_engine) as session:
        kept = [logged.event.payload for logged in events_of(session)]
        [counted] = weighed_visits(session, ["tea-house"], day.start_ms, day.end_ms)
        [in_the_county] = weighed_visits(session, None, day.start_ms, day.end_ms)
        [tallied] = counts(session, ["tea-house"], day)
        summary = merchant_summary(session, ["tea-house"], day)
        entries = counted_entries(session, ["tea-house"], day, "visit")
        assert first_difference(session.connection(), session.connection()) is None
    assert [payload.grade for payload in kept if isinstance(payload, Visit)] == [Grade.GEOFENCED, Grade.SCANNED]
    assert counted == in_the_county
    assert (counted.index, counted.grade, counted.weight) == (1, Grade.SCANNED, 1)
    assert (tallied.count, summary.visits, summary.visitors) == (1, 1, 1)
    assert [entry.index for entry in entries if entry.why_not is None] == [1]


def test_a_replaced_visit_uses_up_none_of_a_visitors_three_and_is_forgotten_with_the_other(any_engine: Engine) -> None:
    for day in (3, 2, 1):
        visited(any_engine, grade=Grade.GEOFENCED, now=NOW - day * DAY)
        visited(any_engine, grade=Grade.SCANNED, now=NOW - day * DAY + HOUR)

    with reading(any_engine) as session:
        found = weighed_visits(session, ["tea-house"], 0, milliseconds(NOW))
    assert [(visit.grade, visit.weight) for visit in found] == [(Grade.SCANNED, 1)] * 3

    with writing(any_engine) as session:
        forget(session, "visitor-1", now=NOW)
    with reading(any_engine) as session:
        assert first_difference(session.connection(), session.connection()) is None
        assert counts(session, ["tea-house"], Period.last_days(7, NOW, TZ)) == []
