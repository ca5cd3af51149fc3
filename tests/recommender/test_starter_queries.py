"""Three hundred queries of tourists over the starter data, and thirty needs each said in four ways.

`python -m tests.recommender.starter_queries.report` prints the same failures, grouped by kind of limit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.recommender.starter_queries.asking import Asker, starter_finder
from tests.recommender.starter_queries.checking import Failure, listed, satisfying
from tests.recommender.starter_queries.county import County
from tests.recommender.starter_queries.facts import (
    BadRowError,
    Scene,
    Which,
    alternatives,
    read_facts,
    split,
    things_of,
)
from tests.recommender.starter_queries.limits import read_expected
from tests.recommender.starter_queries.tables import (
    USUAL_NOW,
    Mark,
    Need,
    StarterQuery,
    read_known_failures,
    read_needs,
    read_queries,
)

#: How many may fail at most; each is named in known_failures.csv with its reason.
QUERIES_THAT_MAY_FAIL = 12
NEEDS_THAT_MAY_FAIL = 3
#: Words of a fact after which names of the data stand.
NAMING = ("is", "category", "kind", "serves", "has", "tagged", "in")


@pytest.fixture(scope="module")
def county() -> County:
    return County.read()


@pytest.fixture(scope="module")
def queries(county: County) -> list[StarterQuery]:
    return [*read_queries(county, "zh"), *read_queries(county, "en")]


@pytest.fixture(scope="module")
def needs() -> list[Need]:
    return read_needs()


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Asker:
    folder: Path = tmp_path_factory.mktemp("starter")
    return Asker(starter_finder(folder))


# --- the tables themselves, without the recommender -------------------------------------------------------------


def test_there_are_150_different_queries_in_each_language(queries: list[StarterQuery]) -> None:
    assert Counter(row.language for row in queries) == {"zh": 150, "en": 150}
    assert len({row.id for row in queries}) == 300
    assert len({row.text for row in queries}) == 300


def test_every_need_is_said_in_four_different_ways(needs: list[Need]) -> None:
    assert len({need.id for need in needs}) == 30
    assert all(len({text for _, text in need.texts}) == 4 for need in needs)
    assert all(text for need in needs for _, text in need.texts)


def test_every_cell_can_be_read(queries: list[StarterQuery], needs: list[Need], county: County) -> None:
    for row in queries:
        read_facts(row.must, row.scene)
        read_expected(row.understood, row.scene)
    for need in needs:
        assert read_expected(need.understood, Scene(county, USUAL_NOW)), need.id


def test_every_usual_query_asks_something_of_the_answer(queries: list[StarterQuery]) -> None:
    assert [row.id for row in queries if row.mark is Mark.USUAL and not (row.must or row.must_not)] == []
    assert [row.id for row in queries if row.mark is not Mark.USUAL and (row.must or row.must_not)] == []


def test_every_word_in_a_fact_is_a_word_of_the_data(queries: list[StarterQuery], county: County) -> None:
    unknown = []
    for row in queries:
        for fact in read_facts(f"{row.must};{row.must_not}", row.scene):
            words = fact.text.removeprefix(fact.which.value).removeprefix(fact.word).strip()
            if fact.word in NAMING:
                unknown += [
                    f"{row.id}: {word}"
                    for word in alternatives(words)
                    if not any(
                        word.casefold() in thing for one in county.listings for thing in things_of(fact.word, one)
                    )
                ]
    assert unknown == []


def test_every_query_can_be_satisfied_by_a_listing(queries: list[StarterQuery]) -> None:
    hopeless = []
    for row in queries:
        facts, unwanted = read_facts(row.must, row.scene), read_facts(row.must_not, row.scene)
        fitting = [one for one in satisfying(facts, row.scene) if not any(fact.holds(one) for fact in unwanted)]
        wanted = [fact for fact in facts if fact.which is not Which.EACH]
        hopeless += [f"{row.id}: {row.text}"] if not fitting else []
        hopeless += [f"{row.id}: {fact.text}" for fact in wanted if not any(map(fact.holds, fitting))]
    assert hopeless == []


def test_what_must_not_come_is_said_of_each_of_the_first_three(queries: list[StarterQuery]) -> None:
    facts = [(row.id, fact) for row in queries for fact in read_facts(row.must_not, row.scene)]
    assert [row for row, fact in facts if fact.which is not Which.EACH] == []


def test_every_known_failure_is_a_row_of_the_tables(queries: list[StarterQuery], needs: list[Need]) -> None:
    assert set(read_known_failures()) <= {row.id for row in queries} | {need.id for need in needs}


def test_every_kind_of_limit_is_asked_for_in_both_languages(queries: list[StarterQuery]) -> None:
    for language in ("zh", "en"):
        words = {part.split()[0] for row in queries if row.language == language for part in split(row.understood)}
        assert words >= {
            *("category", "kind", "price", "cheap", "expensive", "rating", "stars", "has", "dish", "tag", "takes"),
            *("open", "in", "near", "within", "party", "not", "cheapest", "nearest", "best", "name"),
        }


# --- the recommender --------------------------------------------------------------------------------------------


def test_tourists_find_what_they_ask_for(asker: Asker, queries: list[StarterQuery]) -> None:
    _must_be_known(asker.failing(queries), {row.id for row in queries}, QUERIES_THAT_MAY_FAIL)


def test_a_need_is_understood_the_same_however_it_is_said(asker: Asker, needs: list[Need], county: County) -> None:
    _must_be_known(asker.failing_needs(needs, county), {need.id for need in needs}, NEEDS_THAT_MAY_FAIL)


def _must_be_known(wrong: Mapping[str, Sequence[Failure]], rows: set[str], most: int) -> None:
    """Fail with a readable list when a row fails that is not known to, a known one passes, or too many fail."""
    known = {row: reason for row, reason in read_known_failures().items() if row in rows}
    report = listed(wrong, known)
    if report or len(wrong) > most:
        pytest.fail(f"{len(wrong)} of {len(rows)} fail, {most} may:\n" + "\n".join(report), pytrace=False)


# --- the vocabulary means what README.md says -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "name", "holds"),
    [
        ("is Yucun Village", "余村", True),
        ("kind village", "余村", True),
        ("serves 竹林鸡 or 百笋宴", "竹里人家农家乐", True),
        ("serves 臭鳜鱼", "竹里人家农家乐", False),
        ("price free", "余村", True),
        ("price at most 60", "竹里人家农家乐", False),
        ("price at most 60", "安吉阿丽拉酒店", False),
        ("takes 1 to 2 hours", "龙王山", False),
        ("within 1 km of 余村", "竹里人家农家乐", True),
        ("within 1 km of 余村", "梅溪羊肉馆", False),
        ("on the way from 安吉站 to 余村", "递铺老味道", True),
        ("on the way from 安吉站 to 余村", "岭西徽味", False),
        ("open at Monday 14:00", "余村竹编手作坊", False),
        ("open at Monday 14:00", "余村", False),
        ("not shut at Monday 14:00", "余村", True),
        ("real", "余村", True),
        ("made up", "余村", False),
        ("says giant pandas", "安吉竹子博览园", True),
    ],
)
def test_a_fact_is_checked_against_the_record(county: County, fact: str, name: str, *, holds: bool) -> None:
    listing = county.named(name)
    assert listing is not None
    assert read_facts(fact, Scene(county, USUAL_NOW))[0].holds(listing) is holds


@pytest.mark.parametrize(
    "cell", ["prise at most 80", "within 5 km of Atlantis", "open at Funday 10:00", "within 5 km of here"]
)
def test_a_cell_that_cannot_be_read_is_said(county: County, cell: str) -> None:
    with pytest.raises(BadRowError):
        read_facts(cell, Scene(county, USUAL_NOW))


@pytest.mark.parametrize("cell", ["prize at most 80", "party of five", "open sometimes"])
def test_an_understanding_that_cannot_be_read_is_said(county: County, cell: str) -> None:
    with pytest.raises(BadRowError):
        read_expected(cell, Scene(county, USUAL_NOW))


def test_an_unmet_fact_a_missed_limit_and_a_wrong_result_are_each_reported(asker: Asker, county: County) -> None:
    scene = Scene(county, USUAL_NOW)
    row = StarterQuery("x1", "火锅", "zh", "price at most 5", "kind 日料", "kind 火锅", Mark.USUAL, scene)
    assert {failure.group for failure in asker.failing([row])["x1"]} == {"price", "kind", "not kind"}


def test_a_query_that_can_be_satisfied_is_no_impossible_one(asker: Asker, county: County) -> None:
    row = StarterQuery("x2", "玩", "zh", "", "", "", Mark.IMPOSSIBLE, Scene(county, USUAL_NOW))
    assert [failure.group for failure in asker.failing([row])["x2"]] == ["relaxed"]
