"""One row of an import file turned into a valid `ListingRecord`, or the reason why not, in plain words."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from index.crs import CRS_TO_WGS84
from index.listing import Category, ListingRecord

LIST_KEYS = frozenset(name for name, field in ListingRecord.model_fields.items() if field.annotation == list[str])
_OBJECT_KEYS = frozenset({"nearby", "extra"})
_NUMBER_KEYS = frozenset(
    name for name, field in ListingRecord.model_fields.items() if field.annotation in (float | None, int | None)
)
_LIST_SEPARATOR = re.compile("[;；]")
_TRUE, _FALSE = frozenset({"true", "yes", "1", "是", "有"}), frozenset({"false", "no", "0", "否", "无"})
#: How much of a wrong value is repeated in a reason.
_QUOTED_LENGTH = 40


class RowError(ValueError):
    """A row cannot become a listing; the message is the reason."""


def make_record(values: Mapping[str, Any], *, source: str, crs: str, from_table: bool) -> ListingRecord:
    """Validate one row. Empty values count as missing, unknown keys go under `extra`, coordinates become WGS 84.

    `source` is for rows that name none; `from_table` rows (CSV) hold text only: lists split at `;`, objects as JSON.

    Raises:
        RowError: A value is missing or impossible; the message names the key.
    """
    given = {key: value for key, raw in values.items() if (value := _clean(raw)) is not None}
    if from_table:
        given = {key: _from_text(key, value) for key, value in given.items()}
    given.setdefault("source", source)
    _check_shapes(given)
    unknown = {key: given.pop(key) for key in list(given) if key not in ListingRecord.model_fields}
    if unknown:
        given["extra"] = {**given.get("extra", {}), **unknown}
    try:
        record = ListingRecord.model_validate(given)
    except ValidationError as exc:
        raise RowError(explain(exc)) from exc
    return _to_wgs84(record, crs)


def canonical(record: ListingRecord) -> str:
    """Return the record as JSON that is equal exactly when the record is.

    Raises:
        RowError: It holds something that cannot be stored: NUL, half a surrogate pair, an infinite number.
    """
    try:
        text = json.dumps(
            record.model_dump(mode="json"), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise RowError("it holds half of a surrogate pair, which is no character") from exc
    except ValueError as exc:
        raise RowError("a number is infinite or not a number") from exc
    if "\\u0000" in text:
        raise RowError("it holds a NUL character")
    return text


def content_hash(canonical_record: str) -> str:
    """Return the SHA-256 of a canonical record, hex."""
    return hashlib.sha256(canonical_record.encode()).hexdigest()


def explain(exc: ValidationError) -> str:
    """Say what pydantic found wrong, in words for who keeps the table: `lat: 95 is above 90; …`."""
    return "; ".join(_explain_one(error) for error in exc.errors(include_url=False))


def _clean(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value


def _from_text(key: str, value: Any) -> Any:
    if key in LIST_KEYS:
        return [part for raw in _LIST_SEPARATOR.split(value) if (part := raw.strip())]
    if key in _OBJECT_KEYS:
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as exc:
            raise RowError(f"{key}: a table holds it as a JSON object, not as {_quoted(value)}") from exc
    if key == "metro" and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    return value


def _check_shapes(given: Mapping[str, Any]) -> None:
    """Refuse what pydantic would let pass: true as the number 1, and an `extra` that is no object."""
    for key in _NUMBER_KEYS & given.keys():
        if isinstance(given[key], bool):
            raise RowError(f"{key}: should be a number, not {_quoted(given[key])}")
    if not isinstance(given.get("extra", {}), dict):
        raise RowError(f"extra: should be an object, not {_quoted(given['extra'])}")


def _to_wgs84(record: ListingRecord, crs: str) -> ListingRecord:
    if crs == "wgs84" or record.lat is None or record.lon is None:
        return record
    lat, lon = CRS_TO_WGS84[crs](record.lat, record.lon)
    return record.model_copy(update={"lat": round(lat, 7), "lon": round(lon, 7)})


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _QUOTED_LENGTH else text[:_QUOTED_LENGTH] + "…"


_Explainer = Callable[[Any, Mapping[str, Any]], str]
_REASONS: dict[str, _Explainer] = {
    "missing": lambda _value, _ctx: "is missing",
    "less_than_equal": lambda value, ctx: f"{_quoted(value)} is above {ctx['le']:g}",
    "greater_than_equal": lambda value, ctx: f"{_quoted(value)} is below {ctx['ge']:g}",
    "string_too_long": lambda _value, ctx: f"is longer than {ctx['max_length']} characters",
    "string_too_short": lambda _value, _ctx: "is empty",
    "string_type": lambda value, _ctx: f"should be text, not {_quoted(value)}",
    "list_type": lambda value, _ctx: f"should be a list, not {_quoted(value)}",
    "dict_type": lambda value, _ctx: f"should be an object, not {_quoted(value)}",
    "float_parsing": lambda value, _ctx: f"should be a number, not {_quoted(value)}",
    "float_type": lambda value, _ctx: f"should be a number, not {_quoted(value)}",
    "int_parsing": lambda value, _ctx: f"should be a whole number, not {_quoted(value)}",
    "int_type": lambda value, _ctx: f"should be a whole number, not {_quoted(value)}",
    "int_from_float": lambda value, _ctx: f"should be a whole number, not {_quoted(value)}",
    "bool_parsing": lambda value, _ctx: f"should be true or false, not {_quoted(value)}",
    "bool_type": lambda value, _ctx: f"should be true or false, not {_quoted(value)}",
    "finite_number": lambda value, _ctx: f"should be a finite number, not {_quoted(value)}",
    "enum": lambda value, _ctx: f"{_quoted(value)} is none of {', '.join(Category)}",
    "value_error": lambda _value, ctx: str(ctx["error"]),
}


def _explain_one(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    explainer = _REASONS.get(error["type"])
    reason = explainer(error["input"], error.get("ctx", {})) if explainer else error["msg"]
    return f"{where}: {reason}" if where else reason
