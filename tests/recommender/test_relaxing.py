"""The notes on limits that gave way: one for each reason, in the stated order."""

from typing import Any

from index.listing import Listing
from recommender.query import Limit, LimitKind, Range, Understood
from recommender.relaxing import Broken, relaxations


def broken(kind: LimitKind, label: str, *, held: bool = True, asked: Range | None = None, shown: float = 4) -> Broken:
    facts: dict[str, Any] = {"id": "x", "source": "t", "category": "hotel", "name": "X", "rating": shown}
    place = Listing(**facts)
    limit = Limit(kind, range=asked)
    return Broken(limit, Understood(limit.id, kind, label, label), [place], held)


AREA = broken(LimitKind.AREA, "梅溪镇")
RATING = broken(LimitKind.RATING, "评分4.5分以上", asked=Range(4.5, None), shown=4.2)


def test_limits_that_give_way_together_share_one_note_that_names_them_in_the_stated_order() -> None:
    [note] = relaxations([AREA, RATING], 7, "zh")
    assert note.note == "全部满足的只有7家，其余放宽了“评分4.5分以上”到4.2、“梅溪镇”"
    assert [chip.kind for chip in note.limits] == [LimitKind.RATING, LimitKind.AREA]
    [note] = relaxations([AREA, RATING], 1, "en")
    assert note.note.startswith("only 1 satisfies everything; the rest relax “评分4.5分以上” to 4.2 or “梅溪镇”")


def test_what_no_listing_has_is_told_apart_from_what_too_few_have_at_once() -> None:
    never = broken(LimitKind.RATING, "评分5分以上", held=False, asked=Range(5, None), shown=4.8)
    first, second = relaxations([AREA, never], 0, "zh")
    assert first.note == "没有“评分5分以上”的，已放宽到4.8"
    assert second.note == "没有全部满足的，部分结果放宽了“梅溪镇”"


def test_limits_that_nothing_satisfies_share_one_note() -> None:
    some = [broken(LimitKind.FACILITY, "helipad", held=False), broken(LimitKind.STARS, "9 stars", held=False)]
    [note] = relaxations(some, 0, "en")
    assert note.note == "nothing here is “helipad” or “9 stars”, so those were relaxed"


def test_nothing_broken_has_no_note() -> None:
    assert relaxations([], 12, "en") == ()
