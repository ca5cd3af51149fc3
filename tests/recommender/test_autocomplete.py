"""Completion over entries made up for the tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.autocomplete import Completer, Entry, EntryKind, Grade, typed_key

ENTRIES = [
    Entry(EntryKind.KIND, "渔家乐", "fisher's inn", 12),
    Entry(EntryKind.KIND, "博物馆", "museum", 30, also=("展览馆", "gallery")),
    Entry(EntryKind.AREA, "望潮区", "Wangchao", 9),
    Entry(EntryKind.DISH, "葱油白蟹", "crab in scallion oil", 7),
    Entry(EntryKind.FACILITY, "停车场", "parking", 40),
    Entry(EntryKind.FACILITY, "免费停车场", "free parking", 25),
    Entry(EntryKind.LISTING, "望潮台", "Tidewatch Terrace", listing_id="a0"),
    Entry(EntryKind.LISTING, "银沙湾", None, listing_id="a1"),
    Entry(EntryKind.LISTING, "The Old Lighthouse", None, listing_id="a2"),
    Entry(EntryKind.LISTING, "渔港人家", "Harbour House", listing_id="a3"),
]
COMPLETER = Completer(ENTRIES)


def completed(text: str, limit: int = 8, hidden: frozenset[str] = frozenset()) -> list[str]:
    return [one.entry.named(english=False) for one in COMPLETER.complete(text, limit, hidden)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("望", "望潮区"),
        ("望潮臺", "望潮台"),
        ("Museum", "博物馆"),
        ("ｍｕｓ", "博物馆"),
        ("free p", "免费停车场"),
        ("lighth", "The Old Lighthouse"),
        ("yinsha", "银沙湾"),
        ("yin sha wan", "银沙湾"),
        ("ysw", "银沙湾"),
        ("白蟹", "葱油白蟹"),
        ("gallery", "博物馆"),
        ("meseum", "博物馆"),
        ("musuem", "博物馆"),
        ("parkng", "停车场"),
        ("parrking", "停车场"),
        ("terace", "望潮台"),
        ("银杀湾", "银沙湾"),
        ("渔港仁家", "渔港人家"),
        ("渔港大家", "渔港人家"),
    ],
)
def test_prefix_pinyin_initials_other_words_sound_and_one_slip_find_it(typed: str, first: str) -> None:
    assert completed(typed)[0] == first


@pytest.mark.parametrize("typed", ["", "  ", "，。!?", "🍵", "\x00", "qqqqq", "zzz zzz", "没有这种东西"])
def test_what_fits_nothing_gets_nothing(typed: str) -> None:
    assert completed(typed) == []


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("望潮区附近的渔家", "望潮区附近的渔家乐"),
        ("somewhere with free par", "somewhere with free parking"),
        ("便宜的 bowuguan", "便宜的 博物馆"),
        ("带孩子去，要能停车", "带孩子去，要能停车场"),
        ("x" * 200 + " muse", "x" * 200 + " museum"),
    ],
)
def test_the_end_of_a_sentence_is_completed_and_the_rest_is_kept(typed: str, text: str) -> None:
    found = COMPLETER.complete(typed, 8)
    assert found[0].text == text
    assert text.startswith(typed[: found[0].start])
    assert found[0].start > 0


def test_what_is_typed_to_its_end_stands_before_what_goes_on_and_what_contains_it() -> None:
    assert completed("parking") == ["停车场", "免费停车场"]
    assert [one.grade for one in COMPLETER.complete("parking", 8)] == [Grade.WHOLE, Grade.INNER_WHOLE]


def test_of_equals_the_more_common_stands_first() -> None:
    assert completed("渔") == ["渔家乐", "渔港人家"]
    many = Completer([Entry(EntryKind.DISH, "蟹粥", None, 2), Entry(EntryKind.DISH, "蟹粉豆腐", None, 3)])
    assert [one.entry.name for one in many.complete("蟹", 8)] == ["蟹粉豆腐", "蟹粥"]


def test_a_third_is_kept_for_names_where_as_many_match() -> None:
    words = [Entry(EntryKind.DISH, f"蟹{tail}", None, 9) for tail in "粥饭面汤包饼羹酱"]
    names = [Entry(EntryKind.LISTING, f"蟹{tail}楼", None, listing_id=tail) for tail in "东南西北"]
    kinds = [one.entry.kind for one in Completer([*words, *names]).complete("蟹", 6)]
    assert kinds == [EntryKind.DISH] * 4 + [EntryKind.LISTING] * 2


def test_no_name_that_matches_worse_takes_the_place_of_a_word() -> None:
    words = [Entry(EntryKind.DISH, f"蟹{tail}", None, 9) for tail in "粥饭面汤"]
    names = [Entry(EntryKind.LISTING, "大蟹楼", None, listing_id="x")]
    kinds = [one.entry.kind for one in Completer([*words, *names]).complete("蟹", 3)]
    assert kinds == [EntryKind.DISH] * 3


def test_hidden_listings_are_left_out_and_others_move_up() -> None:
    names = [Entry(EntryKind.LISTING, f"茶馆{number:03d}", None, listing_id=str(number)) for number in range(200)]
    hidden = frozenset(map(str, range(150)))
    found = Completer(names).complete("茶馆", 5, hidden)
    assert [one.entry.listing_id for one in found] == ["150", "151", "152", "153", "154"]


def test_an_english_spelling_completes_in_english_and_others_in_the_local_name() -> None:
    assert COMPLETER.complete("muse", 1)[0].text == "museum"
    assert COMPLETER.complete("bowu", 1)[0].text == "博物馆"
    assert COMPLETER.complete("博", 1)[0].text == "博物馆"
    assert COMPLETER.complete("搏物馆", 1)[0].text == "博物馆"


def test_the_order_does_not_depend_on_the_order_of_the_entries() -> None:
    backwards = Completer(reversed(ENTRIES))
    for typed in ("望", "p", "w", "yu", "park", "h"):
        assert backwards.complete(typed, 8) == COMPLETER.complete(typed, 8)


def test_nothing_to_suggest_is_no_error() -> None:
    assert Completer([]).complete("茶", 8) == []


@given(st.text(max_size=60), st.integers(1, 20))
def test_any_text_gets_at_most_as_many_as_asked_each_once(text: str, limit: int) -> None:
    found = COMPLETER.complete(text, limit)
    assert len({id(one.entry) for one in found}) == len(found) <= limit
    assert [one.grade for one in found] == sorted(one.grade for one in found)


@given(st.sampled_from([entry for entry in ENTRIES if entry.name]), st.data())
def test_every_prefix_of_a_name_finds_it(entry: Entry, data: st.DataObject) -> None:
    name = entry.name or ""
    typed = name[: data.draw(st.integers(1, len(name)))]
    if typed_key(typed):
        assert name in completed(typed, 20)


@given(st.sampled_from([entry for entry in ENTRIES if len(typed_key(entry.name_en or "")) > 5]), st.data())
def test_a_name_with_one_slip_is_still_found(entry: Entry, data: st.DataObject) -> None:
    key = typed_key(entry.name_en or "")
    at = data.draw(st.integers(1, len(key) - 2))
    letter = data.draw(st.sampled_from("aeiouxz"))
    slips = [key[:at] + key[at + 1 :], key[:at] + letter + key[at:], key[:at] + letter + key[at + 1 :]]
    typed = data.draw(st.sampled_from(slips))
    assert entry.name in completed(typed, 20)
