import pytest

from api.errors import TooManyTries
from api.limiting import WRONG_CODES, Limiter, group


def test_each_address_has_its_own_limit() -> None:
    limiter = Limiter(writes_per_minute=2)
    for _ in range(2):
        limiter.write("192.0.2.1")
    with pytest.raises(TooManyTries) as refused:
        limiter.write("192.0.2.1")
    assert 1 <= refused.value.retry_after_s <= 120
    limiter.write("192.0.2.2")


def test_only_wrong_codes_count() -> None:
    limiter = Limiter(writes_per_minute=2)
    for _ in range(WRONG_CODES):
        limiter.before_code("192.0.2.1")
        limiter.before_code("192.0.2.1")
        limiter.wrong_code("192.0.2.1")
    with pytest.raises(TooManyTries):
        limiter.before_code("192.0.2.1")
    limiter.before_code("192.0.2.2")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
    ],
)
def test_a_household_counts_as_one(address: str, counted: str) -> None:
    assert group(address) == counted
