import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.attribution import Interval, percentages, share_sentence, wilson


@pytest.mark.parametrize(
    ("n", "m", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_newcombes_table(n: int, m: int, low: float, high: float) -> None:
    interval = wilson(n, m)

    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(1, 10**6).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m))))
def test_the_interval_holds_the_share_and_lies_between_zero_and_one(pair: tuple[int, int]) -> None:
    n, m = pair

    interval = wilson(n, m)

    assert interval is not None
    assert 0 <= interval.low <= n / m <= interval.high <= 1


def test_without_visitors_there_is_no_interval_and_the_sentence_says_what_to_do() -> None:
    assert wilson(0, 0) is None
    assert "还没有记录到访客" in share_sentence(0, 0, None, "zh")
    assert "No visitors recorded yet" in share_sentence(0, 0, None, "en")


def test_the_sentence_names_both_counts_and_the_interval() -> None:
    interval = wilson(30, 100)

    assert (
        share_sentence(30, 100, interval, "zh") == "您有记录的 100 位访客中有 30 位是在这里找到您的（95% 区间 22–40%）"
    )
    assert (
        share_sentence(30, 100, interval, "en")
        == "30 of your 100 recorded visitors found you here (95% interval 22–40%)"
    )


def test_few_visitors_are_called_few() -> None:
    interval = Interval(0.1, 0.9)

    assert "记录还少" in share_sentence(1, 9, interval, "zh")
    assert "These are few" in share_sentence(1, 9, interval, "en")
    assert "few" not in share_sentence(1, 10, interval, "en")


def test_where_doubtful_visits_count_for_less_the_share_that_the_interval_is_of_is_told() -> None:
    said = [share_sentence(30, 90, Interval(0.77, 0.97), each, doubtful=60, share=0.909) for each in ("zh", "en")]
    assert said == [
        "您有记录的 90 位访客中有 30 位是在这里找到您的；有 60 次到访存疑，少计以后约为 91%（95% 区间 77–97%）",
        (
            "30 of your 90 recorded visitors found you here; with 60 doubtful visits counted for less, about 91% "
            "(95% interval 77–97%)"
        ),
    ]


def test_a_few_of_very_many_are_not_rounded_to_none() -> None:
    few, many = wilson(50, 30_000), wilson(29_950, 30_000)
    assert "50 of your 30,000 recorded visitors found you here (95% interval 0.1–0.2%)" in share_sentence(
        50, 30_000, few, "en"
    )
    assert "30,000 位访客中有 29,950 位是在这里找到您的（95% 区间 99.8–99.9%）" in share_sentence(
        29_950, 30_000, many, "zh"
    )


@pytest.mark.parametrize(
    ("shares", "shown"),
    [
        ((0.0, 0.0004), ["0.00", "0.04"]),
        ((0.126, 0.534), ["13", "53"]),
        ((0.4991, 0.5009), ["49.9", "50.1"]),
        ((0.3, 0.3), ["30", "30"]),
        ((0.9999, 1.0), ["99.99", "100.00"]),
        ((1e-9,), ["0.000000"]),
    ],
)
def test_percentages_have_as_many_decimals_as_tell_them_apart(shares: tuple[float, ...], shown: list[str]) -> None:
    assert percentages(*shares) == shown
