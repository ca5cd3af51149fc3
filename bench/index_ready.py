"""The country of `bench.index`, its index, and what is truly there: made once and kept (`bench.kept`)."""

import json
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import index_data
from bench.index_data import Country, make_country
from bench.kept import keep, made_by
from index import anywhere as anywhere_module
from index import vectors as vectors_module
from index.anywhere import Anywhere, write_anywhere
from index.arrays import load_array, save_arrays
from index.coarse import Sieve, open_coarse, write_coarse
from index.columns import Columns
from index.engine import Engine
from index.facets import Facets
from index.geodesy import distances_m
from index.hours import OpenHours
from index.limits import Attributes, Between, Limits
from index.listing import Category
from index.settings import Storage
from index.space import curve as curve_module
from index.space.areas import Circle
from index.space.curve import curve_order
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, Rows, Scores, best, write_faiss

K = 10
RADIUS_M = 5_000.0
#: Two limits that leave a tenth: half of the rows are restaurants, a fifth of them below this price.
PRICE_BELOW = 25.1
LIMITS = Limits(categories=frozenset({Category.RESTAURANT}), price=Between(high=PRICE_BELOW))
#: What of `index.anywhere` tells what it writes.
_WRITING = (
    *("write_anywhere", "_write_lists", "_blocks", "_quick_centres", "_trained", "ENOUGH_ROWS", "_TRAINED_ON"),
    *("_TRAINING_ROUNDS", "_SEED", "_COMPONENTS_A_CODE", "_COMPONENTS_A_CENTRES_CODE", "_MANY_CENTRES", "_FIRST_EACH"),
    *("_BLOCK", "_INDEX", "_CENTRES", "_LISTS", "_SIZES"),
)
Answer = tuple[Rows, Scores]


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """The country in row order, its engine, and for each query where it asks and what is truly there."""

    country: Country
    engine: Engine
    stored: FaissVectors
    inside: list[NDArray[np.int64]]
    left: list[NDArray[np.int64]]
    folder: Path

    def area(self, query: int) -> Circle:
        """Return the circle of a query."""
        lat, lon = self.country.centres[query]
        return Circle(float(lat), float(lon), RADIUS_M)

    def coarse(self, storage: Storage) -> Sieve:
        """Return the rounded vectors."""
        folder = self.folder / f"coarse-{storage}"
        key = made_by(write_coarse)
        keep(folder, key, lambda made: write_coarse(self.country.vectors, storage, made / "of"))
        return open_coarse(folder / "of")


def country_folder(cache: Path, rows: int, queries: int) -> Path:
    """Return where a country and all that is made of it stand: another one wherever it is made in another way."""
    return cache / f"index-{rows}-{queries}-{made_by(index_data, curve_module, RADIUS_M, PRICE_BELOW)}"


def written_anywhere() -> str:
    """Return a digest of all that tells what `write_anywhere` writes; how it is searched needs nothing built anew."""
    return made_by(*(getattr(anywhere_module, name) for name in _WRITING))


def prepare(rows: int, queries: int, folder: Path) -> tuple[Ready, dict[str, Any]]:
    """Make the country and its index in a folder, unless they are there, and open it as a service does."""
    keep(folder / "country", "", lambda made: _make(rows, queries, made))
    arrays: dict[str, Any] = {
        part.name: load_array(folder / "country" / f"{part.name}.npy") for part in fields(Country)
    }
    country = Country(**arrays)
    build_s = keep(folder / "own", made_by(written_anywhere(), vectors_module), lambda made: _build(country, made))
    own = folder / "own"
    began = time.perf_counter()
    vectors = FaissVectors.open(own / "vectors.faiss")
    anywhere = Anywhere.open(own / "anywhere") if (own / "anywhere").exists() else None
    open_s = time.perf_counter() - began
    columns = _columns(country)
    attributes = Attributes(
        columns, OpenHours.of([None] * rows), Facets([], np.zeros(1, np.int64), np.empty(0, np.int32))
    )
    engine = Engine(SpaceIndex(columns.lat, columns.lon), vectors, attributes, anywhere)
    approximate = sum(path.stat().st_size for path in (own / "anywhere").rglob("*") if path.is_file())
    built = {
        "rows": rows,
        "index_s": build_s,
        "open_vectors_s": round(open_s, 4),
        "memory_over_vectors": round(1 + (approximate + rows * (8 + 24)) / country.vectors.nbytes, 3),
    }
    keep(folder / "truth", "", lambda made: _tell_truth(country, made))
    inside = _listed(folder / "truth", "inside")
    left = [part[(country.category[part] == 0) & (country.price[part] <= PRICE_BELOW)] for part in inside]
    return Ready(country, engine, vectors, inside, left, folder), built


def _make(rows: int, queries: int, folder: Path) -> None:
    made = make_country(rows, queries)
    order = curve_order(made.lats, made.lons)
    asked = {"queries", "centres"}
    arrays = {part.name: getattr(made, part.name) for part in fields(Country)}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array if name in asked else array[order], allow_pickle=False)


def _build(country: Country, folder: Path) -> None:
    write_faiss(country.vectors, country.vectors.shape[1], folder / "vectors.faiss")
    write_anywhere(country.vectors, folder / "anywhere")


def _tell_truth(country: Country, folder: Path) -> None:
    inside = [
        np.flatnonzero(distances_m(lat, lon, country.lats, country.lons) <= RADIUS_M) for lat, lon in country.centres
    ]
    save_arrays(folder / "inside", rows=np.concatenate(inside), ends=np.cumsum([len(part) for part in inside]))
    left = [part[(country.category[part] == 0) & (country.price[part] <= PRICE_BELOW)] for part in inside]
    vectors, queries = country.vectors, country.queries
    for case, parts in (("circle", inside), ("circle-limits", left)):
        _save_answers(
            folder / f"{case}.npz",
            [best(part, vectors[part] @ query, K) for part, query in zip(parts, queries, strict=True)],
        )
    everywhere = np.arange(len(vectors))
    _save_answers(folder / "anywhere.npz", [best(everywhere, vectors @ query, K) for query in queries])
    (folder / "asked.json").write_text(json.dumps({"radius_m": RADIUS_M}), encoding="utf-8")


def _save_answers(path: Path, answers: list[Answer]) -> None:
    rows, scores = np.full((len(answers), K), -1, np.int64), np.zeros((len(answers), K), np.float32)
    for number, (found, found_scores) in enumerate(answers):
        rows[number, : len(found)], scores[number, : len(found)] = found, found_scores
    np.savez(path, rows=rows, scores=scores)


def oracle(ready: Ready) -> dict[str, list[Answer]]:
    """Return the best rows of each case and query, told by looking at all of them."""
    truth = {}
    for case in ("circle", "circle-limits", "anywhere"):
        with np.load(ready.folder / "truth" / f"{case}.npz") as told:
            truth[case] = [
                (rows[rows >= 0], scores[rows >= 0]) for rows, scores in zip(told["rows"], told["scores"], strict=True)
            ]
    return truth


def _listed(folder: Path, name: str) -> list[NDArray[np.int64]]:
    rows, ends = np.load(folder / name / "rows.npy"), np.load(folder / name / "ends.npy")
    return np.split(rows, ends[:-1])


def _columns(country: Country) -> Columns:
    nothing = np.full(len(country.lats), np.nan)
    return Columns(
        lat=country.lats,
        lon=country.lons,
        coordinates_accuracy_m=nothing,
        price=country.price,
        rating=nothing,
        stars=nothing,
        price_level=nothing,
        duration_min=nothing,
        duration_max=nothing,
        category=country.category,
    )
