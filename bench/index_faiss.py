"""What `bench.index` compares with inside FAISS: the flat index with a selector, and its approximate indexes.

An approximate index is asked with the least setting, of some, that reaches the recall wanted; one that none reaches is
asked with the largest, and its name says `not-reached`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.index_ready import Answer, Ready
from bench.kept import keep, made_by
from index.geodesy import distances_m
from index.space.areas import Circle
from index.vectors import Vectors

Ask = Callable[[int], Answer]
RECALL_WANTED = 0.98
_HNSW_LINKS, _HNSW_BUILT_WITH = 24, 100
_REFINED_EACH = 20
_PROBES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_BREADTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)
_ADDED_AT_ONCE = 50_000


def selectors(
    country: Any, areas: Sequence[Circle], wanted: Sequence[NDArray[np.int64]], k: int, *, limited: bool
) -> dict[str, Ask]:
    """Return FAISS's flat index over rows as they were imported, the ids inside found by numpy, and with them given.

    numpy compares the columns with the box, then measures what is left.
    """
    import faiss

    shuffled = np.random.default_rng(5).permutation(len(country.lats))
    lats, lons = country.lats[shuffled], country.lons[shuffled]
    category, price = country.category[shuffled], country.price[shuffled]
    index = faiss.IndexFlatIP(country.vectors.shape[1])
    index.add(country.vectors[shuffled])
    place_of = np.argsort(shuffled)
    given = [np.sort(place_of[rows]) for rows in wanted]

    def inside(query: int) -> NDArray[np.int64]:
        area = areas[query]
        south, west, north, east = area.bounds[0]
        box = (lats >= south) & (lats <= north) & (lons >= west) & (lons <= east)
        if limited:
            box &= (category == 0) & (price <= 25.1)
        rows = np.flatnonzero(box)
        return rows[distances_m(area.lat, area.lon, lats[rows], lons[rows]) <= area.radius_m]

    def among(query: int, rows: NDArray[np.int64]) -> Answer:
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]
        scores, found = index.search(country.queries[query : query + 1], k, params=parameters)
        kept = found[0] >= 0
        return shuffled[found[0][kept]], scores[0][kept]

    return {
        "faiss-selector": lambda query: among(query, inside(query)),
        "faiss-selector-ids-given": lambda query: among(query, given[query]),
    }


def build_raw(vectors: Vectors, folder: Path) -> Iterator[str]:
    """Build FAISS's own indexes as far as they are not kept, and yield the name of each."""
    for name, factory, _, _ in _families(vectors):
        _kept_index(vectors, folder, name, factory)
        yield name


def raw_faiss(ready: Ready, truth: Sequence[Answer], k: int) -> Iterator[tuple[str, Ask]]:
    """Yield FAISS's inverted lists, product quantiser and graph, each as fast as it reaches the recall wanted."""
    import faiss

    vectors, queries = ready.country.vectors, ready.country.queries
    for name, factory, parameters_of, settings in _families(vectors):
        index: Any = faiss.read_index(str(_kept_index(vectors, ready.folder, name, factory)))
        reaching = (s for s in settings if _reaches(index, parameters_of(s), queries, truth, k))
        setting = next(reaching, None)
        asked_with = settings[-1] if setting is None else setting
        told = f"{name}-{asked_with}" + ("-not-reached" if setting is None else "")
        yield told, _asking(index, parameters_of(asked_with), queries, k)


def _families(vectors: Vectors) -> tuple[tuple[str, str, Callable[[int], Any], Sequence[int]], ...]:
    lists, codes = _lists(vectors), vectors.shape[1] // 2
    return (
        ("faiss-ivf-sq8", f"IVF{lists},SQ8", _probing, _PROBES),
        ("faiss-ivf-flat", f"IVF{lists},Flat", _probing, _PROBES),
        ("faiss-ivf-pq-refined", f"IVF{lists},PQ{codes}x4fs,RFlat", _refining, _PROBES),
        # Fewer lists, each longer: their centres are told sooner.
        (f"faiss-ivf{lists // 2}-pq-refined", f"IVF{lists // 2},PQ{codes}x4fs,RFlat", _refining, _PROBES),
        ("faiss-hnsw", f"HNSW{_HNSW_LINKS},Flat", _walking, _BREADTHS),
    )


def _lists(vectors: Vectors) -> int:
    return int(2 ** round(np.log2(2 * np.sqrt(len(vectors)))))


def _kept_index(vectors: Vectors, folder: Path, name: str, factory: str) -> Path:
    kept = folder / name
    keep(kept, made_by(_build, factory, _HNSW_BUILT_WITH), lambda made: _build(factory, vectors, made / "index.faiss"))
    return kept / "index.faiss"


def _build(factory: str, vectors: Vectors, path: Path) -> None:
    import faiss

    size, dimension = vectors.shape
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    index: Any = faiss.index_factory(dimension, factory, faiss.METRIC_INNER_PRODUCT)
    if "HNSW" in factory:
        index.hnsw.efConstruction = _HNSW_BUILT_WITH
    else:
        sample = np.random.default_rng(0).choice(size, min(size, 40 * _lists(vectors)), replace=False)
        index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
    for start in range(0, size, _ADDED_AT_ONCE):
        index.add(vectors[start : start + _ADDED_AT_ONCE])
    faiss.write_index(index, str(path))
    faiss.omp_set_num_threads(1)


def _probing(probes: int) -> Any:
    import faiss

    return faiss.SearchParametersIVF(nprobe=probes)  # type: ignore[call-arg] # as FAISS's Python layer adds


def _refining(probes: int) -> Any:
    import faiss

    return faiss.IndexRefineSearchParameters(  # type: ignore[call-arg]
        k_factor=_REFINED_EACH, base_index_params=_probing(probes)
    )


def _walking(breadth: int) -> Any:
    import faiss

    return faiss.SearchParametersHNSW(efSearch=breadth)  # type: ignore[attr-defined] # missing from its stub


def _asking(index: Any, parameters: Any, queries: Vectors, k: int) -> Ask:
    def ask(query: int) -> Answer:
        scores, rows = index.search(queries[query : query + 1], k, params=parameters)
        return rows[0], scores[0]

    return ask


def _reaches(index: Any, parameters: Any, queries: Vectors, truth: Sequence[Answer], k: int) -> bool:
    found = index.search(queries, k, params=parameters)[1]
    shared = [len(set(rows.tolist()) & set(true.tolist())) for rows, (true, _) in zip(found, truth, strict=True)]
    return float(np.mean(shared)) / k >= RECALL_WANTED
