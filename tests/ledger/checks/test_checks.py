"""Each check finds what it says, at its limit and not below it."""

import random
from typing import Any

import h3
import pytest

from ledger.checks import codes, people, places
from ledger.checks.findings import Reason
from ledger.checks.verdicts import CHECKS, RELATIVE_CHECKS, SOUND, verdicts
from tests.ledger.checks.builders import DAY, FAR_AWAY, HOUR, MINUTE, NEXT_DOOR, NOON, PLACE, TOWN, seen


def test_honest_visits_are_sound_for_every_check() -> None:
    visits = [seen(NOON + number * MINUTE) for number in range(60)]
    visits += [seen(NOON + number * MINUTE, cell=NEXT_DOOR) for number in range(20)]
    visits += [seen(NOON + number * MINUTE, cell=None) for number in range(20)]

    assert verdicts(visits) == {}


def test_a_device_logged_in_as_the_merchant_counts_nothing_and_another_merchants_counts_once_in_thirty_days() -> None:
    own = seen(staff_of="tea-house")
    others = [seen(NOON + number * DAY, staff_of="farm-stay") for number in range(3)]
    next_month = seen(NOON + 31 * DAY, staff_of="farm-stay")

    found = verdicts([own, *others, next_month])

    assert found[own.index].weight == 0
    assert found[own.index].reasons == (Reason.SELF,)
    assert {index: verdict.reasons for index, verdict in found.items() if index != own.index} == {
        others[1].index: (Reason.RING,),
        others[2].index: (Reason.RING,),
    }


@pytest.mark.parametrize(("shared", "weight"), [({"step": 7}, 0.5), ({"exchange": "one-exchange"}, 0.5), ({}, 1.0)])
def test_two_visitors_on_one_device_with_one_code_or_one_exchange_weigh_one(
    shared: dict[str, Any], weight: float
) -> None:
    visits = [seen(NOON + n * MINUTE, device="same-device", network="same-network", **shared) for n in range(2)]

    found = verdicts(visits)

    assert [found.get(visit.index, SOUND).weight for visit in visits] == [weight] * 2


def test_two_phones_of_one_kind_with_one_code_are_two_where_their_networks_differ() -> None:
    visits = [seen(device="same-device", step=7) for _ in range(2)]
    visits += [seen(device=None, network="same-network", step=7) for _ in range(2)]

    assert list(people.one_device(visits)) == []


@pytest.mark.parametrize(("names", "weight"), [(2, 1.0), (3, 1 / 3), (20, 1 / 20)])
def test_one_device_under_many_names_counts_as_one_from_the_third_on(names: int, weight: float) -> None:
    visits = [seen(NOON + n * 10 * MINUTE, device="same-device", network="same-network") for n in range(names)]

    found = verdicts(visits)

    assert [found.get(visit.index, SOUND).weight for visit in visits] == pytest.approx([weight] * names)


def test_the_same_model_on_other_networks_or_at_other_places_is_not_one_device() -> None:
    visits = [seen(device="same-device") for _ in range(10)]
    visits += [seen(device="same-device", network="one-network", listing=f"listing-{n}") for n in range(10)]

    assert list(people.one_device(visits)) == []


def test_a_visitors_fourth_visit_in_thirty_days_adds_nothing_until_the_first_is_past() -> None:
    visits = [seen(NOON + day * DAY, visitor="regular-1") for day in (0, 7, 14, 21, 30)]

    assert [finding.index for finding in people.capped_visitors(visits)] == [visits[3].index]


@pytest.mark.parametrize(("uses", "flagged"), [(2, 0), (3, 3), (25, 25)])
def test_one_scan_used_by_three_or_more_counts_as_one(uses: int, flagged: int) -> None:
    visits = [seen(NOON + n * 1_000, exchange="one-exchange") for n in range(uses)]

    found = list(codes.replayed(visits))

    assert len(found) == flagged
    assert sum(finding.weight for finding in found) == pytest.approx(min(1, flagged))


@pytest.mark.parametrize(("uses", "flagged"), [(4, 0), (5, 5)])
def test_a_code_used_by_five_who_give_no_location_was_forwarded(uses: int, flagged: int) -> None:
    visits = [seen(NOON + n, step=7, cell=None) for n in range(uses)]
    guests = [seen(NOON + n, step=7) for n in range(codes.MAX_ON_CODE - uses)]

    assert {finding.index for finding in codes.forwarded(visits + guests)} == {v.index for v in visits[:flagged]}


@pytest.mark.parametrize(("uses", "flagged"), [(12, 0), (13, 13), (30, 30)])
def test_more_than_twelve_on_one_code_were_not_all_at_the_counter_wherever_they_say_they_are(
    uses: int, flagged: int
) -> None:
    visits = [seen(NOON + n * 1_000, step=7) for n in range(uses)]
    before = [seen(NOON - HOUR + n * MINUTE) for n in range(30)]

    found = {finding.index: finding.weight for finding in codes.forwarded(before + visits)}

    assert found == {visit.index: pytest.approx(1 / uses) for visit in visits[:flagged]}


def test_no_location_says_nothing_where_none_is_asked_for() -> None:
    visits = [seen(NOON + n, step=n // 10, cell=None, asked=False, own_network=True) for n in range(50)]

    assert list(codes.forwarded(visits)) == list(places.unlocated(visits)) == []


@pytest.mark.parametrize(("number", "gap", "flagged"), [(12, 0, 0), (13, 0, 13), (13, MINUTE, 0), (40, 10_000, 40)])
def test_more_than_twelve_from_one_network_within_ten_minutes_are_a_burst(number: int, gap: int, flagged: int) -> None:
    visits = [seen(NOON + n * gap, network="one-network") for n in range(number)]

    assert len(list(codes.bursts(visits))) == flagged


def test_a_burst_does_not_taint_what_came_long_before_it() -> None:
    before = [seen(NOON - HOUR * n, network="one-network") for n in range(1, 4)]
    burst = [seen(NOON + n * 1_000, network="one-network") for n in range(20)]

    found = {finding.index: finding.weight for finding in codes.bursts(before + burst)}

    assert found == {visit.index: pytest.approx(1 / 20) for visit in burst}


def test_a_device_elsewhere_was_not_here() -> None:
    visits = [seen(cell=FAR_AWAY), seen(cell=NEXT_DOOR), seen(cell=None), seen(cell=FAR_AWAY, place=None)]

    assert [finding.index for finding in places.far_devices(visits)] == [visits[0].index]


@pytest.mark.parametrize(("minutes", "flagged"), [(5, 2), (17, 2), (21, 2), (23, 0), (60, 0)])
def test_both_ends_of_a_journey_at_more_than_120_kmh_are_doubtful(minutes: int, flagged: int) -> None:
    # Forty kilometres, of which three are slack: nineteen minutes at 120 km/h, and three to stop.
    visits = [
        seen(visitor="seller-1"),
        seen(NOON + minutes * MINUTE, visitor="seller-1", listing="farm-stay", place=FAR_AWAY, cell=FAR_AWAY),
    ]

    assert len(set(places.impossible_travel(visits))) == flagged


def test_short_hops_that_leave_no_time_to_stop_are_doubtful_all_along_the_chain() -> None:
    between = h3.grid_path_cells(PLACE, FAR_AWAY)[::4]
    # Four kilometres every three minutes: each hop by itself is within what two places are known to.
    chain = [
        seen(NOON + n * 3 * MINUTE, visitor="seller-1", listing=f"stop-{n}", place=cell, cell=cell)
        for n, cell in enumerate(between[:6])
    ]

    assert list(places.impossible_travel(chain[:1])) == []
    assert {finding.index for finding in places.impossible_travel(chain)} == {visit.index for visit in chain}


def test_a_market_street_and_a_trip_at_leisure_are_possible() -> None:
    street = [
        seen(NOON + n * MINUTE, visitor="stroller", listing=f"stall-{n}", place=NEXT_DOOR if n % 2 else PLACE)
        for n in range(20)
    ]
    stops = [(0, PLACE), (3, TOWN), (25, PLACE), (90, FAR_AWAY), (95, FAR_AWAY), (180, TOWN)]
    trip = [
        seen(NOON + minutes * MINUTE, visitor="driver", listing=f"sight-{minutes}", place=cell, cell=cell)
        for minutes, cell in stops
    ]

    assert list(places.impossible_travel(street + trip)) == []


def test_an_impossible_journey_does_not_taint_what_lay_hours_before_it() -> None:
    morning = seen(NOON - 3 * HOUR, visitor="seller-1", listing="breakfast", place=TOWN, cell=TOWN)
    ends = [
        seen(NOON + n * 5 * MINUTE, visitor="seller-1", listing=f"end-{n}", place=cell, cell=cell)
        for n, cell in enumerate((PLACE, FAR_AWAY))
    ]

    found = {finding.index for finding in places.impossible_travel([morning, *ends])}

    assert found == {visit.index for visit in ends}


def test_a_visit_while_the_house_was_closed_is_doubtful_and_one_without_known_hours_is_not() -> None:
    visits = [seen(open=False), seen(open=None), seen(open=True)]

    assert [finding.index for finding in places.closed_hours(visits)] == [visits[0].index]


def test_visits_without_a_location_share_what_honest_guests_would_add() -> None:
    located = [seen(NOON + n * MINUTE) for n in range(10)]
    flood = [seen(NOON + n * MINUTE, cell=None) for n in range(200)]

    found = list(places.unlocated(located + flood))

    assert {finding.index for finding in found} == {visit.index for visit in flood}
    assert sum(finding.weight for finding in found) == pytest.approx(42)


def test_the_own_network_without_a_location_is_allowed_less() -> None:
    located = [seen(NOON + n * MINUTE) for n in range(20)]
    inside = [seen(NOON + n * MINUTE, cell=None, own_network=True) for n in range(100)]

    found = list(places.unlocated(located + inside))

    assert sum(finding.weight for finding in found) == pytest.approx(11)


def test_a_flood_that_is_already_weighed_down_does_not_drag_honest_visits_with_it() -> None:
    honest = [seen(NOON + n * MINUTE, cell=None if n % 3 else PLACE) for n in range(9)]
    flood = [seen(NOON + n, step=7, cell=None) for n in range(200)]

    assert set(verdicts(honest + flood)) == {visit.index for visit in flood}


def test_the_gravest_reason_decides_and_all_are_named() -> None:
    visit = seen(open=False, staff_of="tea-house", cell=FAR_AWAY)

    verdict = verdicts([visit])[visit.index]

    assert verdict.weight == 0
    assert verdict.reasons[0] is Reason.SELF
    assert set(verdict.reasons) == {Reason.SELF, Reason.FAR, Reason.CLOSED}


def test_a_person_restores_a_visit_or_leaves_it_and_the_reasons_stay_written() -> None:
    restored, confirmed = seen(open=False), seen(open=False)

    found = verdicts([restored, confirmed], decisions={restored.index: True, confirmed.index: False})

    assert (found[restored.index].weight, found[restored.index].is_doubtful) == (1.0, False)
    assert found[confirmed.index].weight == places.DOUBTFUL
    assert all(each.decided and each.reasons == (Reason.CLOSED,) for each in found.values())


def test_a_payment_that_its_issuer_attests_explains_all_but_paying_oneself() -> None:
    late, own = seen(open=False), seen(staff_of="tea-house")

    found = verdicts([late, own], paid={late.index, own.index})

    assert late.index not in found
    assert found[own.index].weight == 0


def test_the_order_of_the_visits_does_not_matter() -> None:
    visits = [seen(NOON + n * 1_000, network="one-network", exchange=f"exchange-x{n // 4}") for n in range(30)]
    visits += [seen(NOON + day * DAY, visitor="regular-2") for day in range(6)]
    mixed = random.Random(1).sample(visits, len(visits))  # noqa: S311 - a seed, not a secret

    assert verdicts(mixed) == verdicts(visits)


def test_every_reason_has_words_in_both_languages_and_a_check_that_finds_it() -> None:
    assert len(CHECKS) + len(RELATIVE_CHECKS) == len(Reason)
    assert all(reason.text.zh and reason.text.en for reason in Reason)
