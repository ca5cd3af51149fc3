from datetime import UTC, datetime, timedelta

from api.guest_origins import guest_origins
from api.simulating.origins import HUNDRED, SAID, answers_to
from index.settings import Settings
from ledger.events import Event, Grade, Open, Origin, Visit
from tests.api.test_guest_origins import STARTER

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)


def came(number: int, grade: Grade = Grade.SCANNED, *, made_up: bool = True) -> Event:
    return Event(
        id=f"visit-{number:05d}",
        at=AT,
        listing="tea-house",
        visitor=f"visitor-{number:05d}",
        made_up=made_up,
        payload=Visit(grade=grade),
    )


def test_some_guests_say_where_they_come_from_each_after_their_own_visit_and_as_made_up_as_it() -> None:
    visits = [came(number) for number in range(1_000)]
    said = list(answers_to(visits))
    assert abs(len(said) / 1_000 - SAID) < 0.05
    by_id = {visit.id: visit for visit in visits}
    for event in said:
        assert isinstance(event.payload, Origin)
        visit = by_id[event.payload.visit]
        assert (event.visitor, event.listing, event.made_up) == (visit.visitor, visit.listing, True)
        assert timedelta() < event.at - visit.at < timedelta(minutes=1)
    assert said == list(answers_to(visits))
    places = [event.payload.place for event in said if isinstance(event.payload, Origin)]
    assert abs(places.count("hangzhou") / len(said) - HUNDRED["hangzhou"] / 100) < 0.06


def test_nobody_speaks_of_a_visit_that_is_only_stated_or_of_an_open() -> None:
    opened = came(0).model_copy(update={"payload": Open()})
    assert list(answers_to([opened, *(came(number, Grade.STATED) for number in range(50))])) == []


def test_what_made_up_guests_say_is_offered_by_the_starter_datas_list() -> None:
    assert set(HUNDRED) == {each.id for each in guest_origins(Settings(data=STARTER.parent))}
    assert sum(HUNDRED.values()) == 100
