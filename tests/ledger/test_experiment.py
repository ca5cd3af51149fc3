import numpy as np
import pytest

from bench.coverage import missed, report, run
from ledger.experiment import Arms, Effects, arms_of, caused, design_effect


def one(shown: tuple[float, float], withheld: tuple[float, float], *others: tuple[float, float, float, float]) -> Arms:
    rows = np.asarray([(*shown, *withheld), *others], dtype=np.float64)
    return Arms(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])


def effects(arms: Arms) -> Effects:
    return caused(arms, np.zeros(len(arms.shown_units), dtype=np.int64))


def test_a_large_experiment_gives_the_plain_difference_with_its_interval() -> None:
    found = effects(one((20_000, 2_000), (20_000, 1_000)))

    assert found.mean[0] == pytest.approx(0.05, abs=0.002)
    # The normal interval of two Poisson rates.
    half = 1.96 * (0.1 / 20_000 + 0.05 / 20_000) ** 0.5
    assert found.high[0] - found.low[0] == pytest.approx(2 * half, rel=0.15)


def test_thirty_visits_give_a_wide_interval_and_not_a_certain_one() -> None:
    found = effects(one((400, 30), (21, 0)))

    assert found.low[0] < found.mean[0] < found.high[0]
    assert found.high[0] - found.low[0] > 0.03


def test_without_units_or_visits_nothing_is_said_to_be_caused() -> None:
    found = effects(one((0, 0), (0, 0), (500.0, 0.0, 25.0, 0.0)))

    assert found.mean.tolist() == pytest.approx([0, 0], abs=2e-3)
    assert np.isfinite([found.low, found.high]).all()
    assert found.low[1] <= 0 <= found.high[1] + 1e-3


def test_a_merchant_leans_on_like_ones_and_not_on_others() -> None:
    small = (400.0, 30.0, 21.0, 1.0)
    caused_all = [(20_000.0, 2_000.0, 1_000.0, 5.0)] * 6
    caused_none = [(20_000.0, 2_000.0, 1_000.0, 100.0)] * 6
    rows = np.asarray([small, *caused_all, small, *caused_none]).T
    alike = np.asarray([0] * 7 + [1] * 7, dtype=np.int64)

    found = caused(Arms(*rows), alike)

    assert found.mean[0] > 2 * found.mean[7]


def test_units_are_weighted_by_the_inverse_of_their_propensity() -> None:
    # Half the month 50% was withheld when few came, then 10% when many did: plain means would mix both up.
    rng = np.random.default_rng(5)
    early = np.arange(40_000) < 20_000
    share = np.where(early, 0.5, 0.1)
    withheld = rng.random(40_000) < share
    visits = rng.poisson(np.where(early, 0.02, 0.2)).astype(np.float64)

    arms = arms_of(np.zeros(40_000, dtype=np.int64), withheld, np.where(withheld, share, 1 - share), visits, 1)

    rates = (arms.shown_visits / arms.shown_units)[0], (arms.withheld_visits / arms.withheld_units)[0]
    assert rates == pytest.approx((0.11, 0.11), abs=0.012)
    plain = visits[~withheld].mean() - visits[withheld].mean()
    assert plain > 0.03
    assert arms.withheld_units[0] < withheld.sum()


def test_equal_propensities_leave_plain_counts() -> None:
    merchant = np.asarray([0, 0, 1, 1])
    withheld = np.asarray([False, True, False, False])

    arms = arms_of(merchant, withheld, np.where(withheld, 0.05, 0.95), np.asarray([1.0, 2.0, 0.0, 3.0]), 2)

    assert arms.shown_units.tolist() == pytest.approx([1, 2])
    assert arms.shown_visits.tolist() == pytest.approx([1, 3])
    assert (arms.withheld_units.tolist(), arms.withheld_visits.tolist()) == ([1, 0], [2, 0])


def test_visits_of_one_visitor_that_hang_together_count_as_fewer() -> None:
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(5_000), 4)
    expected = np.full(20_000, 0.1)
    liking = rng.gamma(1, 1, 5_000)[cluster]

    assert design_effect(cluster, expected, rng.poisson(expected).astype(np.float64)) == pytest.approx(1, abs=0.08)
    assert design_effect(cluster, expected, rng.poisson(expected * liking).astype(np.float64)) > 1.25


def test_an_interval_that_holds_the_truth_too_rarely_or_too_often_is_named() -> None:
    found = {
        "10": {"share_referred": 0.93, "visits_caused": 0.929},
        "31": {"share_referred": 0.971, "visits_caused": 0.97},
    }

    assert missed(found) == [
        "merchants with 10: visits_caused held the truth 92.9%, not 93% to 97%",
        "merchants with 31: share_referred held the truth 97.1%, not 93% to 97%",
    ]


def test_both_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """The short form of `make bench-coverage`, on counties that it does not use."""
    found = report(list(run(60, seed=1_000_003)))

    for size in found.values():
        assert size["merchants"] > 500
        # 93 to 97%, and three standard errors of so few merchants, which hang together within a county.
        assert 0.91 <= size["share_referred"] <= 0.985
        assert 0.91 <= size["visits_caused"] <= 0.985
