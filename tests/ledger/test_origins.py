from sqlalchemy import Engine

from index.database import reading
from ledger.events import Event, Grade, Visit
from ledger.origins import Origins, origins
from ledger.periods import Period
from tests.ledger.builders import NOW, TZ, a_visit, an_event, stored


def came(number: int, origin: str | None, grade: Grade = Grade.SCANNED) -> Event:
    return an_event(Visit(grade=grade, origin=origin), visitor=f"visitor-{number:03d}")


def found(engine: Engine) -> Origins:
    with reading(engine) as session:
        return origins(session, ["tea-house"], Period.last_days(7, NOW, TZ))


def test_a_place_is_told_from_five_visitors_on(any_engine: Engine) -> None:
    stored(any_engine, *(came(number, "杭州" if number < 5 else "上海") for number in range(9)))
    assert found(any_engine) == Origins((("杭州", 5),), told=9)


def test_a_visitors_word_alone_and_silence_are_not_counted(any_engine: Engine) -> None:
    stored(any_engine, *(came(number, "杭州", Grade.STATED) for number in range(6)), a_visit(visitor="silent-1"))
    assert found(any_engine) == Origins((), told=None)
