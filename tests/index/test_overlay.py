import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import select

from index.database import reading, writing
from index.errors import NotFound
from index.importing import import_file
from index.listing import Listing
from index.overlay import ListingOverlay, lay_over, overlay_of

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def _import(engine: Engine, tmp_path: Path, **fields: object) -> tuple[int, int, int]:
    row = {"id": "zhuli", "category": "restaurant", "name": "竹里人家", "price": 60, "phone": "0572-5550100"} | fields
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    report = import_file(engine, file)
    return report.inserted, report.updated, report.unchanged


def _listing(engine: Engine) -> Listing:
    with reading(engine) as session:
        found = session.get(Listing, "zhuli")
    assert found is not None
    return found


def _say(engine: Engine, **fields: object) -> None:
    with writing(engine) as session:
        lay_over(session, "zhuli", fields, now=NOW)


def test_what_a_merchant_says_is_what_guests_read(any_engine: Engine, tmp_path: Path) -> None:
    _import(any_engine, tmp_path)
    before = _listing(any_engine).content_hash
    _say(any_engine, price=68.5, dishes=["竹林鸡 🐔"])
    after = _listing(any_engine)
    assert (after.price, after.dishes, after.phone) == (68.5, ["竹林鸡 🐔"], "0572-5550100")
    assert after.content_hash != before, "the index sees by it that the listing changed"


def test_an_import_renews_what_the_source_says_and_leaves_the_merchants_words(
    any_engine: Engine, tmp_path: Path
) -> None:
    _import(any_engine, tmp_path)
    _say(any_engine, price=68.5)
    assert _import(any_engine, tmp_path) == (0, 0, 1)
    assert _import(any_engine, tmp_path, price=75, phone="0572-5550999") == (0, 1, 0)
    renewed = _listing(any_engine)
    assert (renewed.price, renewed.phone) == (68.5, "0572-5550999")
    assert _import(any_engine, tmp_path, price=75, phone="0572-5550999") == (0, 0, 1)
    _say(any_engine)
    assert _listing(any_engine).price == 75, "without words of the merchant's the newest of the source holds"


def test_a_merchant_may_take_a_value_away(engine: Engine, tmp_path: Path) -> None:
    _import(engine, tmp_path, dishes=["笋"])
    _say(engine, price=None, dishes=None)
    assert (_listing(engine).price, _listing(engine).dishes) == (None, [])


def test_after_the_last_word_is_taken_back_the_row_is_as_imported(engine: Engine, tmp_path: Path) -> None:
    _import(engine, tmp_path)
    before = _listing(engine)
    _say(engine, price=68.5)
    _say(engine)
    after = _listing(engine)
    assert (after.price, after.content_hash) == (before.price, before.content_hash)
    with reading(engine) as session:
        assert session.exec(select(ListingOverlay)).all() == []
        assert overlay_of(session, "zhuli") == {}
    assert _import(engine, tmp_path) == (0, 0, 1)


def test_a_listing_that_its_source_left_out_opens_again_with_the_merchants_words(
    engine: Engine, tmp_path: Path
) -> None:
    _import(engine, tmp_path)
    _say(engine, price=68.5)
    other = tmp_path / "own.jsonl"
    other.write_text('{"id": "other", "category": "hotel", "name": "x"}', encoding="utf-8")
    import_file(engine, other, replace=True)
    assert _listing(engine).closed
    assert _import(engine, tmp_path) == (0, 1, 0)
    assert (_listing(engine).closed, _listing(engine).price) == (False, 68.5)


def test_a_value_that_the_record_does_not_take_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    _import(engine, tmp_path)
    with pytest.raises(ValidationError):
        _say(engine, price=-1)
    assert _listing(engine).price == 60
    with pytest.raises(NotFound), writing(engine) as session:
        lay_over(session, "nowhere", {"price": 1}, now=NOW)
