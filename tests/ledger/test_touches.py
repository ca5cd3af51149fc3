from datetime import timedelta

import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger.attribution import Windows
from ledger.events import Impression
from ledger.periods import Period
from ledger.touches import ReferralCredit, Touch, TouchKind, divide, referral_credit
from ledger.weighing import weighed_visits
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, stored

SHOWN, OPENED = TouchKind.SHOWN, TouchKind.OPENED
IMPRESSION = Impression(query_id="query-0001", position=0)


def credit(engine: Engine, windows: Windows | None = None) -> ReferralCredit:
    with reading(engine) as session:
        period, within = Period.last_days(7, NOW, TZ), windows or Windows()
        visits = weighed_visits(session, ["tea-house"], period.start_ms, period.end_ms, within)
        return referral_credit(session, visits, within)


def test_first_last_and_shared_credit_differ_only_in_how_they_divide_the_same_sum() -> None:
    touches = {
        "a": [Touch(1, SHOWN), Touch(2, OPENED), Touch(3, OPENED)],
        "b": [Touch(9, OPENED)],
        "c": [],
    }

    found = divide(touches, {"a": 1.0, "b": 0.5, "c": 1.0})

    assert found.first == {SHOWN: 1.0, OPENED: 0.5}
    assert found.last == {OPENED: 1.5}
    assert found.shared == {SHOWN: pytest.approx(1 / 3), OPENED: pytest.approx(2 / 3 + 0.5)}
    for rule in (found.first, found.last, found.shared):
        assert sum(rule.values()) == pytest.approx(1.5)


def test_the_order_in_which_a_database_gives_visitors_does_not_tell_in_the_last_digit() -> None:
    weights = {"a": 0.1, "b": 0.2, "c": 0.3}
    forwards, backwards = (
        divide({visitor: [Touch(1, SHOWN)] for visitor in order}, weights) for order in ("abc", "cba")
    )

    assert forwards == backwards == ReferralCredit(*({SHOWN: 0.6} for _ in range(3)))


def test_touches_come_from_the_log_within_their_windows(any_engine: Engine) -> None:
    stored(
        any_engine,
        an_event(IMPRESSION, at=NOW - 2 * HOUR),
        an_event(IMPRESSION, at=NOW - 2 * DAY),
        an_event(at=NOW - HOUR),
        a_visit(),
        a_visit(visitor="visitor-2"),
    )

    found = credit(any_engine)

    assert (found.first, found.last) == ({SHOWN: 1.0}, {OPENED: 1.0})
    assert found.shared == {SHOWN: 0.5, OPENED: 0.5}


def test_a_ticket_is_an_open_and_the_same_open_is_not_counted_twice(any_engine: Engine) -> None:
    opened = NOW - HOUR
    stored(
        any_engine,
        an_event(IMPRESSION, at=NOW - 2 * HOUR),
        an_event(at=opened + timedelta(milliseconds=400)),
        a_visit(ticket=opened),
        a_visit(visitor="visitor-2", ticket=opened),
    )

    assert credit(any_engine).shared == {SHOWN: 0.5, OPENED: 1.5}


def test_windows_are_a_setting(any_engine: Engine) -> None:
    stored(any_engine, an_event(IMPRESSION, at=NOW - 2 * DAY), an_event(at=NOW - 3 * DAY), a_visit())

    assert credit(any_engine).first == {OPENED: 1.0}
    assert credit(any_engine, Windows.of_days(opens=2, impressions=2)).first == {SHOWN: 1.0}
    assert credit(any_engine, Windows.of_days(opens=2, impressions=1)).first == {}
