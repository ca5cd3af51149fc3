import json
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import UnreadableInput
from recommender.evaluation import EvalQuery, Ranked, evaluate, figures, figures_by, read_qrels, read_queries
from recommender.finder import Finder
from tests.conftest import BENCH_DATA

SCORER = BENCH_DATA.parent / "bench" / "score.py"
QRELS = {"q1": frozenset({"a", "b", "z"}), "q2": frozenset({"c"}), "q3": frozenset({"d"})}
RUN = [Ranked("q1", ("x", "a", "a", "b"), 1.0), Ranked("q2", ("c",), 3.0)]


def test_figures_are_those_of_the_definition() -> None:
    found = figures(RUN, QRELS)
    assert found.queries == 3
    assert found.p_at_1 == pytest.approx(1 / 3, abs=1e-4)
    assert found.mrr == pytest.approx((0.5 + 1 + 0) / 3, abs=1e-4)
    assert found.recall_at_50 == pytest.approx((2 / 3 + 1 + 0) / 3, abs=1e-4)
    assert found.ms_p50 == 2.0
    assert set(found.as_json()) == {
        "ndcg@10", "p@1", "p@10", "recall@50", "mrr", "queries", "ms_p50", "ms_p95",
    }  # fmt: skip


@pytest.mark.skipif(not SCORER.is_file(), reason="the shared scorer is not laid")
def test_the_shared_scorer_agrees(tmp_path: Path) -> None:
    run, qrels = tmp_path / "run.jsonl", tmp_path / "qrels.tsv"
    run.write_text("\n".join(json.dumps({"query_id": row.query_id, "ids": row.ids}) for row in RUN), encoding="utf-8")
    lines = [f"{query}\t{listing}\t1" for query, listings in QRELS.items() for listing in sorted(listings)]
    qrels.write_text("\n".join(lines), encoding="utf-8")
    printed = subprocess.run([sys.executable, SCORER, run, qrels], check=True, capture_output=True, text=True).stdout
    ours = figures(RUN, QRELS).as_json()
    assert json.loads(printed) == {name: ours[name] for name in json.loads(printed)}


def test_figures_come_by_domain_and_by_kind() -> None:
    queries = [EvalQuery("q1", "", "hotel", "search"), EvalQuery("q2", "", "hotel", "name"), EvalQuery("q9", "", "x")]
    found = figures_by(RUN, QRELS, queries)
    assert {group: row.queries for group, row in found.items()} == {"hotel": 2, "name": 1, "search": 1}


def test_a_finder_is_measured_from_the_text_alone(city: Finder) -> None:
    queries = [EvalQuery("q1", "望潮区的渔家菜"), EvalQuery("q2", "老港区的博物馆")]
    run, found = evaluate(city, queries, {"q1": frozenset({"r2"}), "q2": frozenset({"a2"})})
    assert [row.ids[0] for row in run] == ["r2", "a2"]
    assert found.ndcg_at_10 == 1.0
    assert found.ms_p95 >= found.ms_p50 > 0


def test_files_are_read_and_bad_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text('{"id": "q1", "text": "茶", "domain": "hotel"}\n\n{"id": 1}\n', encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"queries\.jsonl:3"):
        read_queries(file)
    file.write_text("q1\tl1\t1\nq1\tl2\t1\n", encoding="utf-8")
    assert read_qrels(file) == {"q1": frozenset({"l1", "l2"})}
    file.write_text("q1 l1\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match=":1"):
        read_qrels(file)
    with pytest.raises(UnreadableInput, match="cannot read"):
        read_queries(tmp_path / "missing.jsonl")


def test_the_english_benchmark_is_understood(cambridge: Finder) -> None:
    folder = BENCH_DATA / "multiwoz"
    queries, qrels = read_queries(folder / "queries_val.jsonl"), read_qrels(folder / "qrels_val.tsv")
    _, found = evaluate(cambridge, queries, qrels)
    assert found.ndcg_at_10 >= 0.94
