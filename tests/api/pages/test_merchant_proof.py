"""What stands behind a figure: its entries, each with a proof, and the command that computes it again."""

import pytest

from index.database import writing
from ledger.append import append
from ledger.events import Event, Grade, Open, Visit
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, links, words
from tests.api.pages.test_merchants import log_in


def opened(served: Served, many: int, listing: str = TEA_HOUSE) -> None:
    events = [
        Event(id=f"open-{listing[-5:]}-{number:03d}", at=served.clock(), listing=listing, payload=Open())
        for number in range(many)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


def test_every_figure_leads_to_its_definition_and_its_entries(en: Reader, served: Served) -> None:
    opened(served, 2)
    log_in(en, served, served.merchant)
    paths = links(en.open("/merchant?period=month"), "/merchant/proof")
    assert len(paths) == 5
    [path] = [path for path in paths if "figure=opens" in path]
    page = en.open(path.replace("&amp;", "&"))
    said = words(page)
    assert "Pages opened: 2 (2026-10-26 to 2026-11-24)" in said
    assert "How often a visitor opened your page; the same visitor counts once in half an hour." in said
    proofs = links(page, "/v1/ledger/inclusion/")
    assert len(proofs) == 2
    assert en.client.get(proofs[0]).json()["size"] >= 2


def test_the_command_computes_just_this_period(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant/proof?figure=visits&period=week"))
    assert f"baicha ledger recompute ledger.jsonl --listing {TEA_HOUSE} --on 2026-11-24 --days 7" in said


def test_of_many_entries_there_is_a_second_page(en: Reader, served: Served) -> None:
    opened(served, 51)
    log_in(en, served, served.merchant)
    first = en.open("/merchant/proof?figure=opens")
    [older] = [path for path in links(first, "before=") if "lang=" not in path]
    second = en.open(older.replace("&amp;", "&"))
    assert (len(links(first, "/inclusion/")), len(links(second, "/inclusion/"))) == (50, 1)
    assert "Earlier ones" in words(first)
    assert "Earlier ones" not in words(second)


def test_no_hour_of_a_single_guest_is_told_and_no_entry_of_another(en: Reader, served: Served) -> None:
    opened(served, 3, listing=FARM_STAY)
    stated = Event(
        id="only-said-1", at=served.clock(), listing=TEA_HOUSE, visitor="guest-001", payload=Visit(grade=Grade.STATED)
    )
    with writing(served.container.engine) as session:
        append(session, [stated], now=served.clock(), trusted=True)
    log_in(en, served, served.merchant)
    assert links(en.open("/merchant/proof?figure=opens"), "/inclusion/") == []
    page = en.open("/merchant/proof?figure=visits")
    assert links(page, "/inclusion/") == []
    opened(served, 1)
    assert "12:00" not in words(en.open("/merchant/proof?figure=opens"))


@pytest.mark.parametrize("query", ["figure=money", "period=x", "before=-5", "before=99999999999999999999", ""])
def test_an_odd_address_gives_the_visits_of_a_week(en: Reader, served: Served, query: str) -> None:
    log_in(en, served, served.merchant)
    page = en.open(f"/merchant/proof?{query}")
    assert page.status_code == 200
    assert "Verified visits" in words(page)
