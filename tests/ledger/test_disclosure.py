from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.disclosure import MIN_MERCHANTS, MIN_VISITORS, Group, hidden_cells, hidden_nested_cells, merged

Visits = list[tuple[int, int]]


def a_group(visitors: int, merchants: int, first_visitor: int = 0, extra_of_first: int = 0) -> Group:
    """Each visitor visits once, merchants in turn; `extra_of_first` more visits go to the first merchant."""
    group = Group()
    for number in range(visitors):
        group.add(f"visitor-{first_visitor + number}", f"merchant-{number % merchants}")
    for number in range(extra_of_first):
        group.add(f"visitor-{first_visitor + number % visitors}", "merchant-0")
    return group


def test_a_figure_needs_ten_visitors_and_three_merchants() -> None:
    assert a_group(10, 3).is_safe
    assert not a_group(9, 3).is_safe
    assert not a_group(10, 2).is_safe
    assert not Group().is_safe


def test_a_cell_needs_also_that_no_merchant_makes_more_than_half_of_it() -> None:
    assert a_group(12, 3, extra_of_first=4).is_safe_cell  # 8 of 16
    assert not a_group(12, 3, extra_of_first=5).is_safe_cell
    assert a_group(12, 3, extra_of_first=5).is_safe


def test_many_visits_of_few_visitors_are_still_few() -> None:
    assert not a_group(9, 3, extra_of_first=500).is_safe


def test_a_table_of_safe_cells_hides_nothing() -> None:
    assert hidden_cells({name: a_group(20, 4) for name in "abc"}) == set()


def test_one_hidden_cell_takes_the_smallest_safe_one_with_it() -> None:
    cells = {"small": a_group(4, 3), "large": a_group(40, 4), "medium": a_group(20, 4)}

    assert hidden_cells(cells) == {"small", "medium"}


def test_hidden_cells_that_are_safe_together_take_no_other_with_them() -> None:
    cells = {"a": a_group(6, 3), "b": a_group(6, 3, first_visitor=6), "c": a_group(12, 3)}

    assert hidden_cells(cells) == {"a", "b"}


def test_the_same_few_visitors_in_two_cells_are_not_safe_together() -> None:
    cells = {"a": a_group(6, 3), "b": a_group(6, 3), "c": a_group(12, 3)}

    assert hidden_cells(cells) == {"a", "b", "c"}


def test_a_monday_cannot_be_had_from_all_mondays_less_the_others() -> None:
    days = {date(2026, 11, 2) + timedelta(days=7 * week): a_group(20, 4, first_visitor=100 * week) for week in range(3)}
    quiet = date(2026, 11, 23)
    cells = {0: {**days, quiet: a_group(3, 3)}, 1: {date(2026, 11, 3): a_group(20, 4)}}

    hidden = hidden_nested_cells(cells)

    assert quiet in hidden
    assert len(hidden) == 2


#: Visits as (visitor, merchant), small enough that many cells fail in different ways.
CELLS = st.lists(
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=60),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)  # a busy machine is no failure
@given(CELLS)
def test_no_shown_cell_breaks_the_floor_and_no_hidden_one_follows_from_the_total(cells: list[Visits]) -> None:
    groups = dict(enumerate(map(_group, cells)))

    hidden = hidden_cells(groups)

    assert all(_is_fit(groups[key]) for key in groups if key not in hidden)
    total = _vector(groups, groups)
    shown = [_vector(groups, [key]) for key in groups if key not in hidden]
    if merged(groups.values()).is_safe:
        shown.append(total)
    # A lone hidden cell, or several that can be told apart, would be a combination of what is shown.
    for key in hidden:
        follows = _follows(_vector(groups, [key]), shown)
        assert not follows or len(groups) == 1
    rest = merged(groups[key] for key in hidden)
    assert not hidden or _is_fit(rest) or hidden == set(groups)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.dictionaries(
        st.integers(0, 6),
        st.lists(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=60), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_no_hidden_day_follows_from_the_days_weekdays_and_total_that_are_shown(weeks: dict[int, list[Visits]]) -> None:
    nested = {
        weekday: {10 * weekday + week: _group(visits) for week, visits in enumerate(cells)}
        for weekday, cells in weeks.items()
    }
    days = {key: group for inner in nested.values() for key, group in inner.items()}
    weekdays = {weekday: merged(inner.values()) for weekday, inner in nested.items()}

    hidden_days, hidden_weekdays = hidden_nested_cells(nested), hidden_cells(weekdays)

    assert all(_is_fit(days[key]) for key in days if key not in hidden_days)
    shown = [_vector(days, [key]) for key in days if key not in hidden_days]
    shown += [_vector(days, nested[weekday]) for weekday in weekdays if weekday not in hidden_weekdays]
    if merged(days.values()).is_safe:
        shown.append(_vector(days, days))
    for key in hidden_days:
        assert not _follows(_vector(days, [key]), shown) or _is_fit(days[key]) or len(days) == 1
    for weekday in hidden_weekdays:
        assert not _follows(_vector(days, nested[weekday]), shown) or len(weekdays) == 1


def _group(visits: Visits) -> Group:
    group = Group()
    for visitor, merchant in visits:
        group.add(str(visitor), str(merchant))
    return group


def _is_fit(group: Group) -> bool:
    """The cell's rule, counted again from its words."""
    largest = max(group.merchants.values(), default=0)
    return (
        len(group.visitors) >= MIN_VISITORS
        and len(group.merchants) >= MIN_MERCHANTS
        and 2 * largest <= sum(group.merchants.values())
    )


def _vector(cells: Mapping[int, Group], members: Iterable[int]) -> list[int]:
    inside = set(members)
    return [int(key in inside) for key in cells]


def _follows(target: list[int], known: list[list[int]]) -> bool:
    """Whether a figure is a linear combination of the known ones."""
    return _rank(known) == _rank([*known, target])


def _rank(rows: list[list[int]]) -> int:
    left = [[Fraction(value) for value in row] for row in rows]
    rank = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left[rank:] if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left = [
            row if index < rank else [a - b * row[column] / pivot[column] for a, b in zip(row, pivot, strict=True)]
            for index, row in enumerate(left)
        ]
        left.insert(rank, pivot)
        rank += 1
    return rank
