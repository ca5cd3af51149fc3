"""A query as plain data, so that whoever asked can keep it and hand it back with the next words."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from recommender.query import Limit, Query, Understood

_LIMITS = TypeAdapter(tuple[Limit, ...])
_CHIPS = TypeAdapter(tuple[Understood, ...])


def as_data(query: Query) -> dict[str, Any]:
    """Return a query as JSON's types."""
    return {
        "text": query.text,
        "language": query.language,
        "wish": query.wish,
        "limits": _LIMITS.dump_python(query.limits, mode="json", exclude_defaults=True),
        "chips": _CHIPS.dump_python(query.understood, mode="json", exclude_defaults=True),
    }


def of_data(data: Mapping[str, Any]) -> Query:
    """Return the query that `as_data` wrote.

    Raises:
        KeyError: A part is missing.
        pydantic.ValidationError: A part is not what it should be.
    """
    return Query(
        data["text"],
        data["language"],
        _LIMITS.validate_python(data["limits"]),
        data["wish"],
        _CHIPS.validate_python(data["chips"]),
    )
