"""Vectors in two bytes or one for each component, read first; the few that may be among the best are then read whole.

What is found is still exact. Of each vector the length of what rounding took away is kept, and by the inequality of
Cauchy and Schwarz its inner product with a query lies no farther than that (times the query's length) from the rounded
one's. Whatever could reach the k-th best by this bound goes on to the second stage.
"""

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
#: Single precision's own rounding in a sum of some hundred products, several times over.
_SLACK = 1e-5
_INT8_TOP = 127


class Sieve(Protocol):
    """A first look that leaves out what cannot be among the best."""

    def may_be_best(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` that may be among the `k` best of them, ascending where `rows` are."""
        ...


class Coarse:
    """The rounded vectors of a snapshot. `codes` times `scales` are the vectors, but for `errors` (lengths)."""

    def __init__(
        self,
        codes: NDArray[np.float16] | NDArray[np.int8],
        scales: NDArray[np.float32],
        errors: NDArray[np.float32],
    ) -> None:
        self._codes = codes
        self._scales = scales
        self._errors = errors

    @classmethod
    def open(cls, folder: Path) -> "Coarse":
        """Map what `write_coarse` wrote."""
        return cls(**load_arrays(folder))

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
