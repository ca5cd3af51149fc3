import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.numbers import chinese_value, numbers_in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("两百五", 250),
        ("一千二", 1200),
        ("三百零五", 305),
        ("十五", 15),
        ("二十", 20),
        ("四点五", 4.5),
        ("一万二", 12000),
        ("半", 0.5),
        ("两", 2),
        ("百", None),
        ("一二", None),
    ],
)
def test_chinese_numerals_are_read_as_spoken(text: str, value: float | None) -> None:
    assert chinese_value(text) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("no more than 1,200 yuan", [1200.0]),
        ("two hundred and fifty", [250.0]),
        ("a couple of hours", [2.0]),
        ("half a day", [0.5]),
        ("twenty-five minutes", [25.0]),
        ("两三个小时", [2.0, 3.0]),
        ("第二天", []),
        ("4.5分", [4.5]),
        ("3千米", [3000.0]),
        ("between four thousand and six thousand", [4000.0, 6000.0]),
        ("one thousand two hundred and fifty", [1250.0]),
        ("a couple of hundred yuan", [200.0]),
        ("a whole day", [1.0]),
    ],
)
def test_numbers_are_found_in_sentences(text: str, values: list[float]) -> None:
    assert [number.value for number in numbers_in(text)] == values


@given(st.text(alphabet="零一二两三四五六七八九十百千万点半0123456789., ao", max_size=30))
def test_numerals_of_any_kind_are_read_or_left(text: str) -> None:
    for number in numbers_in(text):
        assert 0 <= number.start < number.end <= len(text)
        assert number.value >= 0


@given(st.integers(min_value=0, max_value=99_999))
def test_digits_are_read_as_they_are(value: int) -> None:
    assert [number.value for number in numbers_in(f"{value}元")] == [float(value)]
