from datetime import UTC, datetime, timedelta

import pytest

from ledger.geofence import LATEST, STAY, presence_token, read_presence

SECRET = b"a secret of thirty-two bytes...."
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_a_presence_says_where_and_since_when_and_is_ready_a_quarter_of_an_hour_later() -> None:
    token = presence_token(SECRET, "茶馆", "visitor-0001", NOW)
    found = read_presence(SECRET, token, "visitor-0001", NOW + LATEST)
    assert found is not None
    assert (found.listing, found.since, found.ready_at()) == ("茶馆", NOW, NOW + STAY)


@pytest.mark.parametrize(
    ("visitor", "later"),
    [("visitor-0002", STAY), ("visitor-0001", LATEST + timedelta(seconds=1)), ("visitor-0001", -timedelta(seconds=1))],
)
def test_a_presence_is_nothing_to_another_visitor_nor_at_another_time(visitor: str, later: timedelta) -> None:
    token = presence_token(SECRET, "tea-house", "visitor-0001", NOW)
    assert read_presence(SECRET, token, visitor, NOW + later) is None


def test_a_forged_presence_is_none() -> None:
    token = presence_token(b"another secret of 32 bytes......", "tea-house", "visitor-0001", NOW)
    assert read_presence(SECRET, token, "visitor-0001", NOW) is None
    assert read_presence(SECRET, "nonsense", "visitor-0001", NOW) is None
