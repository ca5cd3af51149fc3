from typing import Any

import pytest

from api.listing_form import Fault, nearest_week, read_form, typed_of
from index.hours import parse_hours
from index.listing import Category, Listing
from index.overlay import EDITABLE
from tests.api.accounts.builders import NOW


def _fault(key: str, text: str, category: Category = Category.RESTAURANT) -> str | None:
    reading = read_form({key: text}, category)
    assert set(reading.values) | set(reading.problems) == set(EDITABLE)
    return reading.problems[key].fault if key in reading.problems else None


@pytest.mark.parametrize(
    ("key", "text", "fault"),
    [
        ("hours", "周一休息，其余看心情", Fault.HOURS),
        ("hours", "字" * 10_000, Fault.LONG),
        ("price", "0", Fault.ZERO),
        ("price", "-5", Fault.NEGATIVE),
        ("price", "－５", Fault.NEGATIVE),
        ("price", "cheap", Fault.NUMBER),
        ("price", "NaN", Fault.NUMBER),
        ("price", "1e999", Fault.DEAR),
        ("price", "68.555", Fault.NUMBER),
        ("price", "6800000", Fault.DEAR),
        ("price", "9" * 10_000, Fault.LONG),
        ("phone", "call me", Fault.PHONE),
        ("phone", "12", Fault.PHONE),
        ("phone", "1" * 10_000, Fault.LONG),
        ("website", "javascript:alert(1)", Fault.LINK),
        ("website", "JaVaScRiPt://example.org/%0aalert(1)", Fault.LINK),
        ("website", "data:text/html,<script>alert(1)</script>", Fault.LINK),
        ("website", "https://bank.example@evil.example/", Fault.LINK),
        ("website", "https://", Fault.LINK),
        ("website", "http://[::1", Fault.LINK),
        ("website", "https://example.org/a b", Fault.LINK),
        ("website", "https://example.org/" + "x" * 10_000, Fault.LONG),
        ("photos", "https://example.org/a.jpg\njavascript:alert(1)", Fault.LINK),
        ("photos", "\n".join(f"https://example.org/{n}.jpg" for n in range(21)), Fault.MANY),
        ("dishes", "\n".join(map(str, range(51))), Fault.MANY),
        ("dishes", "字" * 10_000, Fault.WORD_LONG),
        ("dishes", "笋\0", Fault.CHARACTER),
        ("dishes", "\u202eevil", Fault.CHARACTER),
    ],
)
def test_what_cannot_be_is_told_at_its_field(key: str, text: str, fault: Fault) -> None:
    assert _fault(key, text) == fault


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("price", "￥６８", 68.0),
        ("price", "1,280元", 1280.0),
        ("price", " 68.50 ", 68.5),
        ("price", "", None),
        ("hours", "周二至周日 9点到21点", "周二至周日 9点到21点"),
        ("phone", "+86 (572) 555-0100 转 8", "+86 (572) 555-0100 转 8"),
        ("website", "www.example.org/menu", "https://www.example.org/menu"),
        ("website", "http://例子.example:8080/茶", "http://例子.example:8080/茶"),
        ("dishes", "竹林鸡 🐔\r\n笋干老鸭、豆腐；竹林鸡 🐔\n\n", ["竹林鸡 🐔", "笋干老鸭", "豆腐"]),
        ("dishes_en", "Tofu, braised\nBamboo chicken", ["Tofu, braised", "Bamboo chicken"]),
        ("photos", "", []),
    ],
)
def test_what_can_be_read_is(key: str, text: str, value: object) -> None:
    reading = read_form({key: text}, Category.RESTAURANT)
    assert reading.problems == {}
    assert reading.values[key] == value


def test_a_sight_may_be_free_and_a_meal_may_not() -> None:
    assert _fault("price", "0", Category.ATTRACTION) is None
    assert _fault("price", "0", Category.HOTEL) == Fault.ZERO


@pytest.mark.parametrize("text", ["周一休息，其余看心情", "closed on mondays, otherwise when we feel like it"])
def test_the_nearest_hours_keep_the_days_that_were_named(text: str) -> None:
    assert parse_hours(text) is None
    assert nearest_week(text) == parse_hours("Mo off; Tu-Su 09:00-17:00")


def test_what_is_shown_in_the_form_reads_as_what_is_stored() -> None:
    fields: dict[str, Any] = {
        "price": 68.0,
        "hours": "Mo-Su 09:00-21:00",
        "dishes": ["笋", "鸡"],
        "phone": "0572-5550100",
    }
    keys: dict[str, Any] = {"id": "x", "source": "s", "source_id": "x", "content_hash": "", "imported_at": NOW}
    stored = Listing(**keys, category=Category.RESTAURANT, name="x", **fields)
    typed = typed_of(stored)
    assert typed["price"] == "68"
    assert {key: getattr(stored, key) for key in EDITABLE} == read_form(typed, Category.RESTAURANT).values
