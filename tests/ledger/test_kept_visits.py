"""Kept visits are those that would be computed anew, whatever is logged in between."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from index.database import reading, writing
from ledger import kept_visits
from ledger.checks.examined import Examined
from ledger.erasure import forget
from ledger.events import Attester, Decision, Event, Grade, Open, Payment, Scan, Visit
from ledger.kept_visits import KeptVisits
from ledger.periods import Period
from ledger.weighing import WeighedVisit, examined_visits, weighed_visits
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, an_id, stored
from tests.ledger.checks.builders import FAR_AWAY, PLACE

WEEK = Period.last_days(7, NOW, TZ)
OWN = ("a", "b")


def given(engine: Engine, weigh: object, listings: tuple[str, ...] | None = OWN) -> list[WeighedVisit]:
    assert callable(weigh)
    with reading(engine) as session:
        found: list[WeighedVisit] = weigh(session, listings, WEEK.start_ms, WEEK.end_ms)
        return found


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often visits were computed, one entry each."""
    times: list[int] = []

    def counted(*args: object) -> tuple[list[WeighedVisit], Examined]:
        times.append(1)
        return examined_visits(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_visits, "examined_visits", counted)
    return times


def test_they_are_the_same_after_everything_that_may_be_logged(any_engine: Engine) -> None:
    dice, weigh, before = random.Random(11), KeptVisits(), list[WeighedVisit]()  # noqa: S311 - what is tried
    visits: list[tuple[int, Event]] = []
    changes = 0
    for _ in range(90):
        made = [_anything(dice, visits) for _ in range(dice.randrange(1, 3))]
        receipts = zip(stored(any_engine, *made), made, strict=True)
        visits += [(said.index, one) for said, one in receipts if one.kind == "visit" and said.index is not None]
        if dice.random() < 0.05:
            with writing(any_engine) as session:
                forget(session, f"visitor-{dice.randrange(12)}", now=NOW)
        for listings in (OWN, None):
            assert given(any_engine, weigh, listings) == given(any_engine, weighed_visits, listings)
        after = given(any_engine, weigh)
        changes += after != before
        before = after
    assert changes > 15


def _anything(dice: random.Random, visits: list[tuple[int, Event]]) -> Event:
    where, who = dice.choice("abc"), f"visitor-{dice.randrange(12)}"
    at = NOW - timedelta(minutes=dice.randrange(15 * 24 * 60))
    kind = dice.randrange(6)
    if kind == 0 and visits:
        _, paid = dice.choice(visits)
        attested = {
            "attested_by": Attester.ISSUER,
            "issuer": "bank",
            "signature": "0" * 128,
            "reference": an_id("till"),
        }
        payment = Payment(amount=1, visit=paid.id, **attested)
        return an_event(payment, listing=paid.listing, visitor=None, at=paid.at + HOUR)
    if kind == 1 and visits:
        index, doubted = dice.choice(visits)
        decision = Decision(visit_index=index, counts=dice.random() < 0.5, decided_by="board")
        return an_event(decision, listing=doubted.listing, visitor=None)
    if kind == 2:
        return an_event(Open(), listing=where, visitor=who, at=at)
    scan = Scan(place=FAR_AWAY if where == "c" else PLACE, open=dice.random() < 0.7, asked=True)
    return an_event(Visit(grade=dice.choice(list(Grade)[1:]), scan=scan), listing=where, visitor=who, at=at)


def test_what_does_not_bear_on_them_does_not_make_them_anew(any_engine: Engine, computed: list[int]) -> None:
    weigh = KeptVisits()
    stored(any_engine, a_visit(listing="a"))
    first = given(any_engine, weigh)
    stored(
        any_engine,
        an_event(listing="a", visitor="somebody-else"),
        an_event(listing="c"),
        a_visit(listing="c", visitor="somebody-else"),
        a_visit(listing="a", visitor="somebody-else", at=NOW - 60 * DAY),
    )

    assert given(any_engine, weigh) == first
    assert len(computed) == 1
    stored(any_engine, a_visit(listing="b"))
    assert len(given(any_engine, weigh)) == 2
    assert len(computed) == 1, "a visit is joined to those before"
    taken = Decision(visit_index=0, counts=False, decided_by="board")
    stored(any_engine, an_event(taken, listing="a", visitor=None))
    assert len(given(any_engine, weigh)) == 2
    assert len(computed) == 2


def test_a_visit_elsewhere_that_makes_one_here_impossible_makes_them_anew(any_engine: Engine) -> None:
    weigh = KeptVisits()
    here, away = (Visit(grade=Grade.SCANNED, scan=Scan(place=where, cell=where)) for where in (PLACE, FAR_AWAY))
    stored(any_engine, an_event(here, listing="a"))
    assert [visit.weight for visit in given(any_engine, weigh)] == [1]
    stored(any_engine, an_event(away, listing="c", at=NOW - HOUR / 12))

    assert [visit.weight for visit in given(any_engine, weigh)] == [0.05]


@pytest.mark.one_database("sqlite", "PostgreSQL's readers see what was committed meanwhile")
def test_a_reader_that_began_earlier_gets_what_it_sees(engine: Engine) -> None:
    weigh = KeptVisits()
    stored(engine, a_visit(listing="a"))
    with reading(engine) as earlier:
        before = weighed_visits(earlier, OWN, WEEK.start_ms, WEEK.end_ms)
        stored(engine, a_visit(listing="a", visitor="visitor-2"))
        assert len(given(engine, weigh)) == 2
        assert weigh(earlier, OWN, WEEK.start_ms, WEEK.end_ms) == before
    assert len(given(engine, weigh)) == 2


def test_no_more_lists_are_kept_than_said(engine: Engine, computed: list[int]) -> None:
    weigh = KeptVisits()
    stored(engine, a_visit(listing="a"))
    for number in range(40):
        given(engine, weigh, (f"other-{number}",))
    given(engine, weigh, ("other-39",))
    assert len(computed) == 40
    given(engine, weigh, ("other-0",))
    assert len(computed) == 41


def test_no_more_visits_are_kept_than_memory_is_meant_for(
    any_engine: Engine, computed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(any_engine, *(a_visit(listing=name, visitor=f"visitor-{number}") for name in OWN for number in range(3)))
    monkeypatch.setattr(kept_visits, "_MOST_VISITS", 5)
    weigh = KeptVisits()
    for listings in (("a",), ("b",), ("b",), ("a",)):
        assert len(given(any_engine, weigh, listings)) == 3
    assert len(computed) == 3, "the list asked for last is kept, the one before it not beside it"
