from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from index.lexical import LexicalIndex, write_lexical

_DOCUMENTS = [
    ("竹林人家\nBamboo House", "农家乐 竹林鸡 停车场 parking"),
    ("余村民宿\nYucun Guesthouse", "民宿 guesthouse 茶园 tea garden"),
    ("老茶馆", "茶馆 竹林 café"),
    ("梅溪酒店\nMeixi Hotel", "酒店 hotel 停车场"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical") / "index"
    write_lexical(folder, _DOCUMENTS)
    return LexicalIndex(folder)


def _rows(index: LexicalIndex, text: str, rows: list[int] | None = None) -> list[int]:
    found, scores = index.search(text, 10, None if rows is None else np.asarray(rows, np.int64))
    assert len(found) == len(scores)
    assert np.all(np.diff(scores) <= 0)
    return [int(row) for row in found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("竹林鸡", 0),
        ("bamboo", 0),
        ("yucun", 1),
        ("yu cun", 1),
        ("ycms", 1),
        ("GUESTHOUSES", 1),
        ("茶館", 2),
        ("Cafe", 2),
        ("meixi hotel", 3),
    ],
)
def test_words_bigrams_pinyin_and_folded_forms_are_found(index: LexicalIndex, text: str, first: int) -> None:
    assert _rows(index, text)[0] == first


def test_a_word_in_the_name_counts_more_than_one_in_the_text(index: LexicalIndex) -> None:
    assert _rows(index, "竹林")[:2] == [0, 2]


def test_search_among_rows_finds_only_those(index: LexicalIndex) -> None:
    assert sorted(_rows(index, "停车场")) == [0, 3]
    assert _rows(index, "停车场", [1, 2, 3]) == [3]
    assert _rows(index, "停车场", []) == []


def test_k_limits_what_is_found(index: LexicalIndex) -> None:
    assert len(index.search("停车场", 1)[0]) == 1
    assert len(index.search("停车场", 0)[0]) == 0
    assert len(index.search("停车场", 0, np.arange(4))[0]) == 0


def test_scores_are_those_of_search_and_zero_elsewhere(index: LexicalIndex) -> None:
    rows, scores = index.search("停车场", 10)
    by_row = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    assert index.scores("停车场", np.asarray([3, 1, 0])).tolist() == [by_row[3], 0.0, by_row[0]]


@pytest.mark.parametrize(
    "text", ["", " ", "!!!", "🍜🍜", "AND OR NOT", '"', "a:b:(c", "'; DROP TABLE listing;--", "\0\x1b[31m"]
)
def test_no_text_is_a_syntax_error(index: LexicalIndex, text: str) -> None:
    assert len(index.search(text, 10)[0]) <= 4


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=100))
def test_any_text_gets_an_answer(index: LexicalIndex, text: str) -> None:
    rows, _ = index.search(text, 10)
    assert set(rows.tolist()) <= {0, 1, 2, 3}


def test_a_very_long_text_is_cut(index: LexicalIndex) -> None:
    assert _rows(index, "竹林 " + "q w e r t " * 2000)[0] == 0


def test_no_documents_find_nothing(tmp_path: Path) -> None:
    write_lexical(tmp_path / "index", [])
    index = LexicalIndex(tmp_path / "index")
    assert len(index.search("竹林", 10)[0]) == 0
    assert len(index.search("竹林", 10, np.empty(0, np.int64))[0]) == 0


def test_rows_that_lie_far_apart_are_found_by_few_spans(tmp_path: Path) -> None:
    write_lexical(tmp_path / "words", ((f"茶馆{row}", "bamboo grove") for row in range(5_000)))
    index = LexicalIndex(tmp_path / "words")
    rows = np.concatenate([np.arange(start, start + 3) for start in range(10, 5_000, 400)])
    found, _ = index.search("bamboo", 100, rows)
    assert sorted(found.tolist()) == rows.tolist()
    shuffled = np.random.default_rng(3).permutation(rows)
    assert index.search("bamboo", 100, shuffled)[0].tolist() == found.tolist()
