"""Asking from the terminal gives the API's answer, and evaluating gives the benchmark's figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.cli.conftest import ROOT, Run

SCORE = ROOT.parent / "shared" / "bench" / "score.py"
ROWS = (
    {"id": "zhuli", "category": "restaurant", "name": "竹里人家", "name_en": "Zhuli Kitchen", "price": 68,
     "dishes": ["竹林鸡"], "dishes_en": ["bamboo-forest chicken"], "lat": 30.53, "lon": 119.58, "made_up": True},
    {"id": "luming", "category": "hotel", "name": "鹿鸣茶舍", "name_en": "Luming Guesthouse", "price": 340,
     "tags": ["安静"], "tags_en": ["quiet"], "lat": 30.71, "lon": 119.72},
    {"id": "museum", "category": "attraction", "name": "生态博物馆", "name_en": "Eco Museum", "price": 0},
)  # fmt: skip


@pytest.fixture
def county(baicha: Run, tmp_path: Path) -> Run:
    """A data folder with three listings."""
    file = tmp_path / "listings.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    assert baicha("import", file).code == 0
    return baicha


def test_each_result_is_told_with_its_reasons(county: Run) -> None:
    done = county("search", "吃竹林鸡，人均80以下")
    lines = done.out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(" 1. "))
    assert "竹里人家" in lines[place]
    assert "虚构" in lines[place]
    assert "68 RMB/人" in lines[place]
    assert lines[place + 1].strip()


def test_the_answer_is_in_the_language_that_is_asked_for(county: Run) -> None:
    assert "(made up)" in county("search", "bamboo chicken").out
    assert "(made up)" in county("search", "竹林鸡", "--lang", "en").out


def test_json_is_the_reply_of_the_api(county: Run) -> None:
    reply = json.loads(county("search", "安静的民宿", "--json", "--limit", "2").out)
    assert {"results", "understood", "relaxed", "next"} <= set(reply)
    assert len(reply["results"]) == 2
    for result in reply["results"]:
        assert sum(result["terms"].values()) == pytest.approx(result["score"], abs=1e-9)


def test_a_place_to_be_near_gives_distances(county: Run) -> None:
    reply = json.loads(county("search", "附近吃饭", "--near", "30.53,119.59", "--json").out)
    zhuli = next(result for result in reply["results"] if result["id"] == "zhuli")
    assert zhuli["distance_m"] == pytest.approx(958, abs=5)


def test_asking_leaves_no_trace(county: Run) -> None:
    county("search", "安静的民宿")
    assert json.loads(county("status", "--json").out)["events"] == 0


@pytest.mark.parametrize("near", ["here", "95,119", "30.5"])
def test_what_is_no_place_is_refused(county: Run, near: str) -> None:
    done = county("search", "x", "--near", near)
    assert done.code == 2
    assert "--near takes" in done.err


@pytest.mark.parametrize("words", ["", "'; DROP TABLE listing; --", "🍜🍜", "\x00\x1b[31m", "竹" * 10_000])
def test_any_words_get_an_answer(county: Run, words: str) -> None:
    assert county("search", words).code == 0


def test_too_many_words_are_refused_in_one_line(county: Run) -> None:
    done = county("search", "竹" * 10_001)
    assert done.code == 2
    assert done.err.count("\n") == 1


def test_an_empty_folder_says_what_to_do_and_stays_empty(baicha: Run, data: Path) -> None:
    done = baicha("search", "x")
    assert done.code == 2
    assert "baicha import" in done.err
    assert not data.exists()


@pytest.fixture
def judged(tmp_path: Path) -> tuple[Path, Path]:
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text(
        '{"id": "q1", "text": "竹林鸡"}\n{"id": "q2", "text": "a quiet guesthouse"}\n{"id": "q3", "text": "museum"}\n',
        encoding="utf-8",
    )
    qrels.write_text("q1\tzhuli\t1\nq2\tluming\t1\nq3\tnowhere\t1\n", encoding="utf-8")
    return queries, qrels


def test_figures_are_one_json_object_that_the_shared_scorer_agrees_with(
    county: Run, judged: tuple[Path, Path], tmp_path: Path
) -> None:
    if not SCORE.exists():
        pytest.skip(f"no {SCORE}")
    queries, qrels = judged
    run = tmp_path / "run.jsonl"
    done = county("evaluate", "--queries", queries, "--qrels", qrels, "--run", run)
    figures = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert {"ndcg@10", "p@1", "p@10", "recall@50", "mrr", "queries", "ms_p50", "ms_p95"} == set(figures)
    assert figures["queries"] == 3
    scored = json.loads(subprocess.check_output([sys.executable, SCORE, run, qrels], text=True))
    assert scored == {name: figures[name] for name in scored}
    assert [set(json.loads(line)) for line in run.read_text(encoding="utf-8").splitlines()] == [{"query_id", "ids"}] * 3


@pytest.mark.parametrize("content", [None, "", "no json\n"], ids=["missing", "empty", "torn"])
def test_queries_that_cannot_be_read_are_named(
    county: Run, judged: tuple[Path, Path], content: str | None, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    if content is not None:
        wrong.write_text(content, encoding="utf-8")
    done = county("evaluate", "--queries", wrong, "--qrels", judged[1])
    assert (done.code, done.out) == (2, "")
    assert str(wrong) in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's disk that is always full")
def test_a_full_disk_says_what_to_do(county: Run, judged: tuple[Path, Path]) -> None:
    done = county("evaluate", "--queries", judged[0], "--qrels", judged[1], "--run", "/dev/full")
    assert (done.code, done.out) == (2, "")
    assert "the disk is full; free some space" in done.err
    assert done.err.count("\n") == 1


def test_a_run_that_cannot_be_written_is_refused_before_the_work(
    county: Run, judged: tuple[Path, Path], tmp_path: Path
) -> None:
    done = county("evaluate", "--queries", judged[0], "--qrels", judged[1], "--run", tmp_path / "no" / "run.jsonl")
    assert (done.code, done.out) == (2, "")
    assert "run.jsonl: No such file" in done.err


@pytest.mark.parametrize(("lang", "told"), [("zh", ("查找方式", "毫秒")), ("en", ("plan: ", "looked at"))])
def test_the_plan_is_told_in_both_languages(county: Run, lang: str, told: tuple[str, ...]) -> None:
    asked = ("附近五公里吃饭", "--near", "30.53,119.59", "--lang", lang)
    done = county("search", *asked, "--explain")
    assert all(word in done.out for word in told), done.out
    assert not any(word in county("search", *asked).out for word in told)
    plan = json.loads(county("search", *asked, "--explain", "--json").out)["plan"]
    assert (plan["method"], plan["rows"], plan["left"]) == ("exact", 3, 1)
