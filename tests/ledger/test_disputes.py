import pytest
from sqlalchemy import Engine

from index.database import reading, writing
from index.errors import Conflict, NotFound
from ledger.disputes import OpenDispute, decide, dispute, open_disputes
from ledger.events import Grade, Scan, Visit
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
            dispute(session, ["tea-house"], 0, now=NOW)
        with pytest.raises(NotFound):
            decide(session, 1, counts=True, decided_by="key-1", now=NOW)
