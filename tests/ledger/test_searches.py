"""Chips of searches: from five visitors at least, never words, the newest only."""

import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger import searches
from ledger.events import Event, Impression
from ledger.periods import Period
from ledger.searches import Asked, Chip, asked
from tests.ledger.builders import DAY, HOUR, NOW, TZ, an_event, stored

PARKING, BATH = "facility:@parking", "facility:@bath"


def shown(number: int, *chips: str, **fields: object) -> Event:
    payload = Impression(query_id=f"a-search-{number:03d}", position=0, understood=chips)
    return an_event(payload, **({"visitor": f"visitor-{number:03d}", "at": NOW - HOUR} | fields))


def earlier(number: int, chip: str, days: int) -> Event:
    return shown(number, chip, visitor=f"early-one-{number}", at=NOW - days * DAY)


def found(engine: Engine, *, opened: bool = False, listings: tuple[str, ...] = ("tea-house",)) -> Asked:
    with reading(engine) as session:
        return asked(session, listings, Period.last_days(7, NOW, TZ), opened=opened)


def test_a_chip_is_told_from_five_visitors_on(any_engine: Engine) -> None:
    stored(any_engine, *(shown(number, PARKING, *([BATH] if number < 4 else [])) for number in range(5)))
    assert found(any_engine) == Asked((Chip(PARKING, 5),), impressions=5, visitors=5, since_ms=None)


def test_chips_that_mean_the_same_are_counted_together_and_a_visitor_of_both_once(any_engine: Engine) -> None:
    stored(any_engine, *(shown(number, f"open:tue220{number}", "open:wed2200") for number in range(5)))
    with reading(any_engine) as session:
        read = asked(session, ["tea-house"], Period.last_days(7, NOW, TZ), counted_as=lambda chip: chip[:5] + "late")
    assert read.chips == (Chip("open:late", 5),)


def test_one_visitor_who_asks_often_is_one(any_engine: Engine) -> None:
    stored(any_engine, *(shown(1, PARKING, id=f"an-event-{number}") for number in range(9)))
    assert found(any_engine) == Asked((), impressions=9, visitors=None, since_ms=None)


def test_who_found_a_place_is_who_opened_it(any_engine: Engine) -> None:
    stored(any_engine, *(shown(number, PARKING) for number in range(12)))
    stored(any_engine, *(an_event(visitor=f"visitor-{number:03d}") for number in range(6)))
    assert [chip.visitors for chip in found(any_engine).chips] == [12]
    assert [chip.visitors for chip in found(any_engine, opened=True).chips] == [6]


def test_other_places_and_times_are_left_aside(any_engine: Engine) -> None:
    stored(any_engine, *(shown(number, PARKING, listing="farm-stay") for number in range(5)))
    stored(any_engine, *(earlier(number, PARKING, days=9) for number in range(5)))
    assert found(any_engine).chips == ()
    assert found(any_engine, listings=("tea-house", "farm-stay")).chips == (Chip(PARKING, 5),)


def test_of_very_many_the_newest_are_read_and_it_is_said_from_when_on(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "MOST_READ", 5)
    stored(any_engine, *(earlier(number, BATH, days=2) for number in range(5)))
    stored(any_engine, *(shown(number, PARKING) for number in range(5)))
    newest = found(any_engine)
    assert newest.chips == (Chip(PARKING, 5),)
    assert newest.since_ms == int((NOW - HOUR).timestamp() * 1_000)
