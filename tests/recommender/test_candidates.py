"""What is scored instead of everything gives the pages that scoring everything gives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.index_data import make_country
from index.anywhere import Anywhere, write_anywhere
from index.engine import Engine, Method
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, flat_index
from recommender import candidates as narrowing
from recommender import finder as finding
from recommender.candidates import Visible, candidates, narrowed
from recommender.finder import Finder
from recommender.query import LimitKind
from recommender.result import Answer
from tests.recommender.conftest import ask

EVERYWHERE = Visible(np.empty(0, np.int64), None)
HERE = (30.6, 119.65)
QUESTIONS = (
    "附近有没有咖啡店", "适合带孩子的农家乐，人均100以下", "便宜的民宿", "评分最高的景点", "离余村最近的酒店",
    "安静的茶园", "藏龙百瀑", "现在开门的餐馆", "从安吉站到余村路上吃饭", "天荒坪镇的农家乐有包厢",
    "竹海里能看日落的地方", "", "a quiet place with a view", "a hotel with a pool under 500",
    "something spicy within 5 km",
    "the cheapest guesthouse", "5公里以内的农家乐，人均30以下，有泳池", "3公里以内的火锅店，人均50以下，评分4.9以上",
    "不要农家乐的餐馆，人均20以下，评分4.5以上", "five star hotels under 100 with a pool within 2 km",
    "周日开门的博物馆，免费", "杭州的海鲜火锅，现在营业，人均40以下",
)  # fmt: skip


def shown(answer: Answer) -> list[tuple[str, float]]:
    return [(result.listing.id, result.score) for result in answer.results]


@pytest.mark.parametrize("page", [{"offset": 0}, {"offset": 20}, {"offset": 0, "origin": HERE}])
def test_pages_are_the_same_where_only_what_can_win_is_scored(
    starter: Finder, monkeypatch: pytest.MonkeyPatch, page: dict[str, Any]
) -> None:
    requests = [ask(text, **page) for text in QUESTIONS]
    with monkeypatch.context() as everything:
        everything.setattr(finding, "slack_of", lambda _query, _weights: None)
        whole = [starter.find(request) for request in requests]
    monkeypatch.setattr(narrowing, "SCORED_ROWS", 0)
    for request, answer in zip(requests, whole, strict=True):
        few = starter.find(request)
        assert shown(few) == shown(answer), request.text
        assert (few.total, few.relaxed) == (answer.total, answer.relaxed)


def test_an_areas_rows_are_those_that_its_mask_leaves(starter: Finder) -> None:
    for text in ("5公里以内的民宿", "附近三公里吃饭人均80以下", "restaurants within 8 km open now"):
        query = starter.understand(ask(text, origin=HERE))
        hard = [limit for limit in query.limits if limit.hard]
        assert any(limit.kind is LimitKind.NEAR for limit in hard)
        found = candidates(starter.snapshot, starter.masks, hard, EVERYWHERE, enough=1)
        masks = np.all([starter.masks.of(limit) for limit in hard], axis=0)
        assert found.rows.tolist() == np.flatnonzero(masks).tolist()
        assert found.total == len(found.rows) > 0


def test_the_plan_tells_what_a_search_read(starter: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(starter.snapshot.listings)
    near = starter.find(ask("附近五公里的餐馆", origin=HERE))
    assert near.plan is not None
    assert (near.plan.method, near.plan.area, near.plan.left) == (Method.EXACT, "circle", near.total)
    assert near.plan.ranges >= 1
    assert near.total <= near.plan.looked_at < size
    assert near.plan.scored == near.total
    assert list(near.took_ms) == ["understand", "candidates", "rank", "reasons"]
    way = starter.find(ask("从安吉站到余村路上吃饭"))
    assert way.plan is not None
    assert way.plan.area in {None, "corridor"}
    anywhere = starter.find(ask("安静的茶园"))
    assert anywhere.plan is not None
    assert (anywhere.plan.method, anywhere.plan.area, anywhere.plan.looked_at) == (Method.EXACT, None, size)
    assert anywhere.plan.left == anywhere.total
    monkeypatch.setattr(narrowing, "SCORED_ROWS", 0)
    narrow = starter.find(ask("附近五公里的餐馆", origin=HERE)).plan
    assert narrow is not None
    assert (narrow.method is Method.APPROXIMATE) == (narrow.scored < near.total)


@pytest.mark.parametrize("origin", [None, HERE])
def test_few_rows_satisfy_what_they_do_among_all(starter: Finder, origin: tuple[float, float] | None) -> None:
    rows = np.arange(0, len(starter.snapshot.listings), 7)
    for text in QUESTIONS:
        for limit in starter.understand(ask(text, origin=origin)).limits:
            mask = starter.masks.of(limit)
            assert starter.masks.on(limit, rows).tolist() == mask[rows].tolist(), (text, limit.id)
            assert starter.masks.holds(limit) == mask.any(), (text, limit.id)


def test_of_very_many_rows_hardly_a_winner_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "SCORED_ROWS", 0)
    country = make_country(20_000, 200)
    write_anywhere(country.vectors, tmp_path / "anywhere")
    vectors = FaissVectors(flat_index(country.vectors, country.vectors.shape[1]))
    attributes: Any = None
    space = SpaceIndex(country.lats[:1], country.lons[:1])
    engine = Engine(space, vectors, attributes, Anywhere.open(tmp_path / "anywhere"))
    rng = np.random.default_rng(5)
    rows = np.arange(len(country.vectors))
    hits = 0
    for query in country.queries:
        # A rating, a wish that a third of them keep, and words that few have.
        rest = rng.uniform(0.07, 0.15, len(rows)) + 2.0 * (rng.random(len(rows)) < 1 / 3)
        rest[rng.integers(0, len(rows), 300)] += rng.uniform(0, 0.6, 300)
        total = rest + np.maximum(country.vectors @ query, 0.0)
        best = np.argsort(-total, kind="stable")[:10]
        kept = narrowed(engine, query, rest, rows, 10, 1.0)
        assert len(kept) < len(rows) / 2
        hits += len(np.intersect1d(best, kept))
    assert hits >= 0.98 * 10 * len(country.queries)
