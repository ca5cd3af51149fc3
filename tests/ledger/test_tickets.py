from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.attribution import WINDOW
from ledger.codes import qr_token
from ledger.events import Arm, Ticket
from ledger.tickets import MAX_CHARACTERS, MAX_OPENS, as_logged, seal, unseal
from tests.ledger.builders import DAY, HOUR, NOW, SECRET, TZ


def opened(at: datetime, arm: Arm | None = None) -> Ticket:
    return Ticket(opened_at=at, arm=arm)


def test_a_ticket_says_what_the_device_opened_when_and_in_which_arm() -> None:
    opens = {
        "茶馆": opened(NOW - HOUR, Arm.SHOWN),
        "farm-stay": opened(NOW - DAY, Arm.WITHHELD),
        "garden": opened(NOW - 2 * DAY),
    }

    assert unseal(SECRET, seal(SECRET, opens), NOW) == opens


def test_an_open_ends_with_the_attribution_window() -> None:
    sealed = seal(SECRET, {"a": opened(NOW)})

    assert unseal(SECRET, sealed, NOW + WINDOW) == {"a": opened(NOW)}
    assert unseal(SECRET, sealed, NOW + WINDOW + timedelta(seconds=1)) == {}


def test_an_open_in_the_future_does_not_count() -> None:
    assert unseal(SECRET, seal(SECRET, {"a": opened(NOW + HOUR)}), NOW) == {}


def test_too_many_opens_lose_the_oldest() -> None:
    opens = {f"listing-{number}": opened(NOW - number * HOUR) for number in range(MAX_OPENS + 5)}

    assert list(unseal(SECRET, seal(SECRET, opens), NOW)) == list(opens)[:MAX_OPENS]


def test_a_ticket_of_long_names_still_fits_a_cookie() -> None:
    opens = {"茶" * 400 + str(number): opened(NOW - number * HOUR, Arm.SHOWN) for number in range(MAX_OPENS)}

    sealed = seal(SECRET, opens)

    assert len(sealed) <= MAX_CHARACTERS
    assert list(unseal(SECRET, sealed, NOW)) == list(opens)[:2]


def test_of_an_earlier_day_the_day_alone_is_logged() -> None:
    last_second = datetime(2026, 11, 23, 23, 59, 59, tzinfo=TZ)

    assert as_logged(opened(NOW - DAY, Arm.SHOWN), NOW, TZ) == opened(last_second, Arm.SHOWN)
    assert as_logged(opened(NOW - HOUR), NOW, TZ) == opened(NOW - HOUR)


def test_an_empty_ticket_is_a_ticket() -> None:
    assert unseal(SECRET, seal(SECRET, {}), NOW) == {}


def test_a_ticket_of_another_secret_or_purpose_is_empty() -> None:
    assert unseal(b"another secret", seal(SECRET, {"a": opened(NOW)}), NOW) == {}
    assert unseal(SECRET, qr_token(SECRET, "a", NOW), NOW) == {}


@settings(deadline=None)  # a busy machine is no failure
@given(st.data())
def test_a_ticket_with_any_character_changed_is_empty(data: st.DataObject) -> None:
    sealed = seal(SECRET, {"a": opened(NOW)})
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters().filter(lambda char: char != sealed[place]))

    assert unseal(SECRET, sealed[:place] + other + sealed[place + 1 :], NOW) == {}


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_nonsense_is_an_empty_ticket(text: str) -> None:
    assert unseal(SECRET, text, NOW) == {}
