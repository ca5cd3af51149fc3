"""Several bounds on one number, stated apart: joined where they fit together, kept apart where they contradict.

"人均50以上，100以下" is one range. "免费，人均50到100" cannot be: both stand as limits, so that the asker sees the
contradiction and can take either away.
"""

from collections.abc import Sequence

from recommender.query import Limit, LimitKind, Range

#: The first and the last position of what was said, and the range that it states.
Span = tuple[int, int, Range]


def settled(kind: LimitKind, spans: Sequence[Span]) -> list[Limit]:
    """Return the limits that bounds of one kind come to: one, or two that contradict each other."""
    if not spans:
        return []
    ordered = sorted(spans, key=lambda span: span[:2])
    against = _contradicting(ordered)
    if against is not None:
        return [Limit(kind, range=asked, start=start, end=end) for start, end, asked in against]
    start, end, joined = ordered[-1]
    for other_start, other_end, other in ordered[:-1]:
        if not _corrects(joined, other):
            joined = _both(joined, other)
            start, end = min(start, other_start), max(end, other_end)
    return [Limit(kind, range=joined, start=start, end=end)]


def contradicts(one: Range, other: Range) -> bool:
    """Whether no number lies in both ranges."""
    low = max((bound for bound in (one.low, other.low) if bound is not None), default=None)
    high = min((bound for bound in (one.high, other.high) if bound is not None), default=None)
    return low is not None and high is not None and low > high


def _contradicting(spans: Sequence[Span]) -> tuple[Span, Span] | None:
    """Return the first two bounds that cannot both hold; of two amounts named plainly the last is meant."""
    for at, first in enumerate(spans):
        for second in spans[at + 1 :]:
            if contradicts(first[2], second[2]) and not (_is_amount(first[2]) and _is_amount(second[2])):
                return first, second
    return None


def _corrects(later: Range, earlier: Range) -> bool:
    """Whether a bound is the same one said anew: of two ceilings, two floors or two amounts the last one counts.

    "Four stars, at least 4" widens what was named first.
    """
    same = (later.low is None) == (earlier.low is None) and (later.high is None) == (earlier.high is None)
    point = earlier.low == earlier.high != 0
    return point or (same and later != Range(0.0, 0.0) != earlier) or (_is_amount(later) and _is_amount(earlier))


def _both(one: Range, other: Range) -> Range:
    lows = [bound for bound in (one.low, other.low) if bound is not None]
    highs = [bound for bound in (one.high, other.high) if bound is not None]
    return Range(max(lows, default=None), min(highs, default=None))


def _is_amount(asked: Range) -> bool:
    return asked.low is not None and asked.high is not None and asked.high > 0
