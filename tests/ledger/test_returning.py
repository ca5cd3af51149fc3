from sqlalchemy import Engine

from index.database import reading
from ledger.events import Consent, Grade
from ledger.periods import Period
from ledger.returning import Returning, returning
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, stored

KEPT = Consent.REMEMBERED


def came_back(engine: Engine) -> Returning:
    with reading(engine) as session:
        return returning(session, ["tea-house"], Period.last_days(7, NOW, TZ))


def test_who_asked_to_be_remembered_and_came_on_an_earlier_day_came_back(any_engine: Engine) -> None:
    stored(
        any_engine,
        a_visit(visitor="regular-1", at=NOW - 20 * DAY, consent=KEPT),
        a_visit(visitor="regular-1", at=NOW, consent=KEPT),
        a_visit(visitor="new-one-1", at=NOW - DAY, consent=KEPT),
    )

    assert came_back(any_engine) == Returning(remembered=2, returned=1)


def test_a_days_id_another_place_a_word_and_the_same_day_are_no_return(any_engine: Engine) -> None:
    stored(
        any_engine,
        a_visit(visitor="a-days-id", at=NOW - DAY),
        a_visit(visitor="a-days-id", at=NOW),
        a_visit(visitor="elsewhere", at=NOW - DAY, listing="farm-stay", consent=KEPT),
        a_visit(visitor="elsewhere", at=NOW, consent=KEPT),
        a_visit(visitor="only-said", at=NOW - DAY, grade=Grade.STATED, consent=KEPT),
        a_visit(visitor="only-said", at=NOW, consent=KEPT),
        a_visit(visitor="same-day-1", at=NOW - HOUR, consent=KEPT),
        a_visit(visitor="same-day-1", at=NOW, consent=KEPT),
        a_visit(visitor="long-gone", at=NOW - 20 * DAY, consent=KEPT),
    )

    assert came_back(any_engine) == Returning(remembered=3, returned=0)
