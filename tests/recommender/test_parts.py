"""Parts of dishes and facilities that stand for the whole."""

from typing import Any

from index.listing import Category, Listing
from recommender.parts import parts_of, said_elsewhere
from recommender.phrases import phrases_of
from recommender.query import LimitKind


def listing(number: int, category: Category, name: str, **more: Any) -> Listing:
    facts: dict[str, Any] = {"id": str(number), "source": "t", "category": category, "name": name, **more}
    return Listing(**facts)


TOWN = [
    listing(
        0, Category.RESTAURANT, "阿福食堂", dishes=["手打墨鱼丸", "云岭山羊锅"], dishes_en=["squid balls", "goat pot"]
    ),
    listing(1, Category.RESTAURANT, "墨鱼丸小店", dishes=["香煎墨鱼丸"], dishes_en=["fried Kolan squid"]),
    listing(2, Category.HOTEL, "山羊锅客栈", facilities=["单车寄存", "可自带酒水"]),
    listing(3, Category.ATTRACTION, "云岭", facilities=["热饮柜", "雨具柜"]),
]
GENERAL = frozenset({"pot"})


def rows(kind: LimitKind) -> dict[str, set[int]]:
    phrases = phrases_of(TOWN)[kind]
    parts = parts_of(kind, phrases, said_elsewhere(kind, phrases, TOWN), GENERAL)
    return {key: set(part.rows.tolist()) for key, part in parts.items()}


def test_a_tail_stands_for_all_dishes_that_end_so() -> None:
    assert rows(LimitKind.DISH)["墨鱼丸"] == {0, 1}


def test_a_word_of_an_english_dish_stands_for_all_that_have_it() -> None:
    assert rows(LimitKind.DISH)["squid"] == {0, 1}


def test_what_the_data_use_for_something_else_is_no_part() -> None:
    assert "山羊锅" not in rows(LimitKind.DISH)


def test_general_words_and_proper_names_are_no_parts() -> None:
    assert not {"pot", "kolan"} & rows(LimitKind.DISH).keys()


def test_a_facilitys_part_must_tell_it_from_all_others() -> None:
    found = rows(LimitKind.FACILITY)
    assert found["寄存"] == {2}
    assert not any(key.endswith("柜") and len(key) == 1 for key in found)
    assert "自带酒水" not in found
    assert "酒水" in found


def test_english_runs_keep_their_blanks() -> None:
    phrases = phrases_of(TOWN)[LimitKind.DISH]
    parts = parts_of(LimitKind.DISH, phrases, frozenset(), GENERAL)
    assert parts["kolansquid"].label == "kolan squid"
