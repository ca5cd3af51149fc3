"""How the code was used: one scan by many, one 30-second code by many who are nowhere, many at once."""

from collections.abc import Iterator, Sequence

from ledger.checks.findings import Finding, Reason, SeenVisit, at_each_listing, sharing

#: An exchanged scan is named by its second: two guests can share one, three hardly.
MIN_REPLAYS = 3
#: Visitors without a location on one code. A bus brings that many to one code, but most of them give a location.
MIN_FORWARDED = 5
#: Visitors on one code, wherever they say they are: at one counter so many phones hardly come past in half a minute.
MAX_ON_CODE = 12
#: Visits from one network that may fall within ten minutes: a bus on the house's own Wi-Fi stays below.
MAX_AT_ONCE, AT_ONCE_MS = 12, 10 * 60_000


def replayed(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits that were exchanged for one and the same scan; together they count as one."""
    for own in at_each_listing(visits):
        for group in sharing(own, lambda visit: visit.scan.exchange, MIN_REPLAYS):
            yield from (Finding(visit.index, Reason.REPLAY, 1 / len(group)) for visit in group)


def forwarded(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits that share one code as a photograph in a chat gives; together they count as one.

    These are all where there are more than a counter sees in half a minute, and else those without a location.
    """
    for own in at_each_listing(visits):
        for group in sharing(own, lambda visit: visit.scan.step, MIN_FORWARDED):
            lacking = [visit for visit in group if visit.lacks_location]
            crowd = group if len(group) > MAX_ON_CODE else lacking
            if len(crowd) >= MIN_FORWARDED:
                yield from (Finding(visit.index, Reason.FORWARDED, 1 / len(crowd)) for visit in crowd)


def bursts(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find more than twelve visits from one network within ten minutes; together they count as one."""
    for own in at_each_listing(visits):
        for group in sharing(own, lambda visit: visit.scan.network, MAX_AT_ONCE + 1):
            yield from _crowded(sorted(group, key=lambda visit: visit.at_ms))


def _crowded(visits: list[SeenVisit]) -> Iterator[Finding]:
    largest = [0] * len(visits)
    first = 0
    for last, visit in enumerate(visits):
        while visit.at_ms - visits[first].at_ms > AT_ONCE_MS:
            first += 1
        number = last - first + 1
        if number > MAX_AT_ONCE:
            for place in range(first, last + 1):
                largest[place] = max(largest[place], number)
    for visit, number in zip(visits, largest, strict=True):
        if number:
            yield Finding(visit.index, Reason.BURST, 1 / number)
