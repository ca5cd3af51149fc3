"""What a check reads and what it finds."""

from dataclasses import dataclass, field
from enum import StrEnum

from ledger.bilingual import Bilingual
from ledger.events import Scan


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
        "同一天同一设备以三个或更多访客身份扫码", "one device scanned as three or more visitors on one day"
    ),
    Reason.CAP: Bilingual("同一访客 30 天内第四次及以后的到访", "beyond the visitor's third visit here in 30 days"),
    Reason.REPLAY: Bilingual("同一次扫码被三个或更多访客使用", "one scan was used by three or more visitors"),
    Reason.FORWARDED: Bilingual(
        "五个或更多没有位置的访客使用了同一个 30 秒的码",
        "five or more visitors without a location used one 30-second code",
    ),
    Reason.FAR: Bilingual("设备位置离店 5 公里以上", "the device was more than five kilometres away"),
    Reason.TRAVEL: Bilingual(
        "同一访客在两地之间的移动快于时速 120 公里", "the visitor would have travelled faster than 120 km/h"
    ),
    Reason.UNLOCATED: Bilingual(
        "一周内没有位置的到访相对过多", "too many visits of the week had no location, compared with the others"
    ),
    Reason.BURST: Bilingual(
        "十分钟内来自同一网络的到访超过 12 次", "more than twelve visits from one network within ten minutes"
    ),
    Reason.CLOSED: Bilingual("在营业时间以外一小时以上", "more than an hour outside the opening hours"),
}


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A verified visit as the checks see it: its place in the log, when (milliseconds since 1970 UTC), and the scan."""

    index: int
    at_ms: int
    listing: str
    visitor: str
    scan: Scan = field(default_factory=Scan)

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
