"""Search without a place: an approximate FAISS index that proposes rows, whose exact scores decide.

Vectors are put into lists by their nearest of some centres (IVF), and kept there as codes of four bits for each two
components (PQ, scanned by FAISS's fast-scan kernels): 7% of what the vectors take. Of all kinds of FAISS index that
were tried it was the fastest that reaches a recall of 0.98 at a million rows (`docs/benchmarks.md`). Where limits
apply, the rows of the nearest lists are cut by them first and then scored exactly, with as many more lists as the
limits leave less.
"""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_array
from index.vectors import Rows, Vectors, save_index

#: With fewer rows, all of them are scanned, which takes about a millisecond and is exact (`bench/index_choices.py`).
ENOUGH_ROWS = 20_000
#: How many lists are looked into.
PROBES = 8
#: How many rows are proposed for each that is wanted, and at least.
_PROPOSED_EACH, _PROPOSED_LEAST = 20, 200
#: Vectors that a centre is trained on; FAISS warns below 39.
_TRAINED_ON = 40
_TRAINING_ROUNDS = 10
_SEED = 1234
_COMPONENTS_A_CODE = 2
_INDEX, _ROWS, _OFFSETS = "index.faiss", "rows.npy", "offsets.npy"


class Proposer(Protocol):
    """Proposes rows among which the best very likely are."""

    def propose(self, query: Vectors, k: int, share: float = 0.0) -> Rows:
        """Return rows among which the `k` best very likely are, having looked at a `share` of all at least."""
        ...

    def propose_among(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` among which the `k` best of them very likely are."""
        ...

    def propose_where(self, query: Vectors, k: int, left: float, keep: Callable[[Rows], Rows]) -> tuple[Rows, int]:
        """Return rows that `keep` keeps, among which the `k` best of those very likely are, and how many it was asked.

        `left` is about the share that it keeps of all.
        """
        ...


class Anywhere:
    """The approximate index of one snapshot."""

    def __init__(self, index: Any, rows: NDArray[np.int32], offsets: NDArray[np.int64]) -> None:
        self._index = index
        self._rows = rows
        self._offsets = offsets
        self._lists = len(offsets) - 1

    @classmethod
    def open(cls, folder: Path) -> "Anywhere":
        """Open what `write_anywhere` wrote."""
        import faiss

        faiss.omp_set_num_threads(1)
        index = faiss.read_index(str(folder / _INDEX), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, load_array(folder / _ROWS), load_array(folder / _OFFSETS))

    def propose(self, query: Vectors, k: int, share: float = 0.0) -> Rows:
        """Return rows among which the `k` best very likely are, having looked at a `share` of all at least."""
        import faiss

        wanted = max(_PROPOSED_LEAST, _PROPOSED_EACH * k)
        # Many results need many lists, or there are not enough rows to propose.
        probes = max(PROBES, math.ceil(max(wanted / max(1, len(self._rows)), share) * self._lists))
        parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg] # as FAISS's Python layer adds
            nprobe=min(probes, self._lists)
        )
        _, found = self._index.search(query.reshape(1, -1), min(wanted, len(self._rows)), params=parameters)
        proposed: Rows = found[0][found[0] >= 0]
        return proposed

    def propose_among(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` among which the `k` best of them very likely are."""
        asked = np.zeros(len(self._rows), dtype=np.bool_)
        asked[rows] = True
        return self.propose_where(query, k, len(rows) / len(self._rows), lambda found: found[asked[found]])[0]

    def propose_where(self, query: Vectors, k: int, left: float, keep: Callable[[Rows], Rows]) -> tuple[Rows, int]:
        """Return rows that `keep` keeps, among which the `k` best of those very likely are, and how many it was asked.

        `left` is about the share that it keeps of all.
        """
        nearest = self._index.quantizer.search(query.reshape(1, -1), self._lists)[1][0]
        wanted = max(PROBES * len(self._rows) / self._lists, _PROPOSED_EACH * k)
        until = PROBES / max(left, 1e-9)
        kept: list[Rows] = []
        asked = at = 0
        while at < self._lists and (at == 0 or sum(map(len, kept)) < wanted):
            upto = min(self._lists, math.ceil(min(max(until, 2 * at), self._lists)))
            found = self._in_lists(nearest[at:upto])
            kept.append(keep(found))
            asked += len(found)
            at = upto
        return np.concatenate(kept), asked

    def _in_lists(self, lists: NDArray[np.int64]) -> Rows:
        cuts = [self._rows[self._offsets[number] : self._offsets[number + 1]] for number in lists.tolist()]
        return np.concatenate(cuts).astype(np.int64)


def write_anywhere(vectors: Vectors, folder: Path) -> None:
    """Write the index of vectors into a new folder, or nothing where there are too few to need one.

    Raises:
        StorageError: The files cannot be written.
    """
    if len(vectors) < ENOUGH_ROWS or vectors.shape[1] % _COMPONENTS_A_CODE:
        return
    import faiss

    folder.mkdir()
    with _all_cores():
        index = _trained(vectors)
        for start in range(0, len(vectors), ENOUGH_ROWS):
            index.add(vectors[start : start + ENOUGH_ROWS])
    lists = index.invlists
    sizes = [lists.list_size(number) for number in range(index.nlist)]
    rows = [faiss.rev_swig_ptr(lists.get_ids(n), size).astype(np.int32) for n, size in enumerate(sizes) if size]
    save_index(index, folder / _INDEX)
    np.save(folder / _ROWS, np.concatenate(rows), allow_pickle=False)
    np.save(folder / _OFFSETS, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), allow_pickle=False)


def _trained(vectors: Vectors) -> Any:
    import faiss

    size, dimension = vectors.shape
    # About twice the root of the rows: finding the nearest lists then costs about as much as reading them.
    lists = 2 ** round(math.log2(2 * math.sqrt(size)))
    sample = np.sort(np.random.default_rng(_SEED).choice(size, min(size, _TRAINED_ON * lists), replace=False))
    chosen = np.ascontiguousarray(vectors[sample], dtype=np.float32)
    centres = faiss.IndexFlatIP(dimension)
    clustering = faiss.Clustering(dimension, lists)
    clustering.niter, clustering.seed, clustering.spherical = _TRAINING_ROUNDS, _SEED, True
    clustering.max_points_per_centroid = _TRAINED_ON
    clustering.train(chosen, centres)
    index = faiss.IndexIVFPQFastScan(
        centres, dimension, lists, dimension // _COMPONENTS_A_CODE, 4, faiss.METRIC_INNER_PRODUCT
    )
    index.by_residual = True
    index.train(chosen)
    # FAISS keeps a pointer to the centres only; the index must not outlive them.
    index.referenced_objects = [centres]  # type: ignore[attr-defined]
    return index


@contextmanager
def _all_cores() -> Iterator[None]:
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
