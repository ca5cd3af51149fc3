"""Cities whose words the code has never seen come out as well: a floor for each on nDCG@10."""

from collections.abc import Callable
from functools import cache

import pytest

from recommender.evaluation import evaluate, read_qrels, read_queries
from recommender.finder import Finder
from tests.recommender.conftest import finder_over
from tests.recommender.other_cities.judging import HERE, files_of
from tests.recommender.other_cities.report import CITIES

#: What is reached, rounded down; `python -m tests.recommender.other_cities.report` lists what is missing.
FLOORS = {
    ("linzhu", "val"): 0.98,
    ("linzhu", "second"): 0.98,
    ("calder", "val"): 0.98,
    ("calder", "second"): 0.97,
    ("tsoma", "val"): 0.95,
    ("tsoma", "second"): 0.99,
    ("wujing", "val"): 0.99,
    ("kazemori", "val"): 0.99,
    ("harul", "val"): 0.99,
    ("portnair", "val"): 0.98,
}


@pytest.fixture(scope="module")
def city_finder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Finder]:
    @cache
    def finder(name: str) -> Finder:
        return finder_over(tmp_path_factory.mktemp(name), HERE / name / "listings.jsonl")

    return finder


@pytest.mark.one_database("sqlite", "what is measured is the ranking; the database only fills its snapshot")
@pytest.mark.parametrize(("name", "split"), FLOORS)
def test_an_unseen_city_comes_out_as_well(name: str, split: str, city_finder: Callable[[str], Finder]) -> None:
    folder = HERE / name
    queries, qrels = read_queries(folder / f"queries_{split}.jsonl"), read_qrels(folder / f"qrels_{split}.tsv")

    _, figures = evaluate(city_finder(name), queries, qrels)

    assert figures.ndcg_at_10 >= FLOORS[name, split]


@pytest.mark.parametrize("name", CITIES)
def test_a_citys_files_are_what_its_module_writes(name: str) -> None:
    for file, text in files_of(CITIES[name]()).items():
        assert (HERE / name / file).read_text(encoding="utf-8") == text, file
