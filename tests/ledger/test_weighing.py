from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event

from index.database import reading
from ledger.attribution import kish, wilson
from ledger.board import ListingFacts, board_indicators
from ledger.checks.findings import Reason
from ledger.credit import credit_signals
from ledger.events import Attester, Decision, Event, Grade, Open, Payment, Scan, Visit, parse_event
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period
from ledger.weighing import WeighedVisitor, share_of, visitors_of, weighed_visits
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, an_id, stored
from tests.ledger.checks.builders import FAR_AWAY, PLACE

WEEK = Period.last_days(7, NOW, TZ)
CLOSED = Scan(open=False)


def a_scan(scan: Scan, **fields: object) -> Event:
    return an_event(Visit(grade=Grade.SCANNED, scan=scan), **fields)


def summary(engine: Engine) -> MerchantSummary:
    with reading(engine) as session:
        return merchant_summary(session, ["tea-house"], WEEK)


def test_a_doubtful_visit_is_counted_shown_as_doubtful_and_weighs_less(any_engine: Engine) -> None:
    stored(any_engine, a_visit(), a_scan(CLOSED, visitor="visitor-2"))

    found = summary(any_engine)

    assert (found.visits, found.visitors, found.doubtful_visits) == (2, 2, 1)
    assert found.weighted_visits == pytest.approx(1.05)
    assert [visit.index for visit in found.doubtful] == [1]
    assert found.reasons == {Reason.CLOSED: 1}
    assert "with 1 doubtful visit counted for less, about 0% (95% interval" in found.sentence("en")
    assert "有 1 次到访存疑" in found.sentence("zh")


def test_the_share_goes_by_weight_and_its_interval_by_kishs_number() -> None:
    visitors = {f"visitor-{n}": WeighedVisitor(1.0 if n < 6 else 0.1, referred=n % 2 == 0) for n in range(10)}

    found = share_of(visitors)

    assert (found.visitors, found.referred) == (10, 5)
    assert found.effective == pytest.approx(6.4**2 / 6.04) == pytest.approx(kish([1.0] * 6 + [0.1] * 4))
    assert found.share == pytest.approx(3.2 / 6.4)
    expected = wilson(0.5 * found.effective, found.effective)
    assert found.interval is not None
    assert expected is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high))


def test_visitors_without_any_weight_have_no_share() -> None:
    found = share_of({"visitor-1": WeighedVisitor(0.0, referred=True)})

    assert (found.visitors, found.referred, found.share, found.interval) == (1, 1, None, None)
    assert share_of({}).share is None


def test_a_visitor_has_one_weight_and_a_doubtful_visit_refers_no_sound_visitor(any_engine: Engine) -> None:
    referred_but_closed = Visit(
        grade=Grade.SCANNED,
        scan=CLOSED,
        ticket={"opened_at": NOW - 3 * DAY - HOUR},
    )
    stored(any_engine, a_visit(), an_event(referred_but_closed, at=NOW - 3 * DAY))

    with reading(any_engine) as session:
        visits = weighed_visits(session, ["tea-house"], WEEK.start_ms, WEEK.end_ms)

    assert [visit.referred for visit in visits] == [True, False]
    assert visitors_of(visits) == {"visitor-1": WeighedVisitor(1.0, referred=False)}


def test_journeys_are_seen_across_listings_though_only_one_is_asked_for(any_engine: Engine) -> None:
    away = Scan(place=FAR_AWAY, cell=FAR_AWAY, asked=True)
    here = Scan(place=PLACE, cell=PLACE, asked=True)
    stored(any_engine, a_scan(here), a_scan(away, at=NOW - HOUR / 12, listing="farm-stay"))

    assert summary(any_engine).reasons == {Reason.TRAVEL: 1}


def test_the_thirty_days_before_a_period_are_known_to_it(any_engine: Engine) -> None:
    stored(any_engine, *(a_visit(at=NOW - days * DAY) for days in (28, 21, 14, 0)))

    found = summary(any_engine)

    assert (found.visits, found.reasons) == (1, {Reason.CAP: 1})


def test_the_latest_decision_of_a_person_holds(any_engine: Engine) -> None:
    stored(any_engine, a_scan(CLOSED), an_event(Decision(visit_index=0, counts=True, decided_by="board")))
    assert summary(any_engine).weighted_visits == 1

    stored(any_engine, an_event(Decision(visit_index=0, counts=False, decided_by="board")))
    assert summary(any_engine).weighted_visits == pytest.approx(0.05)


def test_a_decision_under_another_listings_name_changes_nothing(any_engine: Engine) -> None:
    decision = Decision(visit_index=0, counts=True, decided_by="board")
    stored(any_engine, a_scan(CLOSED), an_event(decision, listing="farm-stay"))

    assert summary(any_engine).doubtful_visits == 1


@pytest.mark.parametrize(
    ("attester", "where", "lifted"),
    [
        (Attester.ISSUER, "tea-house", True),
        (Attester.MERCHANT, "tea-house", False),
        (Attester.ISSUER, "farm-stay", False),
    ],
)
def test_only_an_issuers_payment_for_this_visit_lifts_its_grade(
    any_engine: Engine, attester: Attester, where: str, *, lifted: bool
) -> None:
    visit = a_scan(CLOSED)
    signed = {"issuer": "bank", "signature": "0" * 128} if attester is Attester.ISSUER else {}
    payment = Payment(amount=8_800, attested_by=attester, reference="till-1", visit=visit.id, **signed)
    stored(any_engine, visit, an_event(payment, listing=where, visitor=None, at=NOW + HOUR))

    found = summary(any_engine)

    assert (found.paid_visits, found.doubtful_visits) == ((1, 0) if lifted else (0, 1))
    assert found.payments == (where == "tea-house")


@pytest.mark.one_database("sqlite", "reads SQLite's plans, which need no statistics")
def test_payments_are_read_of_the_days_that_the_visits_need_and_by_their_listing(engine: Engine) -> None:
    visit = a_scan(CLOSED)
    late = [_paid_for(visit, at=NOW + 2 * DAY), _paid_for(visit, at=NOW - 2 * DAY)]
    stored(engine, visit, *late)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "payment" in values:
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    with reading(engine) as session:
        [found] = weighed_visits(session, ["tea-house"], WEEK.start_ms, WEEK.end_ms)
    event.remove(engine, "before_cursor_execute", note)

    assert found.grade is Grade.SCANNED
    [(statement, values)] = asked
    with engine.connect() as connection:
        plan = [step for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert "ix_payloads_listing (listing=? AND kind=? AND at_ms>? AND at_ms<?)" in plan[0]


def _paid_for(visit: Event, *, at: datetime) -> Event:
    payment = Payment(
        amount=8_800,
        attested_by=Attester.ISSUER,
        reference=an_id("till"),
        visit=visit.id,
        issuer="bank",
        signature="0" * 128,
    )
    return an_event(payment, visitor=None, at=at)


def test_credit_counts_weights_and_tenure_begins_with_a_credible_visit(any_engine: Engine) -> None:
    stored(any_engine, a_scan(CLOSED, at=NOW - 50 * DAY), a_visit(visitor="visitor-2", at=NOW - 10 * DAY))

    with reading(any_engine) as session:
        found = {signal.id: signal for signal in credit_signals(session, ["tea-house"], NOW)}

    assert found["verified_visits"].value == pytest.approx(1.05)
    assert found["verified_visits"].evidence.events == 2
    assert found["tenure_days"].value == 10
    assert found["active_weeks"].value == pytest.approx(1 / 7)


def test_doubtful_visits_do_not_lift_a_figure_over_the_boards_floor(any_engine: Engine) -> None:
    facts = {name: ListingFacts("town", "restaurant", None, None) for name in ("a", "b", "c")}
    honest = [a_visit(listing="abc"[n % 3], visitor=f"visitor-{n}") for n in range(9)]
    stored(any_engine, *honest, *(a_scan(CLOSED, listing="a", visitor=f"made-up-{n}") for n in range(30)))
    with reading(any_engine) as session:
        assert board_indicators(session, WEEK, facts)[0].suppressed

    stored(any_engine, a_visit(listing="a", visitor="visitor-9"))
    with reading(any_engine) as session:
        assert board_indicators(session, WEEK, facts)[0].value == 10


def test_a_visit_from_before_scans_were_kept_has_the_same_canonical_form_as_then() -> None:
    written = a_visit().model_dump(mode="json")

    assert written["payload"] == {"kind": "visit", "grade": "B", "ticket": None, "origin": None}
    assert parse_event(written).payload == Visit(grade=Grade.SCANNED)
    assert isinstance(an_event().payload, Open)
