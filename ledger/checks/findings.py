"""What a check reads and what it finds."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ledger.bilingual import Bilingual


class Reason(StrEnum):
    """Why a visit is doubtful."""

    SELF = "self"
    RING = "ring"
    DEVICE = "device"
    CAP = "cap"
    REPLAY = "replay"
    FORWARDED = "forwarded"
    FAR = "far"
    TRAVEL = "travel"
    UNLOCATED = "unlocated"
    BURST = "burst"
    CLOSED = "closed"

    @property
    def text(self) -> Bilingual:
        """The reason in words."""
        return _TEXTS[self]


_TEXTS = {
    Reason.SELF: Bilingual("扫码的是本商户或员工的设备", "the device is the merchant's own or their staff's"),
    Reason.RING: Bilingual(
        "同一家其他商户的设备 30 天内不止一次来扫码",
        "devices of the same other merchant came more than once in 30 days",
    ),
    Reason.DEVICE: Bilingual(
        "同一天同一设备以三个或更多访客身份扫码，或以两个身份使用同一个码",
        "one device scanned as three or more visitors on one day, or as two with one code",
    ),
    Reason.CAP: Bilingual("同一访客 30 天内第四次及以后的到访", "beyond the visitor's third visit here in 30 days"),
    Reason.REPLAY: Bilingual("同一次扫码被三个或更多访客使用", "one scan was used by three or more visitors"),
    Reason.FORWARDED: Bilingual(
        "五个或更多没有位置的访客，或超过 12 位访客，使用了同一个 30 秒的码",
        "five or more visitors without a location, or more than twelve in all, used one 30-second code",
    ),
    Reason.FAR: Bilingual("设备位置离店 5 公里以上", "the device was more than five kilometres away"),
    Reason.TRAVEL: Bilingual(
        "同一访客在各地之间的移动快于时速 120 公里，或来不及停留",
        "the visitor would have travelled faster than 120 km/h, or had no time to stop",
    ),
    Reason.UNLOCATED: Bilingual(
        "一周内没有位置的到访相对过多", "too many visits of the week had no location, compared with the others"
    ),
    Reason.BURST: Bilingual(
        "十分钟内来自同一网络的到访超过 12 次", "more than twelve visits from one network within ten minutes"
    ),
    Reason.CLOSED: Bilingual("在营业时间以外一小时以上", "more than an hour outside the opening hours"),
}


class Noticed(NamedTuple):
    """What a visit's `events.Scan` holds, in the order of its canonical JSON: quick to make of many thousands."""

    asked: bool = False
    cell: str | None = None
    device: str | None = None
    exchange: str | None = None
    network: str | None = None
    open: bool | None = None
    own_network: bool = False
    place: str | None = None
    staff_of: str | None = None
    step: int | None = None


#: A visit from before scans were kept, or without a code.
NOTHING_NOTICED = Noticed()


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A verified visit as the checks see it: its place in the log, when (milliseconds since 1970 UTC), and the scan."""

    index: int
    at_ms: int
    listing: str
    visitor: str
    scan: Noticed = NOTHING_NOTICED

    @property
    def lacks_location(self) -> bool:
        """Whether the visitor was asked for a coarse location and gave none."""
        return self.scan.asked and self.scan.cell is None


@dataclass(frozen=True, slots=True)
class Finding:
    """That a visit is doubtful, why, and the weight in [0, 1) that this leaves it."""

    index: int
    reason: Reason
    weight: float


def at_each_listing(visits: Iterable[SeenVisit]) -> Iterable[list[SeenVisit]]:
    """Return the visits by their listing."""
    found: dict[str, list[SeenVisit]] = {}
    for visit in visits:
        found.setdefault(visit.listing, []).append(visit)
    return found.values()


def sharing(
    visits: Sequence[SeenVisit], key: Callable[[SeenVisit], str | int | None], least: int
) -> Iterable[list[SeenVisit]]:
    """Return the visits that have a key in common, in their order, where at least so many have it; None is no key.

    Keys are counted first, because nearly all are had once: of thirty thousand visits thousands of lists would be made.
    """
    keys = [key(visit) for visit in visits]
    common = {name: list[SeenVisit]() for name, count in Counter(keys).items() if count >= least and name is not None}
    if common:
        for visit, name in zip(visits, keys, strict=True):
            if name in common:
                common[name].append(visit)
    return common.values()
