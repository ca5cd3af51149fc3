"""The checks find what their definitions say: each visit is held against all others, without any grouping."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.checks.codes import AT_ONCE_MS, MAX_AT_ONCE, MAX_ON_CODE, MIN_FORWARDED, MIN_REPLAYS
from ledger.checks.findings import Noticed, Reason, SeenVisit
from ledger.checks.people import MAX_OF_VISITOR, MIN_AT_ONCE, MIN_NAMES, REACH_MS
from ledger.checks.places import (
    DOUBTFUL,
    FREE_INSIDE,
    FREE_UNLOCATED,
    INSIDE_AN_OTHER,
    MAX_KMH,
    SLACK_KM,
    UNLOCATED_A_LOCATED,
    way_km,
)
from ledger.checks.verdicts import CHECKS, RELATIVE_CHECKS, verdicts
from ledger.events import Scan
from tests.ledger.checks.builders import DAY, FAR_AWAY, HOUR, NOON, PLACE, TOWN

Found = set[tuple[int, Reason, float]]
SCANS = st.builds(
    Noticed,
    asked=st.sampled_from([True, True, True, False]),
    cell=st.sampled_from([None, None, PLACE]),
    device=st.sampled_from(["device-a", "device-b", None]),
    exchange=st.sampled_from(["scan-a", "scan-b", "scan-c", None]),
    network=st.sampled_from(["network-a", "network-a", "network-a", None]),
    open=st.none(),
    own_network=st.booleans(),
    place=st.sampled_from([PLACE, TOWN, FAR_AWAY, None]),
    staff_of=st.none(),
    step=st.sampled_from([1, 2, None]),
)
WHEN = st.one_of(st.integers(0, 20).map(lambda n: n * 60_000), st.integers(0, 45 * 24).map(lambda n: n * HOUR))
VISITS = st.lists(
    st.tuples(WHEN, st.sampled_from(["here", "here", "here", "there"]), st.sampled_from("abcdefgh"), SCANS),
    min_size=12,
    max_size=40,
).map(
    lambda made: [
        SeenVisit(index, NOON + at, listing, visitor, scan) for index, (at, listing, visitor, scan) in enumerate(made)
    ]
)


def people(visits: Sequence[SeenVisit], one: SeenVisit) -> Found:
    """One device under several names, and a visitor's fourth visit in thirty days."""
    found: Found = set()
    here = [other for other in visits if other.listing == one.listing]
    if None not in (one.scan.device, one.scan.network):
        same = (one.scan.device, one.scan.network)
        alike = [other for other in here if (other.scan.device, other.scan.network) == same]
        names = len({other.visitor for other in alike})
        if names < MIN_NAMES:
            step, exchange = one.scan.step, one.scan.exchange
            with_it = [v for v in alike if v.scan.step == step is not None or v.scan.exchange == exchange is not None]
            names = len({other.visitor for other in with_it})
        found |= {(one.index, Reason.DEVICE, 1 / names)} if names >= MIN_AT_ONCE else set()
    counted: list[SeenVisit] = []
    for other in sorted((other for other in here if other.visitor == one.visitor), key=lambda v: (v.at_ms, v.index)):
        if sum(other.at_ms - before.at_ms < REACH_MS for before in counted) < MAX_OF_VISITOR:
            counted.append(other)
    return found if one in counted else found | {(one.index, Reason.CAP, 0.0)}


def codes(visits: Sequence[SeenVisit], one: SeenVisit) -> Found:
    """One scan used by many, one code used by many without a location or too many, many from one network at once."""
    found: Found = set()
    here = [other for other in visits if other.listing == one.listing]
    replays = sum(other.scan.exchange == one.scan.exchange for other in here)
    if one.scan.exchange is not None and replays >= MIN_REPLAYS:
        found.add((one.index, Reason.REPLAY, 1 / replays))
    on_code = [other for other in here if other.scan.step == one.scan.step is not None]
    nowhere = sum(other.lacks_location for other in on_code)
    if len(on_code) > MAX_ON_CODE:
        found.add((one.index, Reason.FORWARDED, 1 / len(on_code)))
    elif one in on_code and one.lacks_location and nowhere >= MIN_FORWARDED:
        found.add((one.index, Reason.FORWARDED, 1 / nowhere))
    near = [other.at_ms for other in here if other.scan.network == one.scan.network is not None]
    crowd = max(
        (
            sum(end - AT_ONCE_MS <= at_ms <= end for at_ms in near)
            for end in near
            if end - AT_ONCE_MS <= one.at_ms <= end
        ),
        default=0,
    )
    return found | {(one.index, Reason.BURST, 1 / crowd)} if crowd > MAX_AT_ONCE else found


def places(visits: Sequence[SeenVisit], one: SeenVisit) -> Found:
    """A device that is elsewhere, and journeys that nobody makes."""
    if one.scan.cell is not None and one.scan.place == FAR_AWAY:
        return {(one.index, Reason.FAR, DOUBTFUL)} | journeys(visits, one)
    return journeys(visits, one)


def journeys(visits: Sequence[SeenVisit], one: SeenVisit) -> Found:
    """What lies on a stretch of one visitor's visits that nobody makes in its time: every stretch is tried."""
    placed = [other for other in visits if other.visitor == one.visitor and other.scan.place is not None]
    placed.sort(key=lambda visit: (visit.at_ms, visit.index))
    if one not in placed:
        return set()
    at = placed.index(one)
    ways = [way_km(before, after) for before, after in pairwise(placed)]
    impossible = any(
        (sum(ways[first:last]) - SLACK_KM) * HOUR > MAX_KMH * (placed[last].at_ms - placed[first].at_ms) + 1e-3
        for first in range(at + 1)
        for last in range(at, len(placed))
    )
    return {(one.index, Reason.TRAVEL, DOUBTFUL)} if impossible else set()


def of_a_week(visits: Sequence[SeenVisit], one: SeenVisit) -> Found:
    """Too many visits of a week without a location, inside the own network and outside it."""
    week = [v for v in visits if v.listing == one.listing and v.at_ms // (7 * DAY) == one.at_ms // (7 * DAY)]
    inside = [visit for visit in week if visit.lacks_location and visit.scan.own_network]
    outside = [visit for visit in week if visit.lacks_location and not visit.scan.own_network]
    located = sum(visit.scan.cell is not None for visit in week)
    allowed = {
        "inside": (inside, FREE_INSIDE + INSIDE_AN_OTHER * (len(week) - len(inside))),
        "outside": (outside, FREE_UNLOCATED + UNLOCATED_A_LOCATED * located),
    }
    return {
        (one.index, Reason.UNLOCATED, most / len(lacking))
        for lacking, most in allowed.values()
        if one in lacking and len(lacking) > most
    }


@settings(max_examples=25)
@given(VISITS)
def test_each_check_finds_what_its_definition_says(visits: list[SeenVisit]) -> None:
    expected = {one for visit in visits for rule in (people, codes, places) for one in rule(visits, visit)}

    found = {(one.index, one.reason, one.weight) for check in CHECKS for one in check(visits)}
    assert found == expected

    remaining = [visit for visit in visits if visit.index not in {index for index, *_ in expected}]
    expected = {one for visit in remaining for one in of_a_week(remaining, visit)}
    assert {(one.index, one.reason, one.weight) for check in RELATIVE_CHECKS for one in check(remaining)} == expected
    doubtful = {index for index, *_ in expected | found}
    assert {index for index, verdict in verdicts(visits).items() if verdict.is_doubtful} == doubtful


def test_the_checks_read_all_that_a_scan_holds_in_the_order_of_its_canonical_text() -> None:
    assert list(Noticed._fields) == sorted(Scan.model_fields)
    assert Noticed()._asdict() == Scan().model_dump()
