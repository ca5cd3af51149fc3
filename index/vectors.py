"""Exact search among unit vectors: the protocol, the FAISS index that is served, and numpy as what it must agree with.

Scores are inner products, equal to cosines; equal scores come in row order.
"""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import StorageError

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]


class VectorIndex(Protocol):
    """Vectors by row number, from 0. `rows` are distinct; a query is one unit vector."""

    def __len__(self) -> int: ...

    def search(self, query: Vectors, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows (fewer when there are fewer), best first, of `rows` or of all."""
        ...

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the inner product with each of `rows`, in their order."""
        ...

    def vector(self, row: int) -> Vectors:
        """Return the vector of a row."""
        ...


class NumpyVectors:
    """All vectors in one array: the oracle that other indexes are compared with."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, query: Vectors, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows, best first, of `rows` or of all."""
        asked = np.arange(len(self), dtype=np.int64) if rows is None else rows
        return best(asked, self.scores(query, asked), k)

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the inner product with each of `rows`, in their order."""
        gathered: Scores = self._vectors[rows] @ query
        return gathered

    def vector(self, row: int) -> Vectors:
        """Return the vector of a row."""
        stored: Vectors = self._vectors[row]
        return stored


class FaissVectors:
    """A FAISS flat index, memory-mapped from its file."""

    def __init__(self, index: Any) -> None:
        import faiss

        self._index = index
        self._size, self._dimension = int(index.ntotal), int(index.d)
        size = self._size * self._dimension
        self._start = index.get_xb() if size else None
        #: All vectors, as an array over the index's own memory.
        self.stored: Vectors = (faiss.rev_swig_ptr(self._start, size) if size else np.empty(0, np.float32)).reshape(
            self._size, self._dimension
        )

    @classmethod
    def open(cls, path: Path) -> "FaissVectors":
        """Map a file that `write_faiss` wrote; nothing is read before it is searched."""
        import faiss

        # Two busy cores: threads of one query wait for those of another.
        faiss.omp_set_num_threads(1)
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def __len__(self) -> int:
        return self._size

    def search(self, query: Vectors, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows, best first, of `rows` or of all."""
        # FAISS's own search keeps any of those that equal the k-th; by all scores it is those that come first.
        asked = np.arange(self._size) if rows is None else rows
        return best(asked, self.scores(query, asked), k)

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the inner product with each of `rows`, in their order.

        FAISS's own kernel reads rows where they lie: as fast as a matrix product over a slice where many rows are in
        a run, and up to twice as fast as numpy, which copies them first, where they are not (`bench/index_choices.py`).
        """
        import faiss

        rows = np.ascontiguousarray(rows, dtype=np.int64)
        scores = np.empty(len(rows), dtype=np.float32)
        if not len(rows):
            return scores
        if rows.min() < 0 or rows.max() >= self._size:
            raise IndexError(f"the index has {self._size} rows; one beyond them was asked for")
        query = np.ascontiguousarray(query, dtype=np.float32)
        swig_ptr = faiss.swig_ptr
        faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined] # missing from its stub
            swig_ptr(scores), swig_ptr(query), self._start, swig_ptr(rows), self._dimension, 1, len(rows)
        )
        return scores

    def vector(self, row: int) -> Vectors:
        """Return the vector of a row."""
        stored: Vectors = self.stored[row]
        return stored


def write_faiss(vectors: Vectors, dimension: int, path: Path) -> None:
    """Write vectors as a FAISS flat index of inner products.

    Raises:
        StorageError: The file cannot be written.
    """
    save_index(flat_index(vectors, dimension), path)


def save_index(index: Any, path: Path) -> None:
    """Write a FAISS index.

    Raises:
        StorageError: The file cannot be written.
    """
    import faiss

    try:
        # FAISS's own writer does not notice when its last block finds no room.
        with path.open("wb") as file:
            writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined] # missing from its stub
            faiss.write_index(index, writer)
    except (RuntimeError, OSError) as exc:
        raise StorageError(f"cannot write {path}; free some space on the disk and build again") from exc


def flat_index(vectors: Vectors, dimension: int) -> Any:
    """Return a FAISS flat index of inner products over vectors."""
    import faiss

    index = faiss.IndexFlatIP(dimension)
    if len(vectors):
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def best(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """Return the `k` highest scores and their rows, highest first, equal ones by row."""
    if k <= 0:
        return rows[:0], scores[:0]
    if k < len(rows):
        # Everything that equals the k-th score stays in, so that which of the equals is kept does not hang on chance.
        floor = np.partition(scores, len(scores) - k)[len(scores) - k]
        kept = scores >= floor
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
