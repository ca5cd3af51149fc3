"""A made-up country for `bench.index`: places clustered as towns are, vectors clustered as kinds of place are. Seeded.

Towns have 500 places each on average, whatever the number of rows, so that a circle of 5 km holds about as many places
in a county as in a country: what changes with the rows is only how much lies elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIMENSION = 384
PLACES_A_TOWN = 500
_KINDS = 400
_SPREAD_DEGREES = 0.02
#: Length of the noise beside a kind's unit vector: two places of a kind have a cosine of about 0.4.
_NOISE = 1.2
_CHUNK = 50_000
_CATEGORY_SHARES = (0.5, 0.3, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """Columns in no order; `category` is 0, 1 or 2, `price` between 10 and 1,000, `queries` unit vectors."""

    lats: NDArray[np.float64]
    lons: NDArray[np.float64]
    category: NDArray[np.int8]
    price: NDArray[np.float64]
    vectors: NDArray[np.float32]
    queries: NDArray[np.float32]
    centres: NDArray[np.float64]


def make_country(rows: int, queries: int, seed: int = 7) -> Country:
    """Make it; each query has a kind and the centre of a town."""
    rng = np.random.default_rng(seed)
    towns = max(1, rows // PLACES_A_TOWN)
    places = np.stack([rng.uniform(20, 45, towns), rng.uniform(80, 122, towns)], axis=1)
    # Towns differ in size as cities do: most are small, a few large.
    weight = rng.pareto(2.0, towns) + 1.0
    town = rng.choice(towns, rows, p=weight / weight.sum())
    spots = places[town] + rng.normal(0, _SPREAD_DEGREES, (rows, 2))
    kinds = kinds_of_places(rng)
    kind = rng.integers(0, _KINDS, rows)
    vectors = np.empty((rows, DIMENSION), np.float32)
    for start in range(0, rows, _CHUNK):
        cut = slice(start, min(start + _CHUNK, rows))
        vectors[cut] = near_kinds(kinds[kind[cut]], rng)
    asked_near = places[rng.choice(towns, queries, p=weight / weight.sum())]
    return Country(
        lats=spots[:, 0],
        lons=spots[:, 1],
        category=rng.choice(3, rows, p=_CATEGORY_SHARES).astype(np.int8),
        price=np.exp(rng.uniform(np.log(10), np.log(1000), rows)),
        vectors=vectors,
        queries=near_kinds(kinds[rng.integers(0, _KINDS, queries)], rng),
        centres=asked_near,
    )


def kinds_of_places(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a unit vector for each kind."""
    return _units(rng.standard_normal((_KINDS, DIMENSION), dtype=np.float32))


def near_kinds(kinds: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a unit vector near each of those given, as places of a kind are alike."""
    noise = rng.standard_normal(kinds.shape, dtype=np.float32) * np.float32(_NOISE / DIMENSION**0.5)
    return _units(kinds + noise)


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    made: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return made
