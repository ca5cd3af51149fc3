from datetime import date, timedelta

import pytest

from recommender.holding import hold_out, window_of

SECRET = b"a secret of the tests, 32 bytes."


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_so_large_a_share_is_withheld(share: float) -> None:
    withheld = sum(hold_out(SECRET, f"visitor-{number}", "tea-house", 3, share=share) for number in range(20_000))

    assert withheld == pytest.approx(20_000 * share, abs=4 * (20_000 * share * (1 - share)) ** 0.5)


def test_a_draw_is_the_same_again_and_only_depends_on_visitor_listing_and_window() -> None:
    def arms(secret: bytes, visitor: str, listing: str, window: int) -> bool:
        return hold_out(secret, visitor, listing, window, share=0.5)

    triples = [(f"visitor-{a}", f"listing-{b}", c) for a in range(8) for b in range(8) for c in range(8)]
    first = [arms(SECRET, *triple) for triple in triples]

    assert [arms(SECRET, *triple) for triple in triples] == first
    assert [arms(b"another", *triple) for triple in triples] != first
    others = (
        [(visitor + "x", listing, window) for visitor, listing, window in triples],
        [(visitor, listing + "x", window) for visitor, listing, window in triples],
        [(visitor, listing, window + 1) for visitor, listing, window in triples],
    )
    for other in others:
        same = sum(arms(SECRET, *triple) == arm for triple, arm in zip(other, first, strict=True))
        assert 180 < same < 332  # 256 of 512, six standard deviations


def test_more_is_withheld_with_a_larger_share_and_nothing_comes_back() -> None:
    visitors = [f"visitor-{number}" for number in range(2_000)]
    small, large = (
        {name for name in visitors if hold_out(SECRET, name, "tea-house", 0, share=share)} for share in (0.05, 0.2)
    )

    assert small < large


def test_windows_are_whole_days_and_follow_each_other() -> None:
    days = [date(2026, 11, 1) + timedelta(days=offset) for offset in range(28)]

    windows = [window_of(day, 7) for day in days]

    assert windows == sorted(windows)
    assert len(set(windows)) in {4, 5}
    assert [windows.count(window) for window in sorted(set(windows))][1:-1] == [7] * (len(set(windows)) - 2)
