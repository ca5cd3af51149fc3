from pathlib import Path

import numpy as np
import pytest

from index.errors import StorageError
from index.vectors import FaissVectors, NumpyVectors, VectorIndex, Vectors, write_faiss

_SIZE, _DIMENSION = 500, 24


def _unit_vectors(size: int) -> Vectors:
    made = np.random.default_rng(3).normal(size=(size, _DIMENSION)).astype(np.float32)
    made[: size // 10] = made[0]  # equals, as a chain's branches are
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


class Conformance:
    """What every vector index must do; an implementation inherits it."""

    def make(self, vectors: Vectors, folder: Path) -> VectorIndex:
        raise NotImplementedError

    @pytest.fixture
    def vectors(self) -> Vectors:
        return _unit_vectors(_SIZE)

    @pytest.fixture
    def index(self, vectors: Vectors, tmp_path: Path) -> VectorIndex:
        return self.make(vectors, tmp_path)

    @pytest.mark.parametrize("k", [1, 10, _SIZE, _SIZE + 7])
    def test_search_finds_the_best_of_all_in_order(self, index: VectorIndex, vectors: Vectors, k: int) -> None:
        query = vectors[123]
        rows, scores = index.search(query, k)
        exact = vectors @ query
        assert len(rows) == min(k, _SIZE)
        assert np.allclose(scores, np.sort(exact)[::-1][:k], atol=1e-6)
        assert np.allclose(scores, exact[rows], atol=1e-6)
        assert rows[0] == 123

    def test_search_among_rows_finds_only_those(self, index: VectorIndex, vectors: Vectors) -> None:
        for rows in (np.arange(100, 220), np.asarray([499, 3, 250, 77])):
            found, scores = index.search(vectors[5], 10, rows)
            assert set(found) <= set(rows.tolist())
            assert len(found) == min(10, len(rows))
            assert np.all(np.diff(scores) <= 0)

    def test_equal_scores_come_in_row_order(self, index: VectorIndex, vectors: Vectors) -> None:
        rows, _ = index.search(vectors[0], _SIZE // 10)
        assert rows.tolist() == list(range(_SIZE // 10))

    def test_scores_are_inner_products_in_the_order_asked(self, index: VectorIndex, vectors: Vectors) -> None:
        rows = np.asarray([9, 400, 2])
        assert np.allclose(index.scores(vectors[7], rows), vectors[rows] @ vectors[7], atol=1e-6)

    def test_no_rows_and_no_k_find_nothing(self, index: VectorIndex, vectors: Vectors) -> None:
        for rows, scores in (index.search(vectors[0], 5, np.empty(0, np.int64)), index.search(vectors[0], 0)):
            assert (len(rows), len(scores)) == (0, 0)
        assert len(index.scores(vectors[0], np.empty(0, np.int64))) == 0

    def test_an_empty_index_finds_nothing(self, vectors: Vectors, tmp_path: Path) -> None:
        index = self.make(np.empty((0, _DIMENSION), np.float32), tmp_path)
        assert len(index) == 0
        assert len(index.search(vectors[0], 5)[0]) == 0

    def test_the_vector_of_a_row_is_what_was_put_in(self, index: VectorIndex, vectors: Vectors) -> None:
        assert len(index) == _SIZE
        assert np.array_equal(index.vector(42), vectors[42])


class TestNumpy(Conformance):
    def make(self, vectors: Vectors, folder: Path) -> VectorIndex:  # noqa: ARG002
        return NumpyVectors(vectors)


class TestFaiss(Conformance):
    def make(self, vectors: Vectors, folder: Path) -> VectorIndex:
        write_faiss(vectors, _DIMENSION, folder / "vectors.faiss")
        return FaissVectors.open(folder / "vectors.faiss")


def test_a_file_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="free some space"):
        write_faiss(_unit_vectors(10), _DIMENSION, tmp_path / "no folder" / "vectors.faiss")
