"""Who comes along: children, a couple, grandparents, a dog, a wheelchair, a big group."""

from collections.abc import Sequence

from recommender.domain import Domain
from recommender.lexicon import Lexicon, Match, Sense
from recommender.query import Limit, LimitKind


def read_parties(matches: Sequence[Match], found: Sequence[Limit], lexicon: Lexicon, domain: Domain) -> list[Limit]:
    """Return who comes along, each once; a limit only where a place that does not fit will not do."""
    spans = [(limit.start, limit.end) for limit in found if limit.kind is not LimitKind.CATEGORY]
    limits = {}
    for match in matches:
        for meaning in match.meanings:
            free = not any(start < match.end and match.start < end for start, end in spans)
            if meaning.sense is Sense.PARTY and free and meaning.value not in limits:
                needed = domain.party(meaning.value).needed and len(lexicon.parties[meaning.value])
                limits[meaning.value] = Limit(
                    LimitKind.PARTY, values=(meaning.value,), hard=bool(needed), start=match.start, end=match.end
                )
    return list(limits.values())
