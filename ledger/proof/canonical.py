"""Canonical JSON and salted commitments: the one text of an event, and what the log keeps of it."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

#: Bytes of salt in a commitment: too many to guess, so that a commitment hides what it commits to after an erasure.
SALT_BYTES = 16
#: Largest integer that every JSON reader takes exactly (RFC 8785 keeps to I-JSON, RFC 7493 section 2.2).
_MAX_EXACT = 2**53 - 1
#: Where ECMAScript writes a number with an exponent: from this decimal exponent up, and below the other one.
_EXPONENT_ABOVE = 21
_EXPONENT_BELOW = -6


class CanonicalError(ValueError):
    """A value has no canonical JSON form: it is no JSON, not finite, not exact, or not Unicode."""


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: RFC 8785 (keys by UTF-16 code unit, ECMAScript's numbers, no spaces).

    Raises:
        CanonicalError: The value has no such text.
    """
    return "".join(_written(value))


def commitment(salt: bytes, canonical: str) -> bytes:
    """Return SHA-256 over the salt and the canonical text (UTF-8), 32 bytes.

    Raises:
        CanonicalError: The salt is not `SALT_BYTES` long, which would let one commitment stand for two texts.
    """
    if len(salt) != SALT_BYTES:
        raise CanonicalError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(salt + canonical.encode()).digest()


def _written(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        parts = [part for item in value for part in (",", *_written(item))]
        return ["[", *parts[1:], "]"]
    return [_scalar(value)]


def _object(value: Mapping[Any, Any]) -> list[str]:
    if not all(isinstance(key, str) for key in value):
        raise CanonicalError("a key of a JSON object is a string")
    try:
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    except UnicodeEncodeError as exc:
        raise CanonicalError("a key holds half of a surrogate pair") from exc
    parts = [part for key in keys for part in (",", _string(key), ":", *_written(value[key]))]
    return ["{", *parts[1:], "}"]


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        if abs(value) > _MAX_EXACT:
            raise CanonicalError("an integer lies beyond 2^53 - 1")
        return str(int(value))
    if isinstance(value, float):
        return _number(value)
    raise CanonicalError(f"{type(value).__name__} is no JSON type")


def _string(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise CanonicalError("a string holds half of a surrogate pair") from exc
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """Write a double as ECMAScript does (ECMA-262, Number::toString), which RFC 8785 section 3.2.2.3 asks for."""
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
