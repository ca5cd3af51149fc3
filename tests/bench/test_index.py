from pathlib import Path

import numpy as np
import pytest

from bench.index import CASES, measure
from bench.index_data import kinds_of_places, near_kinds
from bench.index_faiss import selectors
from bench.index_ready import oracle, prepare
from bench.index_scale import _write_vectors
from bench.kept import keep, made_by
from bench.listings import WORDS, said_of, write_listings
from index.reading import read_rows
from index.records import make_record
from index.vectors import FaissVectors


def test_every_system_is_measured_on_the_same_queries_and_the_exact_ones_find_all(tmp_path: Path) -> None:
    ready, _ = prepare(3_000, 4, tmp_path)
    rows = measure(ready, oracle(ready), with_faiss=False)
    assert {row["case"] for row in rows} == set(CASES)
    assert all(row.keys() == {"case", "system", "p50_ms", "p95_ms", "recall"} for row in rows)
    exact = {"baicha", "baicha-fp16", "baicha-int8", "floor"}
    assert {row["system"] for row in rows if row["case"] == "circle"} == exact
    assert {row["recall"] for row in rows if row["system"] in exact} == {1.0}


def test_a_selector_answers_with_the_rows_of_the_country(tmp_path: Path) -> None:
    ready, _ = prepare(3_000, 4, tmp_path)
    areas = [ready.area(query) for query in range(4)]
    for ask in selectors(ready.country, areas, ready.inside, 10, limited=False).values():
        for query in range(4):
            assert set(ask(query)[0].tolist()) <= set(ready.inside[query].tolist())


def test_vectors_written_in_parts_are_opened_by_faiss(tmp_path: Path) -> None:
    _write_vectors(tmp_path / "v.faiss", 700)
    kinds = kinds_of_places(np.random.default_rng(7))
    rng = np.random.default_rng(7)
    expected = near_kinds(kinds[rng.integers(0, len(kinds), 700)], rng)
    assert np.array_equal(FaissVectors.open(tmp_path / "v.faiss").stored, expected)


def test_what_is_kept_is_made_once_and_anew_when_it_was_interrupted_or_is_made_otherwise(tmp_path: Path) -> None:
    made: list[str] = []

    def make(folder: Path) -> None:
        (folder / "half").touch()
        made.append("begun")
        if len(made) == 1:
            raise OSError("the disk is full")
        assert [path.name for path in folder.iterdir()] == ["half"]

    with pytest.raises(OSError, match="full"):
        keep(tmp_path / "x", "one", make)
    for key in ("one", "one", "two", "two"):
        keep(tmp_path / "x", key, make)
    assert len(made) == 3
    assert made_by(keep) != made_by(make)


def test_made_up_listings_are_valid_say_forty_words_and_repeat_as_asked(tmp_path: Path) -> None:
    write_listings(tmp_path / "x.jsonl", 60, distinct=20)
    made = [row.values or {} for row in read_rows(tmp_path / "x.jsonl")]
    records = [make_record(values, source="x", crs="wgs84", from_table=False) for values in made]
    assert len({record.id for record in records}) == 60
    assert len({record.description or record.description_en for record in records}) == 20
    assert len(said_of(0)["description_en"].split()) == WORDS
