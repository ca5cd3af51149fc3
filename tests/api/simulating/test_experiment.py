"""The hold-out through the real path: events of a county, the ledger, and back."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from api.migrate import upgrade
from api.simulating.simulation import COUNTY_TZ, Simulated, simulate
from bench.fraud import store
from index.database import make_engine, reading
from index.settings import Settings
from ledger.events import Consent, Event, Grade, Impression, Visit, Withheld
from ledger.experiment import arms_of, caused
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


@pytest.fixture(scope="module")
def full_county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, Engine]]:
    simulated = simulate(31, merchants=12, days=14, attacks=())
    engine = make_engine(Settings(data=tmp_path_factory.mktemp("county")))
    upgrade(engine)
    store(engine, simulated)
    yield simulated, engine
    engine.dispose()


def test_a_full_county_gives_the_estimates_that_its_arrays_give(full_county: tuple[Simulated, Engine]) -> None:
    simulated, engine = full_county
    county = simulated.county
    period = Period(county.days[0], len(county.days), COUNTY_TZ)
    alike = {merchant.id: merchant.kind for merchant in county.merchants}
    with reading(engine) as session:
        found = run_experiment(session, period, alike)

    # The same by hand, from the events themselves; day's ids and few visits make the design effect one.
    units: dict[tuple[object, object, int], list[float]] = {}
    windows = {event.id: event.at.astimezone(COUNTY_TZ).date().toordinal() // 7 for event in simulated.events}
    for event in simulated.events:
        if isinstance(event.payload, Impression | Withheld) and event.at < county.at(county.days[-1], 24):
            arm = float(isinstance(event.payload, Withheld))
            key = (event.visitor, event.listing, windows[event.id])
            units.setdefault(key, [arm, event.payload.propensity, 0.0, event.at.timestamp()])
    for event in simulated.events:
        unit = units.get((event.visitor, event.listing, windows[event.id]))
        scan = event.payload.scan if isinstance(event.payload, Visit) else None
        if unit is not None and scan is not None and event.at.timestamp() >= unit[3] and scan.open is not False:
            unit[2] += 1
    names = sorted(found.by_listing)
    rows = np.asarray([[names.index(str(key[1])), *unit[:3]] for key, unit in units.items()])
    arms = arms_of(rows[:, 0].astype(np.int64), rows[:, 1] == 1, rows[:, 2], rows[:, 3], len(names))
    by_hand = caused(arms, np.asarray([sorted(set(alike.values())).index(alike[name]) for name in names]))

    estimated = np.asarray([found.by_listing[name].per_unit for name in names])
    assert estimated == pytest.approx(by_hand.mean, rel=0.1, abs=2e-3)
    assert sum(one.withheld for one in found.by_listing.values()) == pytest.approx(0.05 * len(units), rel=0.2)
    assert timedelta(days=13) < simulated.events[-1].at - simulated.events[0].at
