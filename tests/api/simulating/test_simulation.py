from collections import Counter
from datetime import date, timedelta

import pytest

from api.simulating.attacks import STRENGTHS, Attack
from api.simulating.simulation import COUNTY_TZ, FIRST_DAY, Simulated, simulate
from bench.fraud import figures, missed, of_seed
from ledger.events import Visit

DAYS = 10


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(7, merchants=24, days=DAYS)


def test_the_same_seed_gives_the_same_events_and_another_seed_others(simulated: Simulated) -> None:
    again = simulate(7, merchants=24, days=DAYS)

    assert again.events == simulated.events
    assert again.truth == simulated.truth
    assert {event.id for event in simulate(8, merchants=24, days=DAYS).events}.isdisjoint(again.truth)


def test_events_are_in_the_order_of_time_have_ids_of_their_own_and_are_made_up(simulated: Simulated) -> None:
    times = [event.at for event in simulated.events]

    assert times == sorted(times)
    assert len({event.id for event in simulated.events}) == len(times)
    assert all(event.made_up for event in simulated.events)
    last = FIRST_DAY + timedelta(days=DAYS)
    assert FIRST_DAY <= times[0].astimezone(COUNTY_TZ).date() <= times[-1].astimezone(COUNTY_TZ).date() <= last


def test_the_truth_names_every_visit_and_nothing_in_the_events_does(simulated: Simulated) -> None:
    visits = {event.id for event in simulated.events if event.kind == "visit"}

    assert visits == set(simulated.truth)
    words = " ".join(event.model_dump_json() for event in simulated.events[:5_000])
    assert not any(attack.value in words for attack in Attack)


def test_each_attack_has_its_published_strength(simulated: Simulated) -> None:
    found = Counter(simulated.truth.values())

    assert {attack: found[attack] for attack in Attack} == {
        attack: strength.scans_a_day * DAYS for attack, strength in STRENGTHS.items()
    }
    assert found[None] > sum(STRENGTHS[attack].scans_a_day for attack in Attack)


def test_a_few_results_are_withheld_and_their_propensity_is_logged(simulated: Simulated) -> None:
    kinds = Counter(event.kind for event in simulated.events)

    assert 0.03 < kinds["withheld"] / (kinds["withheld"] + kinds["impression"]) < 0.07
    propensities = {event.payload.propensity for event in simulated.events if event.payload.kind == "withheld"}
    assert propensities == {0.05}


def test_weekends_and_holidays_are_busier_and_rain_keeps_visitors_from_sights() -> None:
    county = simulate(3, merchants=6, days=31, first=date(2026, 10, 1), attacks=()).county
    dry = [day for day in county.days if day not in county.rainy]

    assert 0 < len(county.rainy) < 31
    assert county.demand(date(2026, 10, 24), "hotel") > county.demand(date(2026, 10, 20), "hotel")
    assert county.demand(dry[0], "attraction") >= 2.2 or dry[0] > date(2026, 10, 7)
    wet = min(county.rainy)
    assert county.demand(wet, "attraction") < county.demand(wet, "hotel")


def test_honest_visitors_are_at_one_place_at_a_time_and_come_while_it_is_open(simulated: Simulated) -> None:
    honest = [event for event in simulated.events if simulated.truth.get(event.id, Attack.SELF) is None]
    scans = [event.payload.scan for event in honest if isinstance(event.payload, Visit)]

    assert sum(scan is not None and scan.open is False for scan in scans) < 0.01 * len(scans)
    assert all(scan is not None and scan.asked for scan in scans)


def test_too_few_merchants_for_the_attackers_is_said() -> None:
    with pytest.raises(ValueError, match="too few merchants"):
        simulate(1, merchants=5, days=1)


def test_a_county_without_attackers_is_all_honest() -> None:
    assert set(simulate(1, merchants=4, days=2, attacks=()).truth.values()) <= {None}


@pytest.mark.one_database("sqlite", "the simulation keeps a ledger of its own, in SQLite")
def test_no_attack_keeps_a_tenth_of_its_gain_and_honest_guests_keep_their_weight() -> None:
    """The short form of `make bench-fraud`, on a seed that neither it nor the tuning uses."""
    found = figures(of_seed(223, merchants=30, days=20))

    assert missed({223: found}) == []
    assert all(found[attack.value]["visits"] > 100 for attack in Attack)
    assert found["honest"]["visits"] > 1_500


def test_a_seed_on_which_a_target_is_missed_is_named() -> None:
    good = {attack.value: {"credit_left": 0.1, "referral_left": 0.1} for attack in Attack}
    good["honest"] = {"wrongly_weighted_down": 0.01}
    bad = good | {Attack.TRAVEL.value: {"credit_left": 0.1, "referral_left": 0.2}}
    bad["honest"] = {"wrongly_weighted_down": 0.02}

    assert missed({1: good, 2: bad}) == [
        "seed 2: sold identities, referral_left 20.00% is more than 10%",
        "seed 2: honest, wrongly_weighted_down 2.00% is more than 1%",
    ]
