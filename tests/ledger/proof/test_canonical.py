import hashlib
import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proof import SALT_BYTES, CanonicalError, canonical_json, commitment

#: RFC 8785, appendix B: IEEE 754 bits and the text that ECMAScript writes.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_numbers_are_written_as_rfc_8785_appendix_b_says(bits: str, text: str) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical_json(number) == text


def test_keys_are_ordered_by_utf16_code_units_as_in_rfc_8785_section_3_2_3() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

    ordered = list(json.loads(canonical_json(dict.fromkeys(keys, 0))))

    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_strings_escape_only_what_must_be_escaped() -> None:
    assert canonical_json('茶"\\\n\x0f/€') == '"茶\\"\\\\\\n\\u000f/€"'


@settings(deadline=None)  # a busy machine is no failure
@given(JSON)
def test_canonical_json_reads_back_as_the_same_value_and_is_its_own_canonical_form(value: Any) -> None:
    text = canonical_json(value)

    # RFC 8785 knows only doubles: a large one is written without an exponent, as an integer would be.
    read = json.loads(text, parse_int=float)

    assert read == value
    assert canonical_json(read) == text


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 2**53, "\ud800", {"\ud800": 1}, {1: 2}, b"bytes", {"a": {1, 2}}, [object()]]
)
def test_what_has_no_canonical_form_is_refused_and_never_written(value: Any) -> None:
    with pytest.raises(CanonicalError):
        canonical_json(value)


def test_a_commitment_is_sha256_over_salt_and_text() -> None:
    salt = bytes(range(SALT_BYTES))

    assert commitment(salt, "茶") == hashlib.sha256(salt + "茶".encode()).digest()


def test_a_salt_of_another_length_is_refused() -> None:
    with pytest.raises(CanonicalError, match="16 bytes"):
        commitment(b"short", "{}")
