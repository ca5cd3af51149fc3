"""Search without a place: an approximate FAISS index that proposes rows, whose exact scores decide.

Vectors are put into lists by their nearest of some centres (IVF), and kept there as codes of four bits for each two
components (PQ, scanned by FAISS's fast-scan kernels): 7% of what the vectors take. Of all kinds of FAISS index that
were tried it was the fastest that reaches a recall of 0.98 at a million rows (`docs/benchmarks.md`). The lists are
mapped from their file: opening reads the centres only, and worker processes share them. How many lists are looked into
follows the query: those whose centre comes near the nearest one. Where limits apply, as many more rows are proposed as
these leave less, out of as many more lists, and cut before any is scored exactly.
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
from index.vectors import Rows, Scores, Vectors, save_index

#: With fewer rows, all of them are scanned, which takes about a millisecond and is exact (`bench/index_choices.py`).
ENOUGH_ROWS = 20_000
#: Looked into are the lists whose centre's inner product with the query is at least this share of the highest. Where
#: vectors stand about kinds, few centres are.
_NEAR_ENOUGH = 0.25
#: Where so many are, nothing stands out: an encoder's questions lie apart from what listings say. Then half of the
#: lists are looked into, down to this share, and more rows are proposed for each that is wanted
#: (`bench/index_real.py`).
_TOLD_FIRST, _NEAR_ENOUGH_OF_MANY, _MORE_OF_MANY = 24, 0.15, 2
#: So many lists are looked into at least.
_LEAST_LISTS = 6
#: Of rows that are given, no more than stand in so many lists are proposed as they are.
_LISTS_AS_THEY_ARE = 8
#: Where limits leave less than this part of the wanted rows, so many times as many are proposed once more.
_LEFT_AT_LEAST, _MORE_UNDER_LIMITS = 2, 4
#: From so many centres on, the nearest are first looked for among their codes, so many times as many as are told.
_MANY_CENTRES, _FIRST_EACH = 1024, 4
#: How many rows are proposed for each that is wanted, and at least.
_PROPOSED_EACH, _PROPOSED_LEAST = 20, 200
#: Vectors that a centre is trained on; FAISS warns below 39.
_TRAINED_ON = 40
_TRAINING_ROUNDS = 10
_SEED = 1234
_COMPONENTS_A_CODE, _COMPONENTS_A_CENTRES_CODE = 2, 4
_INDEX, _CENTRES, _LISTS, _SIZES = "index.faiss", "centres.faiss", "lists.bin", "sizes.npy"
#: FAISS packs the codes of so many rows together.
_BLOCK = 32
_BYTES_A_NUMBER = 8
#: Of FAISS's ways to scan lists for one query the fastest (a reservoir), where left to itself it takes another.
_SCAN = 11


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
    """The approximate index of one snapshot. `centres` is a quicker index of its quantizer's, where there are many."""

    def __init__(self, index: Any, centres: Any, sizes: NDArray[np.int64]) -> None:
        self._index = index
        self._centres = centres
        self._lists = len(sizes)
        self._size = int(sizes.sum())

    @classmethod
    def open(cls, folder: Path) -> "Anywhere":
        """Open what `write_anywhere` wrote."""
        import faiss

        faiss.omp_set_num_threads(1)
        index: Any = faiss.read_index(str(folder / _INDEX), faiss.IO_FLAG_MMAP_IFC)
        index.implem = _SCAN
        sizes = load_array(folder / _SIZES)
        lists = _mapped_lists(folder / _LISTS, sizes, index.code_size)
        index.replace_invlists(lists, False)
        index.ntotal = int(sizes.sum())
        # FAISS keeps a pointer to the lists only.
        index.referenced_objects = [lists]
        centres = faiss.read_index(str(folder / _CENTRES)) if (folder / _CENTRES).exists() else None
        return cls(index, centres, sizes)

    def propose(self, query: Vectors, k: int, share: float = 0.0) -> Rows:
        """Return rows among which the `k` best very likely are, having looked at a `share` of all at least."""
        return self._scan(query, max(_PROPOSED_LEAST, _PROPOSED_EACH * k), math.ceil(share * self._lists))

    def _scan(self, query: Vectors, wanted: int, least: int) -> Rows:
        """Return about so many rows, those of the highest scores by their codes, out of so many lists at least."""
        import faiss

        query = np.ascontiguousarray(query, np.float32)
        # Many results need many lists, or there are not enough rows to propose.
        least = max(_LEAST_LISTS, least, math.ceil(wanted / max(1, self._size) * self._lists))
        lists, nearness = self._near(query, min(least, self._lists))
        wanted = min(wanted if len(lists) < _TOLD_FIRST else _MORE_OF_MANY * wanted, self._size)
        scores, found = np.empty(wanted, np.float32), np.empty(wanted, np.int64)
        parameters = faiss.SearchParametersIVF(nprobe=len(lists))  # type: ignore[call-arg] # as its Python layer adds
        pointers = [faiss.swig_ptr(array) for array in (lists, nearness, scores, found)]
        self._index.search_preassigned_c(1, faiss.swig_ptr(query), wanted, *pointers, False, parameters)
        proposed: Rows = found[found >= 0]
        return proposed

    def _near(self, query: Vectors, least: int) -> tuple[NDArray[np.int64], Scores]:
        """Return the lists to look into, at least so many, and the inner products of their centres."""
        asked = query.reshape(1, -1)
        if self._centres is not None and least < _TOLD_FIRST:
            scores, lists = self._centres.search(asked, _TOLD_FIRST)
            count = _reaching(scores[0], _NEAR_ENOUGH)
            if count < _TOLD_FIRST:
                return lists[0, : max(least, count)], scores[0, : max(least, count)]
        scores, lists = self._index.quantizer.search(asked, self._lists)
        count = _reaching(scores[0], _NEAR_ENOUGH)
        count = max(least, count if count < _TOLD_FIRST else _reaching(scores[0], _NEAR_ENOUGH_OF_MANY))
        return lists[0, :count], scores[0, :count]

    def propose_among(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """Return those of `rows` among which the `k` best of them very likely are."""
        if len(rows) <= max(_PROPOSED_EACH * k, _LISTS_AS_THEY_ARE * self._size / self._lists):
            return rows
        asked = np.zeros(self._size, dtype=np.bool_)
        asked[rows] = True
        return self.propose_where(query, k, len(rows) / self._size, lambda found: found[asked[found]])[0]

    def propose_where(self, query: Vectors, k: int, left: float, keep: Callable[[Rows], Rows]) -> tuple[Rows, int]:
        """Return rows that `keep` keeps, among which the `k` best of those very likely are, and how many it was asked.

        `left` is about the share that it keeps of all.
        """
        wanted, times = max(_PROPOSED_LEAST, _PROPOSED_EACH * k), 1 / max(left, 1 / self._size)
        seen = kept = np.empty(0, np.int64)
        while True:
            # Not only more rows: what limits leave lies further off, in other lists.
            found = self._scan(query, math.ceil(wanted * times), math.ceil(_LEAST_LISTS * times))
            # Kept anew are only rows that were not asked about yet.
            kept = np.concatenate([kept, keep(np.setdiff1d(found, seen, assume_unique=True) if len(seen) else found)])
            seen = np.union1d(seen, found)
            if _LEFT_AT_LEAST * len(kept) >= wanted or len(seen) >= self._size:
                return kept, len(seen)
            times *= _MORE_UNDER_LIMITS


def _reaching(scores: Scores, share: float) -> int:
    """Return how many of scores, highest first, are at least a share of the highest."""
    return int(np.count_nonzero(scores >= share * scores[0])) if scores[0] > 0 else len(scores)


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
    centres = faiss.downcast_index(index.quantizer)
    if index.nlist >= _MANY_CENTRES:
        save_index(_quick_centres(centres.reconstruct_n(0, index.nlist)), folder / _CENTRES)
    np.save(folder / _SIZES, _write_lists(index, folder / _LISTS), allow_pickle=False)
    index.reset()  # lists that are stored here are left out there
    save_index(index, folder / _INDEX)


def _write_lists(index: Any, path: Path) -> NDArray[np.int64]:
    """Write the codes and then the rows of each list as FAISS's `OnDiskInvertedLists` reads them; return the sizes."""
    import faiss

    lists = index.invlists
    sizes = np.asarray([lists.list_size(number) for number in range(index.nlist)], dtype=np.int64)
    with path.open("wb") as file:
        for number, room in enumerate((_blocks(sizes) * _BLOCK).tolist()):
            if not room:
                continue
            rows = np.full(room, -1, np.int64)
            rows[: sizes[number]] = faiss.rev_swig_ptr(lists.get_ids(number), int(sizes[number]))
            file.write(faiss.rev_swig_ptr(lists.get_codes(number), room * index.code_size).tobytes())
            file.write(rows.tobytes())
    return sizes


def _mapped_lists(path: Path, sizes: NDArray[np.int64], code_size: int) -> Any:
    """Map what `_write_lists` wrote."""
    import faiss

    lists: Any = faiss.OnDiskInvertedLists()
    starts, rooms = _list_starts(sizes, code_size).tolist(), (_blocks(sizes) * _BLOCK).tolist()
    places: Any = faiss.OnDiskOneListVector()  # type: ignore[attr-defined] # missing from its stub
    for start, room, size in zip(starts[:-1], rooms, sizes.tolist(), strict=True):
        place: Any = faiss.OnDiskOneList()
        place.size, place.capacity, place.offset = size, room, start
        places.push_back(place)
    lists.nlist, lists.code_size, lists.lists = len(sizes), code_size, places
    lists.filename, lists.totsize, lists.read_only = str(path), starts[-1], True
    # Its threads that read ahead take longer than the scan.
    lists.prefetch_nthread = 0
    lists.do_mmap()
    return lists


def _blocks(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    blocks: NDArray[np.int64] = -(-sizes // _BLOCK)
    return blocks


def _list_starts(sizes: NDArray[np.int64], code_size: int) -> NDArray[np.int64]:
    """Return where each list starts in their file, and where the last ends, bytes."""
    return np.concatenate([[0], np.cumsum(_blocks(sizes) * _BLOCK * (code_size + _BYTES_A_NUMBER))]).astype(np.int64)


def _quick_centres(centres: Vectors) -> Any:
    """Return an index of centres by codes of four bits for each few components, refined by the centres themselves."""
    import faiss

    dimension = centres.shape[1]
    a_code = _COMPONENTS_A_CENTRES_CODE if dimension % _COMPONENTS_A_CENTRES_CODE == 0 else _COMPONENTS_A_CODE
    codes = faiss.IndexPQFastScan(dimension, dimension // a_code, 4, faiss.METRIC_INNER_PRODUCT)
    codes.train(centres)
    refined: Any = faiss.IndexRefineFlat(codes)
    refined.add(centres)
    refined.k_factor = _FIRST_EACH
    refined.referenced_objects = [codes]
    return refined


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
