"""The hold-out through the real path: events of a county, the ledger, and back."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.simulating.simulation import simulate
from bench.full_counties import from_the_events, shares_from_the_events, through_the_ledger
from index.database import reading
from ledger.events import Consent, Event, Grade, Impression, Visit, Withheld
from ledger.experiments import Experiment, run_experiment
from ledger.periods import Period
from tests.ledger.builders import DAY, HOUR, NOW, TZ, an_event, stored

WEEK = Period.last_days(28, NOW, TZ)
SHOWN = Impression(query_id="query-0001", position=0, propensity=0.95)
WITHHELD = Withheld(query_id="query-0001", position=0, propensity=0.05)
ALIKE = {"tea-house": "restaurant", "farm-stay": "restaurant", "garden": "attraction"}


def experiment(engine: Engine) -> Experiment:
    with reading(engine) as session:
        return run_experiment(session, WEEK, ALIKE)


def a_visit_of(visitor: str, **fields: object) -> Event:
    return an_event(Visit(grade=Grade.SCANNED), visitor=visitor, **fields)


def test_without_a_hold_out_there_is_no_experiment(any_engine: Engine) -> None:
    stored(any_engine, an_event(Impression(query_id="query-0001", position=0), at=NOW - HOUR), a_visit_of("visitor-1"))

    assert experiment(any_engine) == Experiment({}, None)


def test_a_unit_is_assigned_once_at_its_first_eligibility(any_engine: Engine) -> None:
    stored(
        any_engine,
        an_event(WITHHELD, at=NOW - 3 * HOUR),
        an_event(SHOWN, at=NOW - 2 * HOUR),
        an_event(SHOWN, at=NOW - HOUR, visitor="visitor-2"),
        an_event(SHOWN, at=NOW - HOUR, visitor="visitor-2"),
        an_event(SHOWN, at=NOW - HOUR, listing="unknown-place"),
    )

    found = experiment(any_engine).by_listing

    assert {name: (one.shown, one.withheld) for name, one in found.items()} == {"tea-house": (1, 1)}


def test_the_next_window_is_another_unit(any_engine: Engine) -> None:
    stored(any_engine, *(an_event(SHOWN, at=NOW - days * DAY, consent=Consent.REMEMBERED) for days in (0, 7, 14)))

    assert experiment(any_engine).by_listing["tea-house"].shown == 3


def test_only_visits_after_the_draw_and_within_its_window_count(any_engine: Engine) -> None:
    many = [f"visitor-{n:03d}" for n in range(200)]
    stored(
        any_engine,
        *(an_event(SHOWN, at=NOW - HOUR, visitor=name) for name in many),
        *(an_event(WITHHELD, at=NOW - HOUR, visitor=f"other-{name}") for name in many),
        *(a_visit_of(name, at=NOW - 2 * HOUR) for name in many),
        *(a_visit_of(name, at=NOW - 9 * DAY) for name in many),
    )

    found = experiment(any_engine).by_listing["tea-house"]

    assert found.low <= 0 <= found.high + 1e-3
    assert found.per_unit == pytest.approx(0, abs=0.01)


def test_displacement_is_what_likes_lose_and_is_told_apart(any_engine: Engine) -> None:
    shown, others = [f"visitor-{n:03d}" for n in range(60)], [f"other-v-{n:03d}" for n in range(60)]
    stored(
        any_engine,
        *(an_event(SHOWN, at=NOW - HOUR, visitor=name) for name in shown),
        *(an_event(WITHHELD, at=NOW - HOUR, visitor=name) for name in others),
        *(a_visit_of(name) for name in shown),
        *(a_visit_of(name, listing="farm-stay") for name in others[:30]),
        *(a_visit_of(name, listing="garden") for name in others[30:]),
    )

    found = experiment(any_engine)

    assert found.by_listing["tea-house"].low > 0.5
    assert found.displacement is not None
    assert found.displacement.per_unit == pytest.approx(-0.5)
    assert -0.7 < found.displacement.low < found.displacement.high < -0.3


@pytest.mark.one_database("sqlite", "the simulation keeps a ledger of its own, in SQLite")
def test_a_full_county_gives_the_estimates_that_its_arrays_give(tmp_path: Path) -> None:
    """The short form of `python -m bench.full_counties`."""
    simulated = simulate(31, merchants=12, days=14, attacks=())
    read = through_the_ledger(simulated, tmp_path)
    found = read.experiment.by_listing
    names = sorted(found)

    by_hand, units = from_the_events(simulated, names)

    assert [found[name].per_unit for name in names] == pytest.approx(by_hand, rel=0.1, abs=2e-3)
    assert sum(one.withheld for one in found.values()) == pytest.approx(0.05 * units, rel=0.2)
    assert sum(one.shown + one.withheld for one in found.values()) == units
    by_hand_shares = shares_from_the_events(simulated)
    assert sum(totals.referred_visitors for totals in read.totals.values()) > 50
    for name, totals in read.totals.items():
        assert totals.interval is not None
        both = (totals.share, totals.interval.low, totals.interval.high)
        assert both == pytest.approx(by_hand_shares[name], abs=0.03), name
