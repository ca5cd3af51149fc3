import random
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from index.database import reading
from ledger.attribution import wilson
from ledger.board import Indicator, ListingFacts, board_indicators
from ledger.definitions import INDICATOR_DEFINITIONS
from ledger.events import Event, Grade
from ledger.periods import Period
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, stored

WEEK = Period.last_days(7, NOW, TZ)
#: Two townships with four merchants each, at places of their own.
FACTS = {
    f"{area}-{number}": ListingFacts(area, "restaurant", lat + number / 100, 119.6, area_en=english)
    for area, english, lat in (("孝丰镇", "Xiaofeng", 30.5), ("梅溪镇", "Meixi", 30.7))
    for number in range(4)
}


def board(engine: Engine, period: Period = WEEK, facts: dict[str, ListingFacts] = FACTS) -> dict[str, Indicator]:
    with reading(engine) as session:
        return {indicator.id: indicator for indicator in board_indicators(session, period, facts)}


def visits(area: str, day: int, visitors: int, *, referred: int = 0, merchants: int = 4) -> list[Event]:
    """Visits `day` days ago by as many visitors, to the township's merchants in turn, the first so many referred."""
    at = NOW - day * DAY
    return [
        a_visit(
            at=at,
            visitor=f"{'xm'[area == '梅溪镇']}-{day}-{number:04d}",
            listing=f"{area}-{number % merchants}",
            ticket=at - HOUR if number < referred else None,
        )
        for number in range(visitors)
    ]


def test_an_empty_county_has_five_indicators_that_show_nothing(any_engine: Engine) -> None:
    found = board(any_engine)

    assert list(found) == list(INDICATOR_DEFINITIONS)
    assert all(indicator.value is None and indicator.suppressed for indicator in found.values())
    assert all(cell.value is None and cell.suppressed for indicator in found.values() for cell in indicator.cells)


def test_nine_visitors_are_not_shown_and_ten_are(any_engine: Engine) -> None:
    stored(any_engine, *visits("孝丰镇", 0, 9))
    assert board(any_engine)["visitor_days"].suppressed

    stored(any_engine, *visits("孝丰镇", 1, 1))
    assert board(any_engine)["visitor_days"].value == 10


def test_two_merchants_are_not_shown_however_many_came(any_engine: Engine) -> None:
    stored(any_engine, *visits("孝丰镇", 0, 200, merchants=2))

    assert all(indicator.suppressed for indicator in board(any_engine).values())


def test_listings_of_one_merchant_count_as_one_merchant(any_engine: Engine) -> None:
    chain = {
        name: ListingFacts(known.area, known.category, None, None, merchant="chain") for name, known in FACTS.items()
    }
    stored(any_engine, *visits("孝丰镇", 0, 50))

    assert all(indicator.suppressed for indicator in board(any_engine, facts=chain).values())


def test_stated_visits_are_not_counted(any_engine: Engine) -> None:
    stored(
        any_engine,
        *(
            a_visit(grade=Grade.STATED, visitor=f"visitor-{number}", listing=f"孝丰镇-{number % 4}")
            for number in range(50)
        ),
    )

    assert board(any_engine)["visits_by_day"].value is None


def test_visits_are_shown_by_local_day_weekday_and_township(any_engine: Engine) -> None:
    # Saturday the 21st and Tuesday the 24th; the other days stay hidden, and with them the smaller of the two.
    stored(any_engine, *visits("孝丰镇", 0, 20), *visits("梅溪镇", 0, 40), *visits("孝丰镇", 3, 44))

    found = board(any_engine)

    by_day = {cell.key: cell.value for cell in found["visits_by_day"].cells}
    assert found["visits_by_day"].value == 104
    assert by_day["2026-11-24"] == 60
    assert by_day["2026-11-21"] is None
    assert [cell.key for cell in found["visits_by_day"].cells] == [day.isoformat() for day in WEEK.dates]
    townships = {cell.label.en: cell for cell in found["visits_by_township"].cells}
    assert (townships["Xiaofeng"].value, townships["Meixi"].value) == (64, 40)
    assert townships["Xiaofeng"].lat == pytest.approx(30.515)
    assert townships["Meixi"].lon == pytest.approx(119.6)
    assert found["visits_by_township"].value == pytest.approx((64 / 104) ** 2 + (40 / 104) ** 2)


def test_the_weekend_is_shown_when_all_its_days_are_fit(any_engine: Engine) -> None:
    stored(any_engine, *(event for day in range(7) for event in visits("孝丰镇", day, 20 if day not in {2, 3} else 40)))

    found = board(any_engine)["weekend_share"]

    assert found.value == pytest.approx(80 / 180)
    assert [(cell.key, cell.value) for cell in found.cells] == [
        ("1", 20), ("2", 20), ("3", 20), ("4", 20), ("5", 20), ("6", 40), ("7", 40),
    ]  # fmt: skip


def test_less_than_a_week_has_no_weekend_share_and_hides_nothing(any_engine: Engine) -> None:
    stored(any_engine, *visits("孝丰镇", 0, 20))

    found = board(any_engine, Period.last_days(1, NOW, TZ))["weekend_share"]

    assert (found.value, found.suppressed) == (None, False)


def test_the_share_referred_is_of_visitors_with_its_interval(any_engine: Engine) -> None:
    stored(any_engine, *visits("孝丰镇", 0, 40, referred=12))

    found = board(any_engine)["share_referred"]

    assert (found.value, found.interval, found.total) == (0.3, wilson(12, 40), 40)
    assert {cell.key: cell.value for cell in found.cells} == {"referred": 12, "others": 28}


def test_a_slice_of_few_visitors_hides_the_other_slice_and_the_share(any_engine: Engine) -> None:
    stored(any_engine, *visits("孝丰镇", 0, 40, referred=9))

    found = board(any_engine)["share_referred"]

    assert (found.value, found.interval, found.suppressed, found.total) == (None, None, True, 40)
    assert all(cell.suppressed for cell in found.cells)


def test_a_visitor_on_two_days_is_two_visitor_days_and_two_places_on_one_day_are_one(any_engine: Engine) -> None:
    stored(any_engine, *visits("孝丰镇", 0, 12))
    before = board(any_engine)["visitor_days"].value
    stored(
        any_engine,
        a_visit(visitor="x-0-0000", listing="梅溪镇-0"),
        a_visit(visitor="x-0-0000", listing="梅溪镇-0", at=NOW - DAY),
    )

    assert (before, board(any_engine)["visitor_days"].value) == (12, 13)


def test_a_listing_without_facts_or_area_counts_under_not_stated(any_engine: Engine) -> None:
    elsewhere = [a_visit(visitor=f"visitor-{n:03d}", listing=f"gone-{n % 4}") for n in range(30)]
    stored(any_engine, *visits("孝丰镇", 0, 20), *visits("梅溪镇", 0, 20), *elsewhere)

    cells = {cell.label.en: cell for cell in board(any_engine)["visits_by_township"].cells}

    assert (cells["Not stated"].value, cells["Not stated"].lat) == (30, None)


def test_the_concentration_does_not_tell_hidden_townships_apart(any_engine: Engine) -> None:
    more = {f"{area}-{n}": ListingFacts(area, "hotel", None, None) for area in ("报福镇", "章村镇") for n in range(4)}
    base = [*visits("孝丰镇", 0, 40), *visits("梅溪镇", 0, 40)]
    split = [
        a_visit(visitor=f"visitor-{n:03d}", listing=f"{'报福镇' if n < 5 else '章村镇'}-{n % 4}") for n in range(12)
    ]
    stored(any_engine, *base, *split)

    found = board(any_engine, facts=FACTS | more)["visits_by_township"]

    hidden = [cell.key for cell in found.cells if cell.suppressed]
    assert sorted(hidden) == ["报福镇", "章村镇"]
    assert found.value == pytest.approx((2 * 40**2 + 12**2) / 92**2)


def test_made_up_visits_are_said_to_be_among_those_counted(any_engine: Engine) -> None:
    stored(any_engine, a_visit(made_up=True))

    assert all(indicator.made_up for indicator in board(any_engine).values())


@pytest.mark.parametrize("seed", range(4))
def test_no_figure_of_a_random_county_is_about_few_people(engine: Engine, seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 - a seed, not a secret
    facts = {f"m-{n}": ListingFacts(f"township-{n % 5}", "hotel", None, None) for n in range(25)}
    month = Period.last_days(28, NOW, TZ)
    events = [
        a_visit(
            at=NOW - timedelta(days=int(random_.paretovariate(0.7)) % 28),
            visitor=f"visitor-{random_.randrange(150)}",
            listing=f"m-{int(random_.paretovariate(0.8)) % 25}",
        )
        for _ in range(random_.choice([30, 150, 600]))
    ]
    stored(engine, *events)

    found = board(engine, month, facts)

    for cell in found["visits_by_day"].cells:
        _assert_fit(cell.value, [e for e in events if e.at.astimezone(TZ).date() == date.fromisoformat(cell.key)])
    for cell in found["weekend_share"].cells:
        _assert_fit(cell.value, [e for e in events if e.at.astimezone(TZ).isoweekday() == int(cell.key)])
    for cell in found["visits_by_township"].cells:
        _assert_fit(cell.value, [e for e in events if facts[e.listing or ""].area == cell.key])


def _assert_fit(value: int | None, behind: list[Event]) -> None:
    if value is None:
        return
    listings = [event.listing for event in behind]
    assert value == len(behind)
    assert len({event.visitor for event in behind}) >= 10
    assert len(set(listings)) >= 3
    assert max(listings.count(name) for name in set(listings)) * 2 <= len(listings)
