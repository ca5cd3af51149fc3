"""Tallies are what the events say, whatever happens: batches, retries, late events, payments, erasures, replays."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from api.migrate import upgrade
from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.append import append
from ledger.erasure import forget
from ledger.events import Attester, Booking, Event, Grade, Impression, Open, Payment
from ledger.tallies import keeping
from tests.ledger.builders import DAY, HOUR, NOW, a_visit, an_event, an_id, stored
from tests.ledger.log.builders import behind_the_triggers


def a_payment(amount: int, **fields: Any) -> Event:
    return an_event(Payment(amount=amount, attested_by=Attester.MERCHANT, reference=an_id("till")), **fields)


def difference(engine: Engine) -> keeping.TallyDifference | None:
    with reading(engine) as session:
        return keeping.first_difference(session.connection(), session.connection())


def tallies(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT listing, kind, part, count, amount FROM tallies ORDER BY 1, 2, 3, 4"))
        return [tuple(row) for row in rows]


def test_an_empty_ledger_has_no_tallies_and_no_difference(any_engine: Engine) -> None:
    assert (difference(any_engine), tallies(any_engine)) == (None, [])


def test_each_event_counts_once_by_kind_grade_and_attester(any_engine: Engine) -> None:
    once = an_event()
    stored(any_engine, once, once, an_event(), a_visit(), a_visit(grade=Grade.STATED), a_payment(4_200), a_payment(100))
    stored(any_engine, once)

    assert tallies(any_engine) == [
        ("tea-house", "open", "", 2, 0),
        ("tea-house", "payment", "merchant CNY", 2, 4_300),
        ("tea-house", "visit", "B", 1, 0),
        ("tea-house", "visit", "D", 1, 0),
    ]
    assert difference(any_engine) is None


def test_a_rejected_batch_leaves_no_tally(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        append(session, [an_event(at=NOW + DAY)], now=NOW)
    with writing(any_engine) as session:
        append(session, [an_event()], now=NOW)
        session.rollback()

    assert tallies(any_engine) == []


def test_late_and_out_of_order_events_count_where_they_happened(any_engine: Engine) -> None:
    old = NOW.replace(year=1969)
    stored(any_engine, an_event(), an_event(at=NOW - 20 * DAY), an_event(at=old + timedelta(seconds=1)))

    assert len(tallies(any_engine)) == 3
    assert difference(any_engine) is None


def test_what_is_erased_is_taken_back_and_empty_tallies_go(any_engine: Engine) -> None:
    stored(any_engine, an_event(), an_event(visitor="visitor-2"), a_visit(), a_payment(5))
    with writing(any_engine) as session:
        forget(session, "visitor-1", now=NOW)

    assert tallies(any_engine) == [("tea-house", "open", "", 1, 0)]
    assert difference(any_engine) is None


def test_a_random_history_with_erasures_is_tallied_as_the_events_say(any_engine: Engine) -> None:
    dice = random.Random(7)  # noqa: S311 - a seed, not a secret
    for _ in range(12):
        stored(any_engine, *(_random_event(dice) for _ in range(60)))
        with writing(any_engine) as session:
            forget(session, f"visitor-{dice.randrange(30)}", now=NOW)

    assert difference(any_engine) is None
    before = tallies(any_engine)
    with writing(any_engine) as session:
        assert keeping.rebuild(session.connection()) == len(before) > 100
    assert tallies(any_engine) == before


def _random_event(dice: random.Random) -> Event:
    at = NOW - timedelta(minutes=dice.randrange(40 * 24 * 60))
    fields: dict[str, Any] = {"at": at, "listing": dice.choice("abc"), "visitor": f"visitor-{dice.randrange(30)}"}
    fields["made_up"] = dice.random() < 0.1
    payload = dice.choice([Open(), Impression(query_id="query-0001", position=0), Booking(day=at.date()), None, None])
    if payload is None:
        return a_visit(grade=dice.choice(list(Grade)), **fields) if dice.random() < 0.7 else a_payment(17, **fields)
    return an_event(payload, **fields)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE tallies SET count = 7", "tally of tea-house, open, 2026-11-24T04:00+00:00: stored (7, 0)"),
        ("DELETE FROM tallies", "nothing more stored, the events give tea-house, open"),
        ("INSERT INTO tallies VALUES ('zoo', 1, 'open', '', false, 1, 0)", "stored zoo, open, 1970-01-01T00:15"),
        ("UPDATE payloads SET listing = 'zoo'", "stored tea-house, open"),
    ],
)
def test_a_damaged_tally_is_found_and_made_anew(engine: Engine, settings: Settings, statement: str, said: str) -> None:
    stored(engine, an_event())
    behind_the_triggers(settings, statement)

    assert said in str(difference(engine))
    with writing(engine) as session:
        keeping.rebuild(session.connection())
    assert difference(engine) is None


def test_a_ledger_from_before_tallies_gets_them_from_its_events(any_settings: Settings) -> None:
    engine = make_engine(any_settings)
    upgrade(engine, "0006_tallies")
    stored(engine, an_event(at=NOW - HOUR), a_visit(), a_payment(4_200), an_event(at=NOW.replace(year=1969)))
    before = tallies(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE tallies"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005_visits'"))
    upgrade(engine, "0006_tallies")

    assert tallies(engine) == before
    assert difference(engine) is None
    engine.dispose()
