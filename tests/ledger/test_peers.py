import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger.events import Grade, Impression
from ledger.peers import Quartiles, quartiles
from ledger.periods import Period
from tests.ledger.builders import DAY, NOW, TZ, a_visit, an_event, stored

WEEK = Period.last_days(7, NOW, TZ)
SEEN = Impression(query_id="a-search-1", position=0)


def shown(engine: Engine, *times: int) -> list[tuple[str]]:
    stored(engine, *(an_event(SEEN, listing=f"place-{n}") for n, often in enumerate(times) for _ in range(often)))
    return [(f"place-{n}",) for n in range(len(times))]


def test_of_fewer_than_five_merchants_nothing_is_said(any_engine: Engine) -> None:
    with reading(any_engine) as session:
        assert quartiles(session, shown(any_engine, 1, 2, 3, 4), WEEK) is None
        assert quartiles(session, [*shown(any_engine, 1, 2, 3, 4), ()], WEEK) is None


def test_median_and_quartiles_are_of_merchants_those_included_where_nothing_happened(any_engine: Engine) -> None:
    groups = shown(any_engine, 0, 4, 8, 12, 16)
    with reading(any_engine) as session:
        found = quartiles(session, groups, WEEK)
    assert found is not None
    assert found["impressions"] == Quartiles(4, 8, 12)
    assert found["visits"] == Quartiles(0, 0, 0)


def test_a_merchant_of_two_places_counts_once_by_the_mean(any_engine: Engine) -> None:
    groups = [("place-0", "place-1"), *shown(any_engine, 2, 4, 3, 3, 3, 3)[2:]]
    with reading(any_engine) as session:
        assert quartiles(session, groups, WEEK)["impressions"] == Quartiles(3, 3, 3)  # type: ignore[index]


def test_other_days_and_a_visitors_word_alone_are_not_counted(any_engine: Engine) -> None:
    groups = shown(any_engine, 0, 0, 0, 0, 0)
    stored(any_engine, an_event(SEEN, listing="place-0", at=NOW - 8 * DAY))
    stored(any_engine, *(a_visit(listing=f"place-{n}", grade=Grade.STATED) for n in range(5)))
    with reading(any_engine) as session:
        assert set(quartiles(session, groups, WEEK).values()) == {Quartiles(0, 0, 0)}  # type: ignore[union-attr]


@pytest.mark.parametrize(("often", "told"), [(7, 7.0), (123, 120.0)])
def test_nobodys_own_figure_is_told_exactly(any_engine: Engine, often: int, told: float) -> None:
    groups = shown(any_engine, often, often, often, often, often)
    with reading(any_engine) as session:
        assert quartiles(session, groups, WEEK)["impressions"].median == told  # type: ignore[index]
