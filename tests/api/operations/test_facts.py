"""The file of facts: what it holds, what of it is refused, and that what it says is what figures are computed from."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from api.accounts import Merchant, MerchantListing
from api.operations.facts import facts_lines, read_facts
from api.operations.recomputing import Wanted, figures_of
from index.database import reading, writing
from index.errors import NotFound, UsageError
from index.listing import Category
from index.settings import Settings
from tests.index.builders import a_listing
from tests.ledger.builders import DAY, HOUR, NOW, a_visit, an_event, stored
from tests.ledger.log.builders import exported, signed

ORIGIN = "tests.example/ledger"
BOARD, FIRST = Wanted(7, board=True), Wanted(7, merchants=["m_0"])
ONE = pytest.mark.one_database("sqlite", "an export is read into an SQLite database of its own, wherever it is from")


@pytest.fixture
def export(engine: Engine) -> list[bytes]:
    """Four places, three of them of merchants, and thirty guests, each of whom had opened a place the hour before."""
    with writing(engine) as session:
        for number, name in enumerate(("tea-house", "farm-stay", "inn", "nobodys")):
            area = {"area": "天荒坪镇", "area_en": "Tianhuangping", "lat": 30.5 + number / 100, "lon": 119.6}
            session.add(a_listing(id=name, category=Category.HOTEL, hours="Mo-Su 09:00-21:00", **area))
            if name != "nobodys":
                session.add(Merchant(id=f"m_{number}", name=name, made_at=NOW))
                session.flush()
                session.add(MerchantListing(listing_id=name, merchant_id=f"m_{number}", since=NOW))
    for number in range(30):
        at, who, listing = (
            NOW - number % 7 * DAY,
            f"visitor-{number:02d}",
            ("tea-house", "farm-stay", "inn")[number % 3],
        )
        stored(
            engine,
            an_event(at=at - 25 * HOUR, visitor=who, listing=listing),
            a_visit(at=at, visitor=who, listing=listing),
        )
    signed(engine)
    return exported(engine).splitlines(keepends=True)


@pytest.fixture
def facts(engine: Engine, export: list[bytes], settings: Settings) -> list[bytes]:
    with reading(engine) as session:
        return [f"{line}\n".encode() for line in facts_lines(session, settings, None, origin=ORIGIN, now=NOW)]


def figures(export: Sequence[bytes], facts: Sequence[bytes], wanted: Wanted | None = None) -> Any:
    return figures_of(Settings(), export, ("facts.jsonl", ORIGIN, facts), wanted or Wanted(7))


def rewritten(facts: Sequence[bytes], line: int, change: Callable[[dict[str, Any]], Any]) -> list[bytes]:
    """Change a line, counted from 1, and make the last one fit again, as whoever means to deceive would."""
    data = json.loads(facts[line - 1])
    change(data)
    lines = [*facts[: line - 1], f"{json.dumps(data, ensure_ascii=False)}\n".encode(), *facts[line:-1]]
    return [*lines, f'{{"sha256":"{hashlib.sha256(b"".join(lines)).hexdigest()}"}}\n'.encode()]


def township(found: Any) -> Any:
    return next(one for one in found["board"] if one["id"] == "visits_by_township")


@ONE
def test_nothing_of_visitors_names_or_logins_is_in_it(facts: list[bytes]) -> None:
    written = b"".join(facts).decode()
    assert "visitor" not in written
    assert "竹林人家" not in written, "the name of a place is not what figures depend on"
    assert set(json.loads(facts[1])) == {
        "listing", "merchant", "category", "area", "area_en", "lat", "lon", "closed", "made_up", "hours", "has",
    }  # fmt: skip


@ONE
def test_the_figures_say_by_which_facts_and_for_which_moment(export: list[bytes], facts: list[bytes]) -> None:
    told = figures(export, facts)["computed"]
    assert told["facts"]["sha256"] == hashlib.sha256(b"".join(facts)).hexdigest()
    assert (told["at"], told["timezone"], told["last"]) == ("2026-11-24T12:00:00+08:00", "Asia/Shanghai", "2026-11-24")
    assert (told["entries"], told["facts"]["listings"]) == (60, 4)
    earlier = figures(export, facts, Wanted(7, at=NOW - timedelta(days=3)))["computed"]
    assert (earlier["at"], earlier["last"]) == ("2026-11-21T12:00:00+08:00", "2026-11-21")
    local = figures(export, facts, Wanted(7, at=(NOW - 12 * HOUR).replace(tzinfo=None)))["computed"]
    assert local["at"] == "2026-11-23T16:00:00+08:00", "a moment without an offset is the county's"


@ONE
def test_a_changed_fact_changes_the_figure_and_the_digest(export: list[bytes], facts: list[bytes]) -> None:
    before = figures(export, facts, BOARD)
    assert [cell["value"] for cell in township(before)["cells"]] == [30]

    moved = figures(export, rewritten(facts, 3, lambda line: line.update(area="梅溪镇")), BOARD)
    assert [cell["value"] for cell in township(moved)["cells"]] != [30]
    assert moved["computed"]["facts"]["sha256"] != before["computed"]["facts"]["sha256"]

    # Two merchants are too few to be spoken of.
    owned = figures(export, rewritten(facts, 3, lambda line: line.update(merchant="m_0")), BOARD)
    assert township(owned)["value"] is None


@ONE
def test_the_settings_are_those_of_the_facts(export: list[bytes], facts: list[bytes]) -> None:
    assert figures(export, facts, FIRST)["merchants"]["m_0"]["summary"]["referred_visitors"] == 10
    shorter = rewritten(facts, 1, lambda line: line["rules"].update(open_window_days=1))
    assert figures(export, shorter, FIRST)["merchants"]["m_0"]["summary"]["referred_visitors"] == 0
    west = figures(export, rewritten(facts, 1, lambda line: line["rules"].update(timezone="America/Lima")), BOARD)
    assert (west["computed"]["at"], west["computed"]["last"]) == ("2026-11-23T23:00:00-05:00", "2026-11-23")


#: A line's number, what is changed in it, and what is said.
WRONG: list[tuple[int, dict[str, Any], str]] = [
    (1, {"format": "baicha-facts/2"}, "line 1: its format is 'baicha-facts/2', and this Baicha reads baicha-facts/1"),
    (1, {"origin": "another.example"}, "line 1: it belongs to the ledger another.example, not to tests.example/ledger"),
    (1, {"formula": "credit-9"}, "line 1: its credit formula is credit-9"),
    (1, {"formula_sha256": "00"}, "line 1: its credit formula is credit-1"),
    (1, {"at": "yesterday"}, "line 1: at: Input should be a valid datetime"),
    (2, {"category": "shop"}, "line 2: category: Input should be"),
    (2, {"lat": 91}, "line 2: lat: Input should be less than or equal to 90"),
    (2, {"lat": None}, "line 2: lat and lon must be given together"),
    (3, {"listing": ""}, "line 3: listing: String should have at least 1 character"),
    (3, {"owner": "x"}, "line 3: owner: Extra inputs are not permitted"),
]
DAMAGED: list[tuple[Callable[[list[bytes]], list[bytes]], str]] = [
    (lambda _: [], "line 1: it is no JSON"),
    (lambda lines: lines[:-1], "line 3: it ends here, without the line that has its sha256"),
    (lambda lines: [*lines[:2], lines[2][:20]], "line 3: it is no JSON"),
    (lambda lines: [lines[0], *lines[2:]], "line 3: the sha256 is not that of the lines before"),
    (lambda lines: [*lines, lines[1]], "line 5: it goes on after the line that ends it"),
    (lambda lines: [lines[0], b"[1]\n", *lines[1:]], "line 2: it is no object"),
    (lambda lines: [*lines[:2], *lines[1:]], "line 3: listing inn is there twice"),
    (lambda lines: [lines[0].replace(b"Asia/Shanghai", b"Asia/Nowhere"), *lines[1:]], "line 1: setting"),
]


def test_what_is_wrong_or_torn_is_refused_in_a_line_with_its_number(engine: Engine, settings: Settings) -> None:
    with writing(engine) as session:
        session.add_all(a_listing(id=name, lat=30.5, lon=119.6) for name in ("inn", "tea-house"))
    with reading(engine) as session:
        lines = [f"{line}\n".encode() for line in facts_lines(session, settings, None, origin=ORIGIN, now=NOW)]
    changed = [(rewritten(lines, line, partial(dict.update, **change)), said) for line, change, said in WRONG]
    for refused, said in [*changed, *((damage(lines), said) for damage, said in DAMAGED)]:
        with pytest.raises(UsageError) as told, writing(engine) as session:
            read_facts(session, refused, name="facts.jsonl", origin=ORIGIN)
        assert str(told.value).startswith(f"facts.jsonl, {said}")
        assert "\n" not in str(told.value)


@ONE
def test_a_merchant_or_listing_that_is_not_there_is_said(export: list[bytes], facts: list[bytes]) -> None:
    with pytest.raises(NotFound):
        figures(export, facts, Wanted(7, merchants=["m_9"]))
    with pytest.raises(NotFound):
        figures(export, facts, Wanted(7, listings=["no-such-place"]))
