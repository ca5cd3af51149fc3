from datetime import timedelta

import pytest
from sqlalchemy import Engine

from index.database import reading, writing
from index.errors import NotFound
from ledger.append import Status
from ledger.credit_report import credit_report
from ledger.erasure import forget
from ledger.events import Consent, Event, Grade, Origin, Visit
from ledger.origins import ASKED_WITHIN, COUNTY, Origins, answers, origins, record_origin
from ledger.periods import Period, milliseconds
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, stored


def came(number: int, origin: str | None = None, grade: Grade = Grade.SCANNED) -> Event:
    """A visit of an hour ago; `origin` as earlier versions had it, in the visit itself."""
    return an_event(
        Visit(grade=grade, origin=origin), visitor=f"visitor-{number:03d}", id=f"visit-{number:05d}", at=NOW - HOUR
    )


def said(engine: Engine, number: int, place: str) -> Status:
    with writing(engine) as session:
        return record_origin(
            session,
            visit=f"visit-{number:05d}",
            visitor=f"visitor-{number:03d}",
            place=place,
            consent=Consent.DAY,
            now=NOW,
        ).status


def found(engine: Engine) -> Origins:
    with reading(engine) as session:
        return origins(session, ["tea-house"], Period.last_days(7, NOW, TZ))


def outside(engine: Engine) -> float | None:
    with reading(engine) as session:
        terms = credit_report(session, ["tea-house"], NOW, tz=TZ, home=["安吉", "Anji"]).terms
    return next(term.value for term in terms if term.id == "outside")


def test_a_place_is_told_from_five_visitors_on(any_engine: Engine) -> None:
    stored(any_engine, *(came(number) for number in range(9)))
    for number in range(9):
        said(any_engine, number, "hangzhou" if number < 5 else "shanghai")
    assert found(any_engine) == Origins((("hangzhou", 5),), told=9)


def test_what_a_visit_of_an_earlier_version_says_is_counted_beside_answers(any_engine: Engine) -> None:
    stored(any_engine, *(came(number, "杭州") for number in range(5)), *(came(number) for number in range(5, 10)))
    for number in range(5, 10):
        said(any_engine, number, COUNTY)
    assert found(any_engine) == Origins((("county", 5), ("杭州", 5)), told=10)
    assert outside(any_engine) == 0.5


def test_a_visitors_word_alone_and_silence_are_not_counted(any_engine: Engine) -> None:
    stored(any_engine, *(came(number, "杭州", Grade.STATED) for number in range(6)), a_visit(visitor="silent-1"))
    assert found(any_engine) == Origins((), told=None)


def test_the_first_answer_holds_and_a_second_adds_nothing(any_engine: Engine) -> None:
    stored(any_engine, came(0))
    assert said(any_engine, 0, "shanghai") is Status.RECORDED
    assert said(any_engine, 0, "hangzhou") is Status.DUPLICATE
    with reading(any_engine) as session:
        [answer] = answers(session, ["tea-house"], 0, milliseconds(NOW))
    assert (answer.index, answer.place) == (0, "shanghai")


@pytest.mark.parametrize(
    ("visit", "visitor", "later"),
    [
        ("visit-00000", "visitor-001", timedelta()),
        ("visit-00099", "visitor-000", timedelta()),
        ("visit-00000", "visitor-000", ASKED_WITHIN),
        ("visit-00002", "visitor-002", timedelta()),
        ("opened-0003", "visitor-000", timedelta()),
    ],
    ids=["another's", "unknown", "too late", "only stated", "no visit"],
)
def test_only_a_visits_own_visitor_says_where_they_came_from_within_a_day(
    any_engine: Engine, visit: str, visitor: str, later: timedelta
) -> None:
    stored(any_engine, came(0), came(2, None, Grade.STATED), an_event(visitor="visitor-000", id="opened-0003"))
    with writing(any_engine) as session, pytest.raises(NotFound):
        record_origin(session, visit=visit, visitor=visitor, place="shanghai", consent=Consent.DAY, now=NOW + later)
    assert found(any_engine).told is None


def test_an_answer_in_the_log_about_anothers_visit_is_not_read(any_engine: Engine) -> None:
    forged = [
        an_event(Origin(visit=f"visit-{number:05d}", place="shanghai"), visitor=f"visitor-{number + 1:03d}")
        for number in range(6)
    ]
    elsewhere = [
        an_event(
            Origin(visit=f"visit-{number:05d}", place="shanghai"), visitor=f"visitor-{number:03d}", listing="farm-stay"
        )
        for number in range(6)
    ]
    stored(any_engine, *(came(number) for number in range(6)), *forged, *elsewhere)
    assert found(any_engine).told is None
    with reading(any_engine) as session:
        assert answers(session, ["tea-house", "farm-stay"], 0, milliseconds(NOW + DAY)) == []


def test_who_is_forgotten_takes_the_answer_along(any_engine: Engine) -> None:
    stored(any_engine, *(came(number) for number in range(5)))
    for number in range(5):
        said(any_engine, number, "hangzhou")
    assert found(any_engine).told == 5
    with writing(any_engine) as session:
        assert forget(session, "visitor-003", now=NOW).erased == 2
    assert found(any_engine) == Origins((), told=None)
    with writing(any_engine) as session, pytest.raises(NotFound):
        record_origin(session, visit="visit-00003", visitor="visitor-003", place="abroad", consent=Consent.DAY, now=NOW)


def test_the_share_from_outside_is_of_those_who_said_from_ten_on(any_engine: Engine) -> None:
    stored(any_engine, *(came(number) for number in range(30)))
    for number in range(9):
        said(any_engine, number, "abroad")
    assert outside(any_engine) is None
    for number in range(9, 12):
        said(any_engine, number, COUNTY)
    assert outside(any_engine) == 0.75


def test_what_was_said_of_a_stay_is_said_of_the_scan_that_counts_instead(any_engine: Engine) -> None:
    stored(any_engine, *(came(number, grade=Grade.GEOFENCED) for number in range(10)))
    for number in range(10):
        said(any_engine, number, "hangzhou" if number < 8 else COUNTY)
    better = Visit(grade=Grade.SCANNED, instead_of="visit-00000")
    stored(any_engine, an_event(better, visitor="visitor-000", id="visit-better", at=NOW - HOUR / 2))
    week = Period.last_days(7, NOW, TZ)

    with reading(any_engine) as session:
        told = answers(session, ["tea-house"], week.start_ms, week.end_ms)
    assert sorted(answer.index for answer in told) == [*range(1, 10), 20]
    assert outside(any_engine) == 0.8
