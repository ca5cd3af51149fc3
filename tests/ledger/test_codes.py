from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.codes import (
    ARRIVAL,
    arrival_token,
    check_arrival,
    check_digits,
    check_qr,
    qr_token,
    seconds_left,
    six_digits,
)
from tests.ledger.builders import NOW, SECRET

#: The beginning of a step.
SHOWN = NOW
SECOND = timedelta(seconds=1)


def test_a_qr_code_is_taken_in_its_step_and_in_the_next_and_not_later() -> None:
    token = qr_token(SECRET, "茶馆/1", SHOWN)

    assert check_qr(SECRET, token, SHOWN) == "茶馆/1"
    assert check_qr(SECRET, token, SHOWN + 59 * SECOND) == "茶馆/1"
    assert check_qr(SECRET, token, SHOWN + 60 * SECOND) is None
    assert check_qr(SECRET, token, SHOWN - SECOND) is None


def test_a_qr_code_says_something_else_in_each_step_and_for_each_listing() -> None:
    tokens = {qr_token(SECRET, name, SHOWN + step * 30 * SECOND) for name in ("a", "b") for step in range(3)}

    assert len(tokens) == 6


def test_a_qr_code_fits_a_path_segment_as_it_is() -> None:
    assert qr_token(SECRET, "茶馆/1 ?#", SHOWN).replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_a_code_of_another_secret_or_purpose_is_not_taken() -> None:
    assert check_qr(b"another secret", qr_token(SECRET, "a", SHOWN), SHOWN) is None
    assert check_arrival(SECRET, qr_token(SECRET, "a", SHOWN), SHOWN) is None
    assert check_qr(SECRET, arrival_token(SECRET, "a", SHOWN), SHOWN) is None


@settings(deadline=None)  # a busy machine is no failure
@given(st.data())
def test_a_code_with_any_character_changed_is_not_taken(data: st.DataObject) -> None:
    token = qr_token(SECRET, "tea-house", SHOWN)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda char: char != token[place]))

    assert check_qr(SECRET, token[:place] + other + token[place + 1 :], SHOWN) is None


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_nonsense_is_not_taken_and_raises_nothing(text: str) -> None:
    assert check_qr(SECRET, text, SHOWN) is None
    assert check_arrival(SECRET, text, SHOWN) is None
    assert check_digits(SECRET, text + "x", ["a"], SHOWN) == []


def test_an_arrival_waits_ten_minutes_for_consent() -> None:
    token = arrival_token(SECRET, "a", SHOWN)

    assert check_arrival(SECRET, token, SHOWN + ARRIVAL) == "a"
    assert check_arrival(SECRET, token, SHOWN + ARRIVAL + SECOND) is None
    assert check_arrival(SECRET, token, SHOWN - SECOND) is None


def test_digits_are_taken_in_their_step_and_in_the_next_and_not_later() -> None:
    digits = six_digits(SECRET, "b", SHOWN)

    assert check_digits(SECRET, digits, ["a", "b", "c"], SHOWN) == ["b"]
    assert check_digits(SECRET, digits, ["a", "b", "c"], SHOWN + 59 * SECOND) == ["b"]
    assert check_digits(SECRET, digits, ["a", "b", "c"], SHOWN + 60 * SECOND) == []


def test_digits_that_two_counters_show_by_chance_name_both() -> None:
    shown: dict[str, str] = {}
    for number in range(20_000):
        name = f"listing-{number}"
        digits = six_digits(SECRET, name, SHOWN)
        if digits in shown:
            break
        shown[digits] = name

    assert check_digits(SECRET, digits, [shown[digits], "listing-x", name], SHOWN) == [shown[digits], name]


@pytest.mark.parametrize("layout", ["{} {}", "{}-{}", " {}{} "])
def test_digits_are_taken_as_people_type_them(layout: str) -> None:
    digits = six_digits(SECRET, "a", SHOWN)

    assert check_digits(SECRET, layout.format(digits[:3], digits[3:]), ["a"], SHOWN) == ["a"]
    assert check_digits(SECRET, digits.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}), ["a"], SHOWN)


def test_digits_are_always_six_and_spread_evenly() -> None:
    drawn = [six_digits(SECRET, f"listing-{number}", SHOWN) for number in range(2_000)]

    assert {len(digits) for digits in drawn} == {6}
    first = [sum(digits[0] == str(figure) for digits in drawn) for figure in range(10)]
    # Binomial(2000, 0.1): mean 200, standard deviation 13.4; five of those on either side.
    assert all(133 < count < 267 for count in first)


def test_the_counter_knows_how_long_its_code_is_still_shown() -> None:
    assert seconds_left(SHOWN) == 30
    assert seconds_left(SHOWN + 29 * SECOND) == 1
