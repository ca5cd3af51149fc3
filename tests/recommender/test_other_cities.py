"""Cities whose words the code has never seen come out as well: a floor for each on nDCG@10."""

from collections.abc import Callable

import pytest

from recommender.evaluation import evaluate, read_qrels, read_queries
from recommender.finder import Finder
from tests.recommender.conftest import finder_over
from tests.recommender.other_cities.judging import HERE, files_of
from tests.recommender.other_cities.report import CITIES

#: What is reached, rounded down; `python -m tests.recommender.other_cities.report` lists what is missing.
FLOORS = {"linzhu": 0.91, "calder": 0.95, "tsoma": 0.90}


@pytest.fixture(scope="session")
def city_finder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Finder]:
    return lambda name: finder_over(tmp_path_factory.mktemp(name), HERE / name / "listings.jsonl")


@pytest.mark.parametrize("name", CITIES)
def test_an_unseen_city_comes_out_as_well(name: str, city_finder: Callable[[str], Finder]) -> None:
    queries, qrels = read_queries(HERE / name / "queries_val.jsonl"), read_qrels(HERE / name / "qrels_val.tsv")

    _, figures = evaluate(city_finder(name), queries, qrels)

    assert figures.ndcg_at_10 >= FLOORS[name]


@pytest.mark.parametrize("name", CITIES)
def test_a_citys_files_are_what_its_module_writes(name: str) -> None:
    for file, text in files_of(CITIES[name]()).items():
        assert (HERE / name / file).read_text(encoding="utf-8") == text, file
