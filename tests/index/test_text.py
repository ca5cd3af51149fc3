import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from index.text import fold, fold_with_offsets, pinyin_tokens, syllables, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("農家樂", "农家乐"),
        ("ＷｉＦｉ", "wifi"),
        ("Café", "cafe"),
        ("ÉCOLE", "école"),
        ("１００", "100"),
        ("余邨", "余村"),
        ("温泉楽園", "温泉乐园"),
    ],
)
def test_width_case_accents_and_traditional_forms_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_offsets_lead_back_to_the_text(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text)
    assert len(offsets) == len(folded) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(text)


def test_chinese_is_cut_into_words_and_bigrams() -> None:
    assert {"竹林", "林鸡"} <= set(tokens("竹林鸡"))


def test_particles_make_no_bigrams() -> None:
    assert not {token for token in tokens("竹林的鸡了") if "的" in token or "了" in token}


def test_english_is_cut_into_words_without_stop_words_plurals_made_singular() -> None:
    assert tokens("The quiet guesthouses with tea gardens, please!") == ["quiet", "guesthouse", "tea", "garden"]


def test_mixed_text_keeps_both() -> None:
    assert {"hello", "kitty", "乐园"} <= set(tokens("Hello Kitty乐园"))


def test_a_name_is_known_by_its_pinyin_and_initials() -> None:
    assert {"yucun", "yc", "yu", "cun"} <= set(pinyin_tokens("余村"))
    assert pinyin_tokens("Hello") == []


@given(st.text(max_size=200))
def test_any_text_can_be_cut(text: str) -> None:
    assert all(token and not token.isspace() for token in tokens(text))


def test_syllables_are_those_of_pypinyin_word_by_word() -> None:
    rng = random.Random(1)  # noqa: S311 - names, not keys
    letters = "竹林山水重庆银行行长乐长大音乐重都了得着地还朝阳会计单于给予"
    runs = ["重庆银行", "音乐厅", *("".join(rng.choices(letters, k=rng.randint(1, 9))) for _ in range(500))]
    assert [syllables(run) for run in runs] == [lazy_pinyin(run) for run in runs]
