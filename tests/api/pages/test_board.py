import json
import re
from datetime import timedelta

from index.database import writing
from ledger.append import append
from ledger.events import Event, Grade, Visit
from tests.api.builders import Served
from tests.api.pages.reading import Reader, words


def _visits(served: Served, visitors: int, listings: int) -> None:
    at = served.clock() - timedelta(days=3)
    events = [
        Event(
            id=f"made-up-visit-{number}",
            at=at,
            listing=f"place-{number % listings:02d}",
            visitor=f"visitor-number-{number:03d}",
            made_up=True,
            payload=Visit(grade=Grade.SCANNED),
        )
        for number in range(visitors)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


def test_a_county_without_visits_shows_no_figure(en: Reader) -> None:
    page = en.open("/board")
    said = words(page)
    assert "Visits by township" in said
    assert "fewer than 10 visitors or 3 merchants" in said
    assert "made-up sample records" not in said
    assert "data-chart=" not in page.text


def test_five_indicators_are_shown_each_with_its_definition(zh: Reader, served: Served) -> None:
    _visits(served, 60, 12)
    page = zh.open("/board")
    assert page.text.count("<h2 id=") == 5
    assert words(page).count("定义") == 5
    assert "60 次到访" in words(page)
    assert "虚构的示例记录" in words(page)


def test_a_figure_of_few_is_shown_nowhere_in_the_page(en: Reader, served: Served) -> None:
    _visits(served, 9, 3)
    page = en.open("/board")
    blocks = [
        json.loads(block) for block in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page.text)
    ]
    assert all(place["mark"] == "–" for block in blocks for place in block.get("places", ()))
    assert all(value is None for block in blocks for one in block.get("series", ()) for value in one["values"])
    assert " 9 " not in words(page).replace("- 9 ", "")


def test_townships_are_a_table_and_circles_on_a_map(en: Reader, served: Served) -> None:
    _visits(served, 60, 12)
    page = en.open("/board")
    assert 'data-map="visits_by_township-map"' in page.text
    assert "Tianhuangping 60" in words(page)
