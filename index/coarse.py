"""Vectors in two bytes or one for each component, read first; the few that may be among the best are then read whole.

What is found is still exact. Of each vector the length of what rounding took away is kept, and by the inequality of
Cauchy and Schwarz its inner product with a query lies no farther than that (times the query's length) from the rounded
one's. Whatever could reach the k-th best by this bound goes on to the second stage.
"""

import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_arrays, save_arrays
from index.settings import Storage
from index.vectors import Rows, Scores, Vectors

#: Rows decoded at once: their vectors in single precision stay within a processor's cache.
_CHUNK = 1_024
_WRITTEN_AT_ONCE = 16_384
#: Of vectors in half precision, how many more than twice those wanted are looked at in the first round.
_BESIDE = 16
#: Single precision's own rounding in a sum of some hundred products, several times over.
_SLACK = 1e-5
_INT8_TOP = 127


class Sieve(Protocol):
    """A first look that leaves out what cannot be among the best."""

    def may_be_best(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` that may be among the `k` best of them, ascending where `rows` are."""
        ...


def open_coarse(folder: Path) -> Sieve:
    """Map what `write_coarse` wrote."""
    arrays = load_arrays(folder)
    if arrays["codes"].dtype == np.float16:
        return Halves(arrays["codes"], arrays["errors"])
    return Bytes(arrays["codes"], arrays["scales"], arrays["errors"])


class Halves:
    """Vectors in half precision, but for `errors` (lengths). FAISS's kernel reads them where they lie.

    numpy's conversion to single precision takes up to ten times as long (`python -m bench.index_choices sieves`).
    """

    def __init__(self, codes: NDArray[np.float16], errors: NDArray[np.float32]) -> None:
        self._codes = codes
        self._errors = errors

    def may_be_best(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` that may be among the `k` best of them, ascending where `rows` are."""
        rows = np.ascontiguousarray(rows, np.int64)
        doubt = float(self._errors[rows].max(initial=0)) * float(np.linalg.norm(query)) + _SLACK
        wanted = k
        while True:
            wanted = 2 * wanted + _BESIDE
            if wanted >= len(rows):
                return rows
            scores, found = self._highest(query, wanted, rows)
            # The k-th best is no worse than the k-th rounded one less its doubt, nor is any better than its own.
            reached = np.partition(scores, wanted - k)[wanted - k] - 2 * doubt
            if scores.min() < reached:
                return np.sort(found[scores >= reached])

    def _highest(self, query: Vectors, count: int, rows: Rows) -> tuple[Scores, Rows]:
        """Return the so many highest rounded scores and their rows, in no order."""
        import faiss

        scanner, pointer = _scanner(self._codes.shape[1]), faiss.swig_ptr
        query = np.ascontiguousarray(query, np.float32)
        scanner.set_query(pointer(query))
        scanner.set_list(0, 0.0)
        scores, found = np.full(count, -np.inf, np.float32), np.full(count, -1, np.int64)
        is_run = int(rows[-1]) - int(rows[0]) == len(rows) - 1 and bool((np.diff(rows) == 1).all())
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            codes = self._codes[part[0] : part[-1] + 1] if is_run else self._codes[part]
            raw = codes.view(np.uint8)
            scanner.scan_codes(len(part), pointer(raw), pointer(part), pointer(scores), pointer(found), count)
        return scores, found


_scanners = threading.local()


def _scanner(dimension: int) -> Any:
    """Return the thread's own scanner, which holds the query that it was last asked.

    It is the same for all vectors of a dimension, and never freed: FAISS's Python layer crashes when it frees one.
    """
    import faiss

    known: dict[int, Any] = _scanners.__dict__.setdefault("by_dimension", {})
    if dimension not in known:
        codec = faiss.ScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16)
        known[dimension] = codec.select_InvertedListScanner(  # type: ignore[attr-defined] # missing from its stub
            faiss.METRIC_INNER_PRODUCT, None, False, None, False
        )
    return known[dimension]


class Bytes:
    """Vectors in one byte for each component. `codes` times `scales` are the vectors, but for `errors` (lengths)."""

    def __init__(self, codes: NDArray[np.int8], scales: NDArray[np.float32], errors: NDArray[np.float32]) -> None:
        self._codes = codes
        self._scales = scales
        self._errors = errors

    def may_be_best(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` that may be among the `k` best of them, ascending where `rows` are."""
        if k >= len(rows):
            return rows
        scores = self._scores(query, rows)
        doubt = self._errors[rows] * np.float32(np.linalg.norm(query)) + np.float32(_SLACK)
        least = scores - doubt
        reached = np.partition(least, len(rows) - k)[len(rows) - k]
        kept: Rows = rows[scores + doubt >= reached]
        return kept

    def _scores(self, query: Vectors, rows: Rows) -> Scores:
        scores = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _CHUNK):
            cut = slice(start, start + _CHUNK)
            scores[cut] = self._codes[rows[cut]].astype(np.float32) @ query
        return scores * self._scales[rows]


def write_coarse(vectors: Vectors, storage: Storage, folder: Path) -> None:
    """Write the rounded vectors into a new folder; nothing where they are stored whole."""
    if storage == "fp32":
        return
    size, dimension = vectors.shape
    codes: NDArray[Any] = np.empty((size, dimension), np.float16 if storage == "fp16" else np.int8)
    scales, errors = np.ones(size, np.float32), np.zeros(size, np.float32)
    for start in range(0, size, _WRITTEN_AT_ONCE):
        cut = slice(start, start + _WRITTEN_AT_ONCE)
        part = vectors[cut]
        if storage == "int8":
            largest = np.abs(part).max(axis=1)
            scales[cut] = np.where(largest > 0, largest / _INT8_TOP, 1.0)
            codes[cut] = np.rint(part / scales[cut, None])
        else:
            codes[cut] = part
        decoded = codes[cut].astype(np.float64) * scales[cut, None]
        errors[cut] = np.linalg.norm(part.astype(np.float64) - decoded, axis=1)
    save_arrays(folder, codes=codes, scales=scales, errors=errors)
