from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from index.database import reading, writing
from ledger.append import Receipt, Status
from ledger.events import Arm, Consent, Grade, Ticket, Visit
from ledger.periods import milliseconds
from ledger.reading import events_of
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
