"""Where an asker is, as far as it may be told: rounded before anything reads it, and in nothing that is logged.

Browsers send three decimals because the page says so; whoever else asks is rounded here, so that an answer's order, its
distances, its cursors and the sealed query tell of a square of about 100 m, and of nothing finer.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from recommender.query import Query

#: Decimals of a degree that are read of an asker's position: about 111 m northwards, 95 m eastwards in Anji.
DECIMALS = 3
#: Degrees of latitude or longitude of an asker, rounded.
RoughDegrees = Annotated[float, AfterValidator(lambda degrees: round(degrees, DECIMALS))]
#: Terms that are the same for a listing wherever the asker is. From ten distances follows to centimetres where they
#: were measured from; places in an order by distance, limits that gave way, and whether there is `closeness` tell too.
_PLACELESS = frozenset({"meaning", "words", "name", "exact", "soft", "open", "rating"})


def logged_terms(query: Query, terms: Mapping[str, float]) -> dict[str, float]:
    """Return what is logged of a result's terms: those that tell nothing of where the asker is.

    All of them, unless the query measures from the asker: how far it is from a place that was named is no secret.
    """
    if not any(limit.near is not None and limit.near.is_asker for limit in query.limits):
        return dict(terms)
    return {name: value for name, value in terms.items() if name in _PLACELESS}
