from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index import anywhere as anywhere_module
from index.anywhere import ENOUGH_ROWS, Anywhere, write_anywhere
from index.vectors import NumpyVectors, Rows, Vectors, best

_DIMENSION, _KINDS, _ASKED, _K = 64, 50, 50, 10


def _units(vectors: NDArray[Any]) -> Vectors:
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made


@pytest.fixture(scope="module")
def kinds() -> Vectors:
    return _units(np.random.default_rng(1).normal(size=(_KINDS, _DIMENSION)))


@pytest.fixture(scope="module")
def vectors(kinds: Vectors) -> Vectors:
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(ENOUGH_ROWS, _DIMENSION)) / _DIMENSION**0.5
    return _units(kinds[rng.integers(0, _KINDS, ENOUGH_ROWS)] + noise)


@pytest.fixture(scope="module", params=[False, True], ids=["all-centres", "their-codes-first"])
def anywhere(vectors: Vectors, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Anywhere:
    folder = tmp_path_factory.mktemp("index") / "anywhere"
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setattr(anywhere_module, "_MANY_CENTRES", 1)
        write_anywhere(vectors, folder)
    return Anywhere.open(folder)


def _recall(anywhere: Anywhere, vectors: Vectors, queries: Vectors) -> float:
    oracle, hits = NumpyVectors(vectors), 0
    for query in queries:
        rows = anywhere.propose(query, _K)
        found = best(rows, oracle.scores(query, rows), _K)[0]
        hits += len(np.intersect1d(found, oracle.search(query, _K)[0]))
    return hits / (_K * len(queries))


def test_nearly_all_of_the_best_are_proposed_for_a_question_of_one_kind(
    anywhere: Anywhere, vectors: Vectors, kinds: Vectors
) -> None:
    queries = _units(kinds + np.random.default_rng(3).normal(size=kinds.shape) / _DIMENSION**0.5)
    assert _recall(anywhere, vectors, queries[:_ASKED]) >= 0.98


def test_nearly_all_of_the_best_are_proposed_for_a_question_that_is_of_no_kind(
    anywhere: Anywhere, vectors: Vectors
) -> None:
    queries = _units(np.random.default_rng(4).normal(size=(_ASKED, _DIMENSION)))
    assert _recall(anywhere, vectors, queries) >= 0.98


def test_limits_cut_the_rows_of_lists_as_they_are_stored(anywhere: Anywhere, vectors: Vectors, kinds: Vectors) -> None:
    asked: list[int] = []

    def keep(rows: Rows) -> Rows:
        asked.extend(rows.tolist())
        even: Rows = rows[rows % 2 == 0]
        return even

    rows, count = anywhere.propose_where(kinds[0], _K, 0.5, keep)
    assert count == len(asked) == len(set(asked))
    assert set(rows.tolist()) == {row for row in asked if row % 2 == 0}
    assert set(asked) <= set(range(len(vectors)))


@pytest.mark.parametrize("left", [0.5, 0.1])
def test_nearly_all_of_the_best_that_limits_leave_are_proposed_for_questions_of_one_kind_and_of_none(
    anywhere: Anywhere, vectors: Vectors, kinds: Vectors, left: float
) -> None:
    rng, oracle, hits = np.random.default_rng(5), NumpyVectors(vectors), 0
    kept = rng.random(len(vectors)) < left
    allowed = np.flatnonzero(kept)
    near = kinds + rng.normal(size=kinds.shape) / _DIMENSION**0.5
    queries = _units(np.concatenate([near, rng.normal(size=kinds.shape)]))
    for query in queries:
        truth = set(best(allowed, oracle.scores(query, allowed), _K)[0].tolist())
        where = anywhere.propose_where(query, _K, left, lambda rows: rows[kept[rows]])[0]
        for rows in (where, anywhere.propose_among(query, _K, allowed)):
            assert kept[rows].all()
            hits += len(truth & set(best(rows, oracle.scores(query, rows), _K)[0].tolist()))
    assert hits >= 0.98 * 2 * _K * len(queries)


def test_limits_that_leave_nothing_near_the_question_are_asked_of_more_rows_but_of_none_twice(
    anywhere: Anywhere, vectors: Vectors, kinds: Vectors
) -> None:
    nearness = vectors @ kinds[0]
    kept = nearness < np.sort(nearness)[-2_000]
    asked: list[int] = []

    def keep(rows: Rows) -> Rows:
        asked.extend(rows.tolist())
        allowed: Rows = rows[kept[rows]]
        return allowed

    rows, count = anywhere.propose_where(kinds[0], _K, float(kept.mean()), keep)
    assert count == len(asked) == len(set(asked))
    assert kept[rows].all()
    assert len(rows) >= 10 * _K


def test_few_rows_are_proposed_as_they_are(anywhere: Anywhere, kinds: Vectors) -> None:
    rows = np.arange(0, 2_000, 10)
    assert anywhere.propose_among(kinds[0], _K, rows).tolist() == rows.tolist()


def test_all_rows_are_in_some_list(anywhere: Anywhere, vectors: Vectors, kinds: Vectors) -> None:
    rows, _ = anywhere.propose_where(kinds[0], len(vectors), 1e-9, lambda rows: rows)
    assert np.sort(rows).tolist() == list(range(len(vectors)))
