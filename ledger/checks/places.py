"""Where and when: devices far away, journeys too fast, no location too often, a closed house."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from ledger.checks.findings import Finding, Reason, SeenVisit, at_each_listing, sharing

#: What an impossible visit still weighs, so that it is not forgotten when a person looks at it.
DOUBTFUL = 0.05
#: A coarse location may be wrong by so much; where a way begins and ends is only known to so much.
MAX_AWAY_KM, SLACK_KM = 5.0, 3.0
MAX_KMH = 120.0
#: Places at most so far apart are walked between, stall by stall: that takes no time. Any other way takes a stop at its
#: end, in minutes, to leave one place and come to the counter of the next.
WALK_KM, STOP_MIN = 1.5, 3.0
_HOUR_MS = 3_600_000
#: Visits are set against those of a week, whole ones since 1970 UTC.
WEEK_MS = 7 * 24 * _HOUR_MS
#: Visits of a week that may lack a location: a bus, and so many for each visit that has one (three guests of four).
FREE_UNLOCATED, UNLOCATED_A_LOCATED = 12.0, 3.0
#: The same for those that also came from the listing's own network.
FREE_INSIDE, INSIDE_AN_OTHER = 5.0, 0.3


def far_devices(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits whose device was elsewhere."""
    for visit in visits:
        cell, place = visit.scan.cell, visit.scan.place
        if cell is not None and place is not None and distance_km(cell, place) > MAX_AWAY_KM:
            yield Finding(visit.index, Reason.FAR, DOUBTFUL)


def impossible_travel(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find what lies on journeys that nobody makes; `visits` have to hold those at other listings too.

    A journey is any stretch of a visitor's visits, so that many short hops one after the other are found as one long
    one is: places are known to `SLACK_KM` once on the whole way, not once a hop.
    """
    placed = [visit for visit in visits if visit.scan.place is not None]
    for own in sharing(placed, lambda visit: visit.visitor, 2):
        journey = sorted(own, key=lambda visit: (visit.at_ms, visit.index))
        hops = [way_km(before, after) for before, after in pairwise(journey)]
        start_ms = journey[0].at_ms
        # How far one is ahead of the fastest who could have made the way: what it grows by between two visits is what
        # the way between them was too long by.
        ahead = [
            way - MAX_KMH * (visit.at_ms - start_ms) / _HOUR_MS
            for way, visit in zip(accumulate(hops, initial=0.0), journey, strict=True)
        ]
        least_before = accumulate(ahead, min)
        most_after = reversed(list(accumulate(reversed(ahead), max)))
        for visit, least, most in zip(journey, least_before, most_after, strict=True):
            if most - least > SLACK_KM:
                yield Finding(visit.index, Reason.TRAVEL, DOUBTFUL)


def way_km(before: SeenVisit, after: SeenVisit) -> float:
    """Return how far one could have gone in the time that a way takes, its stop included."""
    away_km = distance_km(str(before.scan.place), str(after.scan.place))
    return 0.0 if away_km <= WALK_KM else away_km + MAX_KMH * STOP_MIN / 60


def closed_hours(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits while the house was closed."""
    for visit in visits:
        if visit.scan.open is False:
            yield Finding(visit.index, Reason.CLOSED, DOUBTFUL)


def unlocated(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits without a location where a week has too many of them, inside the own network above all.

    Many honest guests give no location, so that the visits share what such guests would add, rather than count nothing.
    """
    for own in at_each_listing(visits):
        for week in sharing(own, lambda visit: visit.at_ms // WEEK_MS, 1):
            lacking = [visit for visit in week if visit.lacks_location]
            inside = [visit for visit in lacking if visit.scan.own_network]
            outside = [visit for visit in lacking if not visit.scan.own_network]
            located = sum(visit.scan.cell is not None for visit in week)
            yield from _shared(inside, FREE_INSIDE + INSIDE_AN_OTHER * (len(week) - len(inside)))
            yield from _shared(outside, FREE_UNLOCATED + UNLOCATED_A_LOCATED * located)


def _shared(visits: list[SeenVisit], allowance: float) -> Iterator[Finding]:
    if len(visits) > allowance:
        yield from (Finding(visit.index, Reason.UNLOCATED, allowance / len(visits)) for visit in visits)


@lru_cache(maxsize=65_536)
def distance_km(one: str, other: str) -> float:
    """Return the great-circle distance between the centres of two H3 cells."""
    import h3

    return float(h3.great_circle_distance(h3.cell_to_latlng(one), h3.cell_to_latlng(other), unit="km"))
