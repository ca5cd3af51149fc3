"""Canonical JSON and salted commitments: the one text of an event, and what the log keeps of it."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

#: Bytes of salt in a commitment: too many to guess, so that a commitment hides what it commits to after an erasure.
SALT_BYTES = 16
#: Largest integer that every JSON reader takes exactly (RFC 8785 keeps to I-JSON, RFC 7493 section 2.2).
_MAX_EXACT = 2**53 - 1
#: Where ECMAScript writes a number with an exponent: from this decimal exponent up, and below the other one.
_EXPONENT_ABOVE = 21
_EXPONENT_BELOW = -6
#: Between these Python writes a number without an exponent.
_PLAIN_ABOVE = 1e-4
_PLAIN_BELOW = 1e16
#: So many sets of names are kept with their order; attackers may send any number of others.
_MOST_FIELDS = 1_000


class CanonicalError(ValueError):
    """A value has no canonical JSON form: it is no JSON, not finite, not exact, or not Unicode."""


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: RFC 8785 (keys by UTF-16 code unit, ECMAScript's numbers, no spaces).

    Raises:
        CanonicalError: The value has no such text.
    """
    text = _written(value)
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise CanonicalError("a string holds half of a surrogate pair") from exc
    return text


def commitment(salt: bytes | bytearray, canonical: str) -> bytes:
    """Return SHA-256 over the salt and the canonical text (UTF-8), 32 bytes.

    Raises:
        CanonicalError: The salt is not `SALT_BYTES` long, which would let one commitment stand for two texts.
    """
    if len(salt) != SALT_BYTES:
        raise CanonicalError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(salt + canonical.encode()).digest()


def _written(value: Any) -> str:
    return (_WRITERS.get(type(value)) or _writer_of(value))(value)


def _writer_of(value: Any) -> Callable[[Any], str]:
    """Return the writer of a value of a derived class, such as a member of a StrEnum."""
    for kind, writer in ((str, _quoted), (int, _integer), (float, _number), (list, _list), (tuple, _list)):
        if isinstance(value, kind):
            return writer
    if isinstance(value, Mapping):
        return _object
    raise CanonicalError(f"{type(value).__name__} is no JSON type")


def _object(value: Mapping[Any, Any]) -> str:
    names = tuple(value)
    fields = _FIELDS.get(names) or _fields(names)
    return f"{{{','.join([f'{written}:{_written(value[name])}' for name, written in fields])}}}"


def _fields(names: tuple[Any, ...]) -> list[tuple[str, str]]:
    """Return the names of an object in their order, each with its text; objects of one kind have the same names."""
    if not all(isinstance(name, str) for name in names):
        raise CanonicalError("a key of a JSON object is a string")
    try:
        fields = [(name, _quoted(name)) for name in sorted(names, key=lambda name: name.encode("utf-16-be"))]
    except UnicodeEncodeError as exc:
        raise CanonicalError("a key holds half of a surrogate pair") from exc
    if len(_FIELDS) >= _MOST_FIELDS:
        _FIELDS.clear()
    _FIELDS[names] = fields
    return fields


def _list(value: Sequence[Any]) -> str:
    return f"[{','.join([_written(item) for item in value])}]"


def _integer(value: int) -> str:
    if abs(value) > _MAX_EXACT:
        raise CanonicalError("an integer lies beyond 2^53 - 1")
    return str(int(value))


def _number(value: float) -> str:
    """Write a double as ECMAScript does (ECMA-262, Number::toString), which RFC 8785 section 3.2.2.3 asks for."""
    if _PLAIN_ABOVE < abs(value) < _PLAIN_BELOW:
        # Here Python's repr lays the digits out as ECMAScript does, but for whole numbers.
        return repr(value).removesuffix(".0")
    if not math.isfinite(value):
        raise CanonicalError("a number is not finite")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    # Python's repr gives the same shortest digits; only their layout differs.
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    point = len(whole) - leading_zeros + int(exponent or 0)
    digits = digits.rstrip("0")
    return sign + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    """Place the decimal point `point` digits from the left of the shortest digits."""
    if len(digits) <= point <= _EXPONENT_ABOVE:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _EXPONENT_ABOVE:
        return f"{digits[:point]}.{digits[point:]}"
    if _EXPONENT_BELOW < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"e{point - 1:+d}"
    return digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "") + exponent


#: What `json.dumps(ensure_ascii=False)` calls for a string.
_quoted: Callable[[str], str] = encode_basestring
_FIELDS: dict[tuple[str, ...], list[tuple[str, str]]] = {}
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: _integer,
    float: _number,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    dict: _object,
    list: _list,
    tuple: _list,
}
