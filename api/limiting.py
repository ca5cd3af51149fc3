"""Limits on how often one address may write, and how often it may guess a counter's code.

Counts are kept in the memory of a process; several workers each count for themselves.
"""

import ipaddress
import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import TooManyTries

#: Wrong codes that an address may type in ten minutes.
WRONG_CODES = 10
#: IPv6 gives a household 2^64 addresses: they count as one.
_IPV6_PREFIX = 64


class Limiter:
    """Counts by address over the last minute, or ten: exactly, not as an average over the windows of a clock."""

    def __init__(self, writes_per_minute: int) -> None:
        self._strategy = MovingWindowRateLimiter(MemoryStorage())
        self._writes: RateLimitItem = RateLimitItemPerMinute(writes_per_minute)
        self._codes: RateLimitItem = RateLimitItemPerMinute(WRONG_CODES, 10)

    def write(self, address: str) -> None:
        """Count a write.

        Raises:
            TooManyTries: The address has used up its minute.
        """
        if not self._strategy.hit(self._writes, "write", group(address)):
            raise self._used_up(self._writes, "write", "requests that write", address)

    def before_code(self, address: str) -> None:
        """Look, without counting, whether the address may type a code.

        Raises:
            TooManyTries: It has typed too many wrong ones.
        """
        if not self._strategy.test(self._codes, "code", group(address)):
            raise self._used_up(self._codes, "code", "wrong codes", address)

    def wrong_code(self, address: str) -> None:
        """Count a wrong code."""
        self._strategy.hit(self._codes, "code", group(address))

    def _used_up(self, item: RateLimitItem, kind: str, what: str, address: str) -> TooManyTries:
        window = self._strategy.get_window_stats(item, kind, group(address))
        return TooManyTries(what, max(1, math.ceil(window.reset_time - time.time())))


def group(address: str) -> str:
    """Return what is counted as one address: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:  # how a socket for both families shows an IPv4 address
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
