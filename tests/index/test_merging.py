"""The merged view over an index that approximates: what is gone is never proposed, what is new always is."""

from pathlib import Path

import numpy as np
import pytest

from index.anywhere import Anywhere, write_anywhere
from index.columns import Columns
from index.engine import Engine, Method
from index.facets import Facets
from index.hours import OpenHours
from index.limits import Attributes, Between, Limits
from index.merging import MergedProposer, MergedVectors, RowMap
from index.space.curve import NOWHERE, keys_of
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, flat_index
from tests.index.builders import a_listing
from tests.index.made_up import made_up

_ROWS, _NEW, _DIMENSION = 21_000, 50, 32


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, np.ndarray, RowMap]:
    country = made_up(_ROWS, _DIMENSION)
    folder: Path = tmp_path_factory.mktemp("anywhere") / "a"
    write_anywhere(country.vectors, folder)
    rng = np.random.default_rng(3)
    gone = rng.choice(_ROWS, 500, replace=False)
    new = [a_listing(id=f"new{number:03}") for number in range(_NEW)]
    new_vectors = rng.normal(size=(_NEW, _DIMENSION)).astype(np.float32)
    new_vectors /= np.linalg.norm(new_vectors, axis=1, keepdims=True)
    columns = country.columns
    keys = keys_of(columns.lat, columns.lon)
    located = int(np.searchsorted(keys, NOWHERE))
    # Only those that share a key with a new one are asked for their ids.
    old_ids = [a_listing()] * located + [a_listing(id=f"{row:05}") for row in range(located, _ROWS)]
    rows = RowMap.of(keys, gone, new, np.full(_NEW, NOWHERE), old_ids)
    both = columns.followed_by(Columns.of(new), rows.source)
    nothing = Facets([], np.zeros(1, np.int64), np.empty(0, np.int32))
    attributes = Attributes(both, OpenHours.of([None] * len(rows.source)), nothing)
    old = FaissVectors(flat_index(country.vectors, _DIMENSION))
    vectors = MergedVectors(old, FaissVectors(flat_index(new_vectors, _DIMENSION)), rows)
    proposer = MergedProposer(Anywhere.open(folder), rows)
    engine = Engine(SpaceIndex(both.lat, both.lon), vectors, attributes, proposer, tail=_NEW)
    return engine, np.concatenate([country.vectors, new_vectors])[rows.source], rows


def test_rows_stand_by_key_and_id_and_know_where_they_come_from(
    merged: tuple[Engine, np.ndarray, RowMap],
) -> None:
    _, whole, rows = merged
    assert len(rows.source) == _ROWS - 500 + _NEW == len(whole)
    assert np.array_equal(rows.here[rows.source], np.arange(len(rows.source)))
    assert np.count_nonzero(rows.here < 0) == 500
    assert rows.new_rows.tolist() == list(range(len(whole) - _NEW, len(whole))), "nowhere, and behind by their ids"


@pytest.mark.parametrize("limits", [None, Limits(price=Between(high=900))])
def test_the_tail_is_found_and_what_is_gone_is_not(
    merged: tuple[Engine, np.ndarray, RowMap], limits: Limits | None
) -> None:
    engine, whole, rows = merged
    kept = np.ones(len(whole), np.bool_)
    if limits is not None:
        kept = engine.attributes.columns.price <= 900
    hits = 0
    for number in range(40):
        query = whole[(number * 997) % len(whole)]
        found = engine.search(query, 10, limits=limits)
        assert (found.plan.method, found.plan.tail) == (Method.APPROXIMATE, _NEW)
        assert np.array_equal(found.scores, engine.search(query, 10, limits=limits).scores)
        reached = np.sort((whole @ query)[kept])[-10]
        hits += int(np.count_nonzero(found.scores >= reached - 1e-6))
        assert kept[found.rows].all()
    assert hits >= 0.95 * 400
    if limits is None:
        for row in rows.new_rows[:5].tolist():
            assert engine.search(whole[row], 1).rows.tolist() == [row]
