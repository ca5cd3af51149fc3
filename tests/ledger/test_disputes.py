from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from index.database import reading, writing
from index.errors import Conflict, NotFound
from ledger.append import Receipt, Status
from ledger.disputes import OpenDispute, decide, dispute, disputes_of, open_disputes, take_back, withdraw
from ledger.events import Attester, Grade, Payment, Scan, Visit
from ledger.kept_visits import KeptVisits
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period
from tests.ledger.builders import NOW, TZ, an_event, stored


def doubtful_visits(engine: Engine) -> int:
    with reading(engine) as session:
        return merchant_summary(session, ["tea-house"], Period.last_days(7, NOW, TZ)).doubtful_visits


def test_a_merchant_disputes_a_person_decides_and_both_are_events(any_engine: Engine) -> None:
    stored(any_engine, an_event(Visit(grade=Grade.SCANNED, scan=Scan(open=False))))
    with writing(any_engine) as session:
        assert dispute(session, ["tea-house"], 0, note="a wedding", now=NOW).index == 1
    assert doubtful_visits(any_engine) == 1
    with reading(any_engine) as session:
        assert open_disputes(session) == [OpenDispute(0, "tea-house", NOW, "a wedding")]

    with writing(any_engine) as session:
        assert decide(session, 0, counts=True, decided_by="key-1", now=NOW).index == 2

    assert doubtful_visits(any_engine) == 0
    with reading(any_engine) as session:
        assert open_disputes(session) == []
    with writing(any_engine) as session:
        decide(session, 0, counts=False, decided_by="key-2", now=NOW)
    assert doubtful_visits(any_engine) == 1


def test_only_a_visit_to_ones_own_place_is_disputed_and_only_once_at_a_time(engine: Engine) -> None:
    stored(engine, an_event(Visit(grade=Grade.SCANNED)), an_event())
    with writing(engine) as session:
        for listings, index in ((["farm-stay"], 0), (["tea-house"], 1), (["tea-house"], 99)):
            with pytest.raises(NotFound):
                dispute(session, listings, index, now=NOW)
        dispute(session, ["tea-house"], 0, now=NOW)
        with pytest.raises(Conflict, match="a person will decide"):
            dispute(session, ["tea-house"], 0, note="in other words", now=NOW)
        with pytest.raises(NotFound):
            decide(session, 1, counts=True, decided_by="key-1", now=NOW)


@pytest.mark.parametrize("event_id", [None, "double-tap-1"])
def test_what_is_said_twice_is_one_event_with_one_receipt_also_when_the_retry_is_late(
    engine: Engine, event_id: str | None
) -> None:
    stored(engine, an_event(a_payment(Attester.ISSUER), visitor=None))
    says: tuple[Callable[..., Receipt], ...] = (
        partial(dispute, listings=["tea-house"], visit_index=0, note="not mine"),
        partial(decide, visit_index=0, counts=False, decided_by="key-1"),
        partial(withdraw, input_index=0, decided_by="key-1"),
    )
    for number, say in enumerate(says, start=1):
        named = event_id and f"{event_id}{number}"
        with writing(engine) as session:
            receipts = [say(session, now=NOW + timedelta(minutes=late), event_id=named) for late in (0, 20)]
        assert [(one.status, one.index) for one in receipts] == [
            (Status.RECORDED, number),
            (Status.DUPLICATE, number),
        ]


def test_the_id_of_another_event_is_refused(engine: Engine) -> None:
    visit = an_event(Visit(grade=Grade.SCANNED))
    stored(engine, visit)
    with writing(engine) as session:
        decide(session, 0, counts=True, decided_by="key-1", now=NOW, event_id="decision-1")
        for named in (visit.id, "decision-1"):
            with pytest.raises(Conflict, match="another event has this id"):
                decide(session, 0, counts=False, decided_by="key-1", now=NOW, event_id=named)
        # Said anew under an id of its own it is another decision, though the words are the same.
        assert decide(session, 0, counts=True, decided_by="key-1", now=NOW, event_id="decision-2").index == 2


def a_payment(attested_by: Attester, visit: str | None = None) -> Payment:
    signed = {"issuer": "bank", "signature": "0" * 128} if attested_by is Attester.ISSUER else {}
    return Payment(amount=100, attested_by=attested_by, reference="1", visit=visit, **signed)


def test_a_withdrawn_payment_lifts_no_visit_until_it_is_brought_back(any_engine: Engine) -> None:
    visit = an_event(Visit(grade=Grade.SCANNED))
    stored(any_engine, visit, an_event(a_payment(Attester.ISSUER, visit.id), visitor=None))
    day, kept = Period.last_days(1, NOW, TZ), KeptVisits()

    def grade() -> Grade:
        with reading(any_engine) as session:
            [weighed] = kept(session, ["tea-house"], day.start_ms, day.end_ms)
        return weighed.grade

    assert grade() is Grade.PAID
    with writing(any_engine) as session:
        dispute(session, ["tea-house"], 1, now=NOW)
        withdraw(session, 1, decided_by="key-1", now=NOW)
        assert open_disputes(session) == []
    assert grade() is Grade.SCANNED
    with writing(any_engine) as session:
        decide(session, 1, counts=True, decided_by="key-1", now=NOW)
    assert grade() is Grade.PAID


def test_a_visit_is_not_withdrawn(engine: Engine) -> None:
    stored(engine, an_event(Visit(grade=Grade.SCANNED)))
    with writing(engine) as session, pytest.raises(NotFound, match="payment or bill"):
        withdraw(session, 0, decided_by="key-1", now=NOW)


def test_a_merchant_takes_back_their_own_word_and_nothing_else(engine: Engine) -> None:
    stored(
        engine,
        an_event(a_payment(Attester.MERCHANT), visitor=None),
        an_event(a_payment(Attester.ISSUER), visitor=None),
        an_event(Visit(grade=Grade.STATED)),
    )
    with writing(engine) as session:
        for listings, index in ((["farm-stay"], 0), (["tea-house"], 1), (["tea-house"], 2), (["tea-house"], 99)):
            with pytest.raises(NotFound):
                take_back(session, listings, index, taken_by="laoban", now=NOW)
        take_back(session, ["tea-house"], 0, taken_by="laoban", now=NOW)
        with pytest.raises(Conflict, match="already"):
            take_back(session, ["tea-house"], 0, taken_by="laoban", now=NOW)
        assert disputes_of(session, ["tea-house"])[0].withdrawn
