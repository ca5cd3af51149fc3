import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Engine, text

from index.database import reading, writing
from ledger.append import AHEAD, DEVICE_KINDS, LATE, Receipt, Status, append
from ledger.events import (
    Attester,
    Bill,
    BillPaid,
    Booking,
    Call,
    Correction,
    Counter,
    Decision,
    Directions,
    Dispute,
    Erasure,
    Event,
    Grade,
    Impression,
    Open,
    Origin,
    Payload,
    Payment,
    Review,
    Save,
    Share,
    Stay,
    Visit,
    Website,
    Withdrawal,
    Withheld,
)
from ledger.proof import commitment
from ledger.reading import count_events, events_of
from tests.ledger.builders import DAY, HOUR, NOW, a_visit, an_event, an_id, stored

SAID: dict[str, Any] = {
    "impression": Impression(query_id="query-0001", position=0),
    "withheld": Withheld(query_id="query-0001", position=0, propensity=0.05),
    "open": Open(),
    "call": Call(),
    "directions": Directions(map="amap"),
    "share": Share(),
    "website": Website(),
    "save": Save(),
    "booking": Booking(day=NOW.date()),
    "visit": Visit(grade=Grade.STATED),
    "origin": Origin(visit="visit-0001", place="county"),
    "payment": Payment(amount=100, attested_by=Attester.MERCHANT, reference="till-1"),
    "stay": Stay(nights=1),
    "bill_paid": BillPaid(service="water", attested_by=Attester.MERCHANT, on_time=True),
    "bill": Bill(service="water", due=NOW.date(), paid=NOW.date(), band=0, attested_by=Attester.MERCHANT),
    "withdrawal": Withdrawal(input_index=0, decided_by="a person"),
    "review": Review(rating=5),
    "counter": Counter(device="device-0001", network="network-0001"),
    "dispute": Dispute(visit_index=0),
    "decision": Decision(visit_index=0, counts=True, decided_by="a person"),
    "correction": Correction(what="closed"),
    "erasure": Erasure(indices=(0,)),
}
KINDS = get_args(get_args(Payload)[0])


def sent(engine: Engine, *events: Event) -> list[Receipt]:
    with writing(engine) as session:
        return append(session, events, now=NOW)


def test_indices_start_at_zero_and_follow_the_order_given(any_engine: Engine) -> None:
    receipts = sent(any_engine, an_event(), an_event(Share()))

    assert [(receipt.status, receipt.index) for receipt in receipts] == [(Status.RECORDED, 0), (Status.RECORDED, 1)]


def test_nothing_to_append_is_answered_with_nothing(any_engine: Engine) -> None:
    assert sent(any_engine) == []


def test_an_event_sent_again_is_a_duplicate_with_its_first_index(any_engine: Engine) -> None:
    event = an_event()
    sent(any_engine, event)

    again = sent(any_engine, an_event(), event)

    assert [(receipt.status, receipt.index) for receipt in again] == [(Status.RECORDED, 1), (Status.DUPLICATE, 0)]


def test_an_event_twice_in_one_batch_is_stored_once(any_engine: Engine) -> None:
    event = an_event()

    receipts = sent(any_engine, event, event)

    assert [(receipt.status, receipt.index) for receipt in receipts] == [(Status.RECORDED, 0), (Status.DUPLICATE, 0)]


def test_another_event_under_a_known_id_is_rejected_and_the_first_stays(any_engine: Engine) -> None:
    first = an_event()
    sent(any_engine, first)

    [receipt] = sent(any_engine, an_event(Share(), id=first.id))

    assert (receipt.status, receipt.index) == (Status.REJECTED, None)
    assert receipt.reason is not None
    assert "another event has this id" in receipt.reason
    with reading(any_engine) as session:
        assert [logged.event for logged in events_of(session)] == [first]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (an_event(at=NOW + AHEAD + timedelta(seconds=1)), "future"),
        (an_event(at=NOW - LATE - timedelta(seconds=1)), "30 days"),
        (an_event(made_up=True), "operator"),
        (an_event(Erasure(indices=(0,)), listing=None), "visitor"),
        (a_visit(grade=Grade.SCANNED), "counter"),
        (a_visit(grade=Grade.STATED, ticket=NOW - HOUR), "counter"),
        (an_event(Visit(grade=Grade.STATED, instead_of="visit-0001")), "counter"),
    ],
)
def test_what_a_client_may_not_send_is_rejected_with_the_reason_while_the_rest_goes_in(
    any_engine: Engine, event: Event, reason: str
) -> None:
    rejected, recorded = sent(any_engine, event, an_event())

    assert rejected.status is Status.REJECTED
    assert reason in (rejected.reason or "")
    assert (recorded.status, recorded.index) == (Status.RECORDED, 0)


@pytest.mark.parametrize(
    "event",
    [
        an_event(at=NOW + AHEAD),
        an_event(at=NOW - LATE),
        an_event(visitor=None),
        a_visit(grade=Grade.STATED),
        an_event(Correction(what="closed", note="关门了\x00 🍵")),
    ],
)
def test_what_a_client_may_send_is_recorded_unchanged(any_engine: Engine, event: Event) -> None:
    [receipt] = sent(any_engine, event)

    assert receipt.status is Status.RECORDED
    with reading(any_engine) as session:
        assert [logged.event for logged in events_of(session)] == [event]


MERCHANTS = {"payment", "bill_paid", "booking", "stay"}


@pytest.mark.parametrize("kind", [kind.model_fields["kind"].default for kind in KINDS])
def test_a_client_speaks_only_of_the_kinds_that_are_its_own(engine: Engine, kind: str) -> None:
    event = an_event(SAID[kind], listing=None if kind == "erasure" else "tea-house")
    with writing(engine) as session:
        [device] = append(session, [event.model_copy(update={"id": an_id()})], now=NOW)
        [merchant] = append(session, [event.model_copy(update={"id": an_id()})], now=NOW, says=MERCHANTS)

    assert (device.status is Status.RECORDED) == (kind in DEVICE_KINDS)
    assert (merchant.status is Status.RECORDED) == (kind in MERCHANTS)
    for receipt in (device, merchant):
        assert receipt.status is Status.RECORDED or "not" in (receipt.reason or "")


def test_what_an_issuer_attests_is_taken_from_no_client(engine: Engine) -> None:
    attested = {"attested_by": Attester.ISSUER, "issuer": "bank"}
    payment = Payment(amount=100, reference="1", signature="0" * 128, **attested)
    bill = BillPaid(service="water", on_time=True, **attested)
    with writing(engine) as session:
        receipts = append(session, [an_event(payment), an_event(bill)], now=NOW, says=MERCHANTS)

    assert [receipt.status for receipt in receipts] == [Status.REJECTED] * 2
    assert all("signed feed" in (receipt.reason or "") for receipt in receipts)
    with writing(engine) as session:
        [by_the_operator] = append(session, [an_event(bill)], now=NOW, trusted=True)
    assert by_the_operator.status is Status.REJECTED, "this kind has no signature that could be verified"


def test_a_number_that_json_readers_would_round_is_rejected_with_the_reason(any_engine: Engine) -> None:
    [receipt] = sent(any_engine, an_event(Impression(query_id="query-0001", position=2**53)))

    assert (receipt.status, receipt.index) == (Status.REJECTED, None)
    assert "beyond 2^53" in (receipt.reason or "")


def test_the_operator_may_load_old_and_made_up_events(any_engine: Engine) -> None:
    [receipt] = stored(any_engine, an_event(at=NOW - 400 * DAY, made_up=True))

    assert receipt.status is Status.RECORDED


def test_the_commitment_is_over_the_stored_salt_and_body(any_engine: Engine) -> None:
    stored(any_engine, an_event(Impression(query_id="query-0001", position=3, terms={"words": 1e-7, "price": 2.0})))

    with any_engine.connect() as connection:
        committed, salt, body = connection.execute(
            text('SELECT commitment, salt, body FROM entries JOIN payloads ON entry_index = "index"')
        ).one()

    assert bytes(committed) == commitment(bytes(salt), body) == hashlib.sha256(bytes(salt) + body.encode()).digest()


def test_equal_events_have_different_commitments_so_that_none_can_be_guessed(any_engine: Engine) -> None:
    stored(any_engine, *(an_event(Open(), id=f"event-{number:08d}") for number in range(2)))

    with any_engine.connect() as connection:
        salts = connection.execute(text("SELECT salt FROM payloads")).scalars().all()

    assert len({bytes(salt) for salt in salts}) == 2


def test_what_was_not_committed_leaves_no_trace_and_no_gap(any_engine: Engine) -> None:
    def fail_after_append() -> None:
        with writing(any_engine) as session:
            append(session, [an_event()], now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_append()

    assert sent(any_engine, an_event())[0].index == 0


def test_eight_writers_at_once_leave_no_gap_and_no_double_index(any_engine: Engine) -> None:
    together = threading.Barrier(8)

    def write(_: int) -> list[Receipt]:
        together.wait()
        return [receipt for _ in range(10) for receipt in sent(any_engine, *(an_event() for _ in range(5)))]

    with ThreadPoolExecutor(8) as pool:
        receipts = [receipt for some in pool.map(write, range(8)) for receipt in some]

    assert sorted(receipt.index for receipt in receipts if receipt.index is not None) == list(range(400))
    with any_engine.connect() as connection:
        assert list(connection.execute(text('SELECT "index" FROM entries ORDER BY 1')).scalars()) == list(range(400))
        assert connection.execute(text("SELECT count(*) FROM payloads")).scalar() == 400


def test_writers_that_race_with_the_same_events_record_each_once(any_engine: Engine) -> None:
    events = [an_event() for _ in range(20)]
    together = threading.Barrier(4)

    def write(_: int) -> list[Receipt]:
        together.wait()
        return sent(any_engine, *events)

    with ThreadPoolExecutor(4) as pool:
        answers: list[list[Receipt]] = list(pool.map(write, range(4)))

    assert all([receipt.index for receipt in answer] == list(range(20)) for answer in answers)
    assert sum(receipt.status is Status.RECORDED for answer in answers for receipt in answer) == 20
    with reading(any_engine) as session:
        assert count_events(session) == 20


def test_a_batch_larger_than_one_look_up_finds_all_duplicates(engine: Engine) -> None:
    events = [an_event() for _ in range(1_203)]
    sent(engine, *events)

    again: list[Any] = sent(engine, *events)

    assert {receipt.status for receipt in again} == {Status.DUPLICATE}
    assert [receipt.index for receipt in again] == list(range(1_203))
