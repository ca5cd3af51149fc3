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


def chip(limit: Limit, label: str) -> Understood:
    return Understood(limit.id, limit.kind, label, label)


def test_limits_that_exclude_each_other_are_told_as_a_contradiction_before_all_else() -> None:
    free, dear = Limit(LimitKind.PRICE, range=Range(0, 0)), Limit(LimitKind.PRICE, range=Range(50, 100))
    asked = [(free, chip(free, "免费")), (dear, chip(dear, "50–100元"))]
    [note] = relaxations([], 0, "zh", asked)
    assert note.note == "“免费”和“50–100元”互相矛盾，没有能同时满足的；去掉其中一个再看"
    assert [one.id for one in note.limits] == [free.id, dear.id]
    assert "contradict each other" in relaxations([], 0, "en", asked)[0].note


def test_a_kind_and_its_exclusion_contradict_each_other() -> None:
    wanted, left_out = Limit(LimitKind.SUBTYPE, values=("火锅",)), Limit(LimitKind.NOT, values=("火锅",))
    asked = [(left_out, chip(left_out, "不要火锅")), (wanted, chip(wanted, "火锅"))]
    assert "互相矛盾" in relaxations([], 0, "zh", asked)[0].note


def test_bounds_that_fit_together_are_no_contradiction() -> None:
    floor, ceiling = Limit(LimitKind.RATING, range=Range(4, None)), Limit(LimitKind.RATING, range=Range(None, 4.5))
    assert relaxations([], 0, "zh", [(floor, chip(floor, "4")), (ceiling, chip(ceiling, "4.5"))]) == ()
