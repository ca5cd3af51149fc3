"""Who scanned: the merchant, another merchant, one device under many names, one visitor again and again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ledger.checks.findings import Finding, Reason, SeenVisit, at_each_listing, sharing

#: Within so many milliseconds visits of a visitor, and of another merchant, are counted together: 30 days.
REACH_MS = 30 * 24 * 3_600_000
#: Visits by one visitor at one listing that count within `REACH_MS`; by devices of one other merchant.
MAX_OF_VISITOR, MAX_OF_MERCHANT = 3, 1
#: From so many visitors on one device, listing and day: two can be a shared phone, or two phones of one kind. With one
#: code or one exchanged scan two are enough: phones of one kind are hardly that close together.
MIN_NAMES, MIN_AT_ONCE = 3, 2


def own_devices(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits by devices of the listing's own merchant or their staff; they count nothing."""
    for visit in visits:
        if visit.scan.staff_of == visit.listing:
            yield Finding(visit.index, Reason.SELF, 0.0)


def merchants_in_a_ring(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visits by devices of another merchant beyond the first in 30 days: neighbours eat with each other too."""
    pairs: dict[tuple[str, str], list[SeenVisit]] = defaultdict(list)
    for visit in visits:
        if visit.scan.staff_of not in (None, visit.listing):
            pairs[visit.listing, str(visit.scan.staff_of)].append(visit)
    for group in pairs.values():
        for visit in _beyond(group, MAX_OF_MERCHANT):
            yield Finding(visit.index, Reason.RING, 0.0)


def one_device(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find visitors who are one device on one day (its hash changes daily); together they count as one."""
    for own in at_each_listing(visits):
        for group in sharing(own, _device, MIN_AT_ONCE):
            names = len({visit.visitor for visit in group})
            if names >= MIN_NAMES:
                yield from (Finding(visit.index, Reason.DEVICE, 1 / names) for visit in group)
            elif names >= MIN_AT_ONCE:
                yield from _at_once(group)


def _at_once(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find those of one device's visits that were made by several visitors with one code, or with one exchange."""
    for visit in visits:
        same = {
            other.visitor
            for other in visits
            if visit.scan.step == other.scan.step is not None or visit.scan.exchange == other.scan.exchange is not None
        }
        if len(same) >= MIN_AT_ONCE:
            yield Finding(visit.index, Reason.DEVICE, 1 / len(same))


def _device(visit: SeenVisit) -> str | None:
    scan = visit.scan
    return None if scan.device is None or scan.network is None else f"{scan.network} {scan.device}"


def capped_visitors(visits: Sequence[SeenVisit]) -> Iterator[Finding]:
    """Find what one visitor adds at one listing beyond three visits in 30 days."""
    for own in at_each_listing(visits):
        for group in sharing(own, lambda visit: visit.visitor, MAX_OF_VISITOR + 1):
            for visit in _beyond(group, MAX_OF_VISITOR):
                yield Finding(visit.index, Reason.CAP, 0.0)


def _beyond(visits: list[SeenVisit], most: int) -> Iterator[SeenVisit]:
    """Yield the visits that come after `most` counted ones of the 30 days before them."""
    counted: list[int] = []
    for visit in sorted(visits, key=lambda visit: (visit.at_ms, visit.index)):
        counted = [at_ms for at_ms in counted if visit.at_ms - at_ms < REACH_MS]
        if len(counted) < most:
            counted.append(visit.at_ms)
        else:
            yield visit
