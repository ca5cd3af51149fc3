import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.languages import accepted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("fr", None),
        ("*", None),
        ("zh", "zh"),
        ("zh-Hans-CN", "zh"),
        ("EN-us", "en"),
        ("fr, en;q=0.2", "en"),
        ("en;q=0.5, zh;q=0.8", "zh"),
        ("en, zh", "en"),
        ("en;q=0, zh;q=0.1", "zh"),
        ("en;q=x, zh", "zh"),
        ("en;level=1, zh;q=0.3", "zh"),
    ],
)
def test_the_best_of_our_languages_is_taken(header: str, language: str | None) -> None:
    assert accepted(header) == language


@given(st.text())
def test_any_header_can_be_read(header: str) -> None:
    assert accepted(header) in {"zh", "en", None}
