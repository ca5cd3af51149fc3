from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.attribution import WINDOW
from ledger.codes import qr_token
from ledger.tickets import MAX_CHARACTERS, MAX_OPENS, seal, unseal, with_open
from tests.ledger.builders import DAY, HOUR, NOW, SECRET


def test_a_ticket_says_what_the_device_opened_and_when() -> None:
    opens = {"茶馆": NOW - HOUR, "farm-stay": NOW - DAY}

    assert unseal(SECRET, seal(SECRET, opens), NOW) == opens


def test_an_open_ends_with_the_attribution_window() -> None:
    sealed = seal(SECRET, {"a": NOW})

    assert unseal(SECRET, sealed, NOW + WINDOW) == {"a": NOW}
    assert unseal(SECRET, sealed, NOW + WINDOW + timedelta(seconds=1)) == {}


def test_an_open_in_the_future_does_not_count() -> None:
    assert unseal(SECRET, seal(SECRET, {"a": NOW + HOUR}), NOW) == {}


def test_the_latest_open_of_a_listing_is_the_one_that_is_kept() -> None:
    assert with_open({"a": NOW - DAY, "b": NOW - DAY}, "a", NOW) == {"a": NOW, "b": NOW - DAY}


def test_too_many_opens_lose_the_oldest() -> None:
    opens = {f"listing-{number}": NOW - number * HOUR for number in range(MAX_OPENS + 5)}

    assert list(unseal(SECRET, seal(SECRET, opens), NOW)) == list(opens)[:MAX_OPENS]


def test_a_ticket_of_long_names_still_fits_a_cookie() -> None:
    opens = {"茶" * 400 + str(number): NOW - number * HOUR for number in range(MAX_OPENS)}

    sealed = seal(SECRET, opens)

    assert len(sealed) <= MAX_CHARACTERS
    assert list(unseal(SECRET, sealed, NOW)) == list(opens)[:2]


def test_an_empty_ticket_is_a_ticket() -> None:
    assert unseal(SECRET, seal(SECRET, {}), NOW) == {}


def test_a_ticket_of_another_secret_or_purpose_is_empty() -> None:
    assert unseal(b"another secret", seal(SECRET, {"a": NOW}), NOW) == {}
    assert unseal(SECRET, qr_token(SECRET, "a", NOW), NOW) == {}


@settings(deadline=None)  # a busy machine is no failure
@given(st.data())
def test_a_ticket_with_any_character_changed_is_empty(data: st.DataObject) -> None:
    sealed = seal(SECRET, {"a": NOW})
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters().filter(lambda char: char != sealed[place]))

    assert unseal(SECRET, sealed[:place] + other + sealed[place + 1 :], NOW) == {}


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_nonsense_is_an_empty_ticket(text: str) -> None:
    assert unseal(SECRET, text, NOW) == {}
