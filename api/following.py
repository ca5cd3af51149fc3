"""What a search hands out so that the next words can refine it: the query, sealed, kept by the asker alone.

Nothing of it is stored here. The text is good for two hours; a torn, forged or old one is no query, and then the next
words start anew.
"""

import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from ledger.sealing import seal, unseal
from recommender.query import Query
from recommender.remembering import as_data, of_data
from recommender.result import Answer

#: How long one may look at an answer before refining it.
GOOD_FOR = timedelta(hours=2)
#: Longest text that is looked at; ours are far shorter.
LONGEST = 6_000
#: Listings that are remembered as shown.
_MOST_SHOWN = 50
_SKEW = timedelta(minutes=1)
_PURPOSE = "follow 1"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The query before, and the listings that were shown for it."""

    query: Query
    shown: tuple[str, ...]


def sealed_query(secret: bytes, answer: Answer, now: datetime) -> str | None:
    """Return an answer's query and what it showed as one text; None where there is nothing to refine, or too much."""
    if not answer.query.limits and not answer.query.wish:
        return None
    data = {
        "at": int(now.timestamp()),
        "shown": [result.listing.id for result in answer.results[:_MOST_SHOWN]],
        "query": as_data(answer.query),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = seal(secret, _PURPOSE, zlib.compress(text, 9))
    return sealed if len(sealed) <= LONGEST else None


def opened_query(secret: bytes, sealed: str | None, now: datetime) -> Earlier | None:
    """Return the query before; None when there is none, or the text is torn, forged or old."""
    message = unseal(secret, _PURPOSE, sealed) if sealed and len(sealed) <= LONGEST and sealed.isascii() else None
    if message is None:
        return None
    data = json.loads(zlib.decompress(message))
    if not now - GOOD_FOR <= datetime.fromtimestamp(data["at"], now.tzinfo) <= now + _SKEW:
        return None
    try:
        return Earlier(of_data(data["query"]), tuple(data["shown"]))
    except (KeyError, ValidationError):
        return None  # sealed by another version of the service
