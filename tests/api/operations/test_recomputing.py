"""Every figure that is shown comes from the events, and from nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from api.accounts import Merchant, MerchantListing
from api.migrate import upgrade
from api.operations.recomputing import PERIODS, Wanted, figures_of, rebuild_tallies, recompute
from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.erasure import forget
from ledger.events import Impression, Open
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period
from tests.index.builders import a_listing
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, stored
from tests.ledger.log.builders import behind_the_triggers, exported, signed

TEA_HOUSE = Wanted(30, at=NOW, listings=["tea-house"])


def a_merchant_of(engine: Engine, listing: str) -> None:
    with writing(engine) as session:
        session.add(a_listing(id=listing))
        session.add(Merchant(id=f"m_{listing}", name=listing, made_at=NOW))
        session.flush()
        session.add(MerchantListing(listing_id=listing, merchant_id=f"m_{listing}", since=NOW))


@pytest.fixture
def lived_in(any_settings: Settings) -> Iterator[Engine]:
    """Two merchants with opens and visits over some weeks, some referred, and a visitor who was forgotten."""
    engine = make_engine(any_settings)
    upgrade(engine)
    for name in ("tea-house", "farm-stay"):
        a_merchant_of(engine, name)
    for day in range(40):
        at, visitor = NOW - day * DAY, f"visitor-{day % 9}"
        listing = ("tea-house", "farm-stay")[day % 2]
        stored(engine, an_event(at=at - HOUR, visitor=visitor, listing=listing))
        stored(engine, a_visit(at=at, visitor=visitor, listing=listing, ticket=at - HOUR if day % 3 else None))
    with writing(engine) as session:
        forget(session, "visitor-4", now=NOW)
    yield engine
    engine.dispose()


def test_every_page_of_figures_is_computed_again_to_the_last_digit(lived_in: Engine, any_settings: Settings) -> None:
    found = recompute(any_settings, NOW)
    assert (found.differs, found.merchants, found.figures) == (None, 2, 3 + 4 * len(PERIODS))
    assert found.entries == 81


def test_a_figure_that_does_not_come_from_the_events_is_found(engine: Engine, settings: Settings) -> None:
    a_merchant_of(engine, "tea-house")
    stored(engine, a_visit(), a_visit(visitor="visitor-2", listing="another"))
    assert recompute(settings, NOW).differs is None
    behind_the_triggers(settings, "UPDATE payloads SET listing = 'tea-house' WHERE entry_index = 1")

    differs = recompute(settings, NOW).differs
    assert differs is not None
    assert differs.startswith("merchant m_tea-house")


def test_a_damaged_tally_is_named_and_mended_by_a_rebuild(engine: Engine, settings: Settings) -> None:
    a_merchant_of(engine, "tea-house")
    stored(engine, an_event(), a_visit())
    behind_the_triggers(settings, "UPDATE tallies SET count = 41 WHERE kind = 'open'")

    differs = recompute(settings, NOW).differs
    assert differs is not None
    assert differs.startswith(
        "tally of tea-house, open, 2026-11-24T04:00+00:00: stored (41, 0), the events give (1, 0)"
    )
    assert rebuild_tallies(settings) == 2
    assert recompute(settings, NOW).differs is None


def test_what_a_merchant_is_shown_comes_out_of_an_export_alone(
    lived_in: Engine, any_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    signed(lived_in)
    lines = exported(lived_in).splitlines(keepends=True)
    with reading(lived_in) as session:
        shown = merchant_summary(session, ["tea-house"], Period.last_days(30, NOW, TZ))

    elsewhere = Settings(data=tmp_path_factory.mktemp("elsewhere"))
    found = figures_of(elsewhere, lines, None, TEA_HOUSE)

    assert found["summary"]["visits"] == shown.visits > 0
    assert found["summary"]["referred_visitors"] == shown.referred_visitors > 0
    assert [day["opens"] for day in found["summary"]["by_day"]] == [day.opens for day in shown.by_day]
    assert found["signals"]
    assert any(term["points"] > 0 for term in found["report"]["terms"])
    assert found["origins"] == {"places": [], "told": None}
    assert found["returning"]["remembered"] == 0
    assert list(elsewhere.data.iterdir()) == []


def test_searches_are_counted_as_the_page_counts_them(engine: Engine, settings: Settings) -> None:
    for number, hour in enumerate((18, 19, 20, 20, 20)):
        shown = Impression(query_id="a-search-1", position=0, propensity=1.0, understood=(f"open:Mo-{hour}:00",))
        who = f"visitor-{number}"
        stored(engine, an_event(shown, visitor=who), an_event(Open(), visitor=who, id=f"opened-{number:04d}"))
    signed(engine)
    found = figures_of(settings, exported(engine).splitlines(keepends=True), None, TEA_HOUSE)
    assert [chip["visitors"] for chip in found["searches"]["chips"]] == [5]


def test_an_empty_ledger_has_figures_too(engine: Engine, settings: Settings) -> None:
    assert recompute(settings, NOW).entries == 0
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM checkpoints")).scalar() == 0
