from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import anywhere as anywhere_module
from index import engine as engine_module
from index.anywhere import Anywhere, write_anywhere
from index.coarse import open_coarse, write_coarse
from index.engine import Engine, Method, SearchEngine
from index.facets import Facet
from index.limits import Between, Limits
from index.listing import Category
from index.settings import Storage
from index.space.areas import Area, Box, Circle, Corridor, Polygon
from index.space.ranges import SpaceIndex
from index.vectors import FaissVectors, write_faiss
from tests.index.made_up import MONDAY_NOON, MadeUp, made_up

_LIMITS = [
    None,
    Limits(),
    Limits(categories=frozenset({Category.HOTEL})),
    Limits(categories=frozenset({Category.HOTEL, Category.ATTRACTION}), price=Between(100, 400)),
    Limits(rating=Between(low=4.5), having=[(Facet.FACILITY, "停車場")]),
    Limits(open_at=MONDAY_NOON, price=Between(high=300)),
    Limits(having=[(Facet.FACILITY, "泳池")]),
]


class Conformance:
    """What every engine must do; an implementation's test class inherits it."""

    size = 3000

    @pytest.fixture(scope="class")
    @classmethod
    def country(cls) -> MadeUp:
        return made_up(cls.size)

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, country: MadeUp, tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
        return cls.make(country, tmp_path_factory.mktemp("engine"))

    @classmethod
    def make(cls, country: MadeUp, folder: Path) -> SearchEngine:
        raise NotImplementedError

    @pytest.mark.parametrize("limits", _LIMITS)
    @pytest.mark.parametrize("radius", [None, 500.0, 5_000.0, 300_000.0])
    def test_it_finds_what_a_look_at_every_row_finds(
        self, engine: SearchEngine, country: MadeUp, limits: Limits | None, radius: float | None
    ) -> None:
        for row in (0, self.size // 4, self.size * 2 // 3):
            at = country.columns
            area = None if radius is None else Circle(float(at.lat[row]), float(at.lon[row]), radius)
            query = country.vectors[row]
            for k in (1, 10, 200):
                rows, scores = country.oracle(query, k, area, limits)
                found = engine.search(query, k, area=area, limits=limits, exact=True)
                assert len(found.rows) == len(rows)
                assert np.allclose(found.scores, scores, atol=1e-6)
                assert np.allclose(country.vectors[found.rows] @ query, found.scores, atol=1e-6)
                assert len(set(found.rows.tolist())) == len(rows)

    @pytest.mark.parametrize("limits", _LIMITS[:3])
    def test_it_finds_the_same_in_boxes_polygons_and_corridors(
        self, engine: SearchEngine, country: MadeUp, limits: Limits | None
    ) -> None:
        lat, lon = float(country.columns.lat[5]), float(country.columns.lon[5])
        outline = [(lat - 1, lon - 1), (lat + 2, lon), (lat - 1, lon + 1), (lat, lon)]
        hole = [(lat + 0.2, lon - 0.2), (lat + 0.4, lon), (lat + 0.2, lon + 0.2)]
        areas = (
            Box(lat - 0.02, lon - 0.02, lat + 0.02, lon + 0.02),
            Box(-90, lon, 90, lon - 0.01),
            Polygon([outline]),
            Polygon([outline, hole]),
            Corridor(((lat, lon), (30.0, 119.0), (29.0, 121.0)), 20_000.0),
        )
        for area in areas:
            for k in (3, 400):
                rows, scores = country.oracle(country.vectors[5], k, area, limits)
                assert limits not in (None, Limits()) or len(rows) >= 3
                found = engine.search(country.vectors[5], k, area=area, limits=limits, exact=True)
                assert len(set(found.rows.tolist())) == len(found.rows) == len(rows)
                assert np.allclose(found.scores, scores, atol=1e-6)
                assert np.allclose(country.vectors[found.rows] @ country.vectors[5], found.scores, atol=1e-6)

    def test_more_results_than_candidates_are_all_candidates(self, engine: SearchEngine, country: MadeUp) -> None:
        area = Circle(float(country.columns.lat[5]), float(country.columns.lon[5]), 2_000)
        rows, _ = country.oracle(country.vectors[5], 10_000, area, None)
        assert sorted(engine.search(country.vectors[5], 10_000, area=area).rows.tolist()) == sorted(rows)

    def test_nothing_is_found_where_nothing_is(self, engine: SearchEngine, country: MadeUp) -> None:
        for area in (Circle(-60.0, 0.0, 1_000), Box(80, 170, 85, -170)):
            assert len(engine.search(country.vectors[0], 5, area=area).rows) == 0
        assert len(engine.search(country.vectors[0], 0).rows) == 0

    def test_it_knows_its_size(self, engine: SearchEngine) -> None:
        assert len(engine) == self.size


def _engine(country: MadeUp, folder: Path, anywhere: Anywhere | None = None, storage: Storage = "fp32") -> Engine:
    write_faiss(country.vectors, country.vectors.shape[1], folder / "vectors.faiss")
    space = SpaceIndex(country.columns.lat, country.columns.lon)
    write_coarse(country.vectors, storage, folder / "coarse")
    coarse = open_coarse(folder / "coarse") if storage != "fp32" else None
    return Engine(space, FaissVectors.open(folder / "vectors.faiss"), country.attributes, anywhere, coarse)


class TestEngine(Conformance):
    @classmethod
    def make(cls, country: MadeUp, folder: Path) -> SearchEngine:
        return _engine(country, folder)

    def test_the_plan_tells_what_was_read(self, engine: SearchEngine, country: MadeUp) -> None:
        area = Circle(float(country.columns.lat[5]), float(country.columns.lon[5]), 2_000)
        plan = engine.search(country.vectors[5], 3, area=area, limits=_LIMITS[2]).plan
        rows, _ = country.oracle(country.vectors[5], 10_000, area, _LIMITS[2])
        assert (plan.method, plan.scored) == (Method.EXACT, len(rows))
        assert plan.scored <= plan.looked_at < 1_000
        assert 1 <= plan.ranges < 20


class TestHalfPrecision(Conformance):
    @classmethod
    def make(cls, country: MadeUp, folder: Path) -> SearchEngine:
        return _engine(country, folder, storage="fp16")

    def test_the_first_stage_lets_those_pass_that_rounding_cannot_tell_apart(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(4)
        vectors = rng.standard_normal((3_000, 32), dtype=np.float32)
        # Hundreds that are alike but for the last digits: more than the first round looks at.
        vectors[1_000:1_400] = vectors[1_000] * (1 + 1e-6 * rng.standard_normal((400, 1), dtype=np.float32))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        write_coarse(vectors, "fp16", tmp_path / "coarse")
        sieve = open_coarse(tmp_path / "coarse")
        mixed = rng.permutation(3_000)[:2_500]
        for query, rows in ((vectors[1_000], np.arange(3_000)), (vectors[7], mixed), (vectors[1_200], mixed)):
            passed = set(sieve.may_be_best(query, 10, rows).tolist())
            best_rows = rows[np.argsort(-(vectors[rows] @ query))[:10]]
            assert set(best_rows.tolist()) <= passed
            assert len(passed) < 500

    def test_threads_ask_the_first_stage_at_once(self, country: MadeUp, tmp_path: Path) -> None:
        write_coarse(country.vectors, "fp16", tmp_path / "coarse")
        sieve, rows = open_coarse(tmp_path / "coarse"), np.arange(self.size)

        def ask(number: int) -> list[int]:
            passed: list[int] = sieve.may_be_best(country.vectors[number], 5, rows).tolist()
            return passed

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, list(range(40)) * 5)) == [ask(number) for number in range(40)] * 5


class TestOneByte(Conformance):
    @classmethod
    def make(cls, country: MadeUp, folder: Path) -> SearchEngine:
        return _engine(country, folder, storage="int8")

    def test_the_first_stage_lets_few_rows_pass(self, country: MadeUp, engine: SearchEngine, tmp_path: Path) -> None:
        write_coarse(country.vectors, "int8", tmp_path / "coarse")
        passed = open_coarse(tmp_path / "coarse").may_be_best(country.vectors[2500], 10, np.arange(self.size))
        assert 10 <= len(passed) < self.size / 10
        assert set(engine.search(country.vectors[2500], 10).rows.tolist()) <= set(passed.tolist())


class TestWithApproximateIndex(Conformance):
    """The same answers when `exact` is asked for; without, nearly all of them, from a part of the rows."""

    @classmethod
    def make(cls, country: MadeUp, folder: Path) -> SearchEngine:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(anywhere_module, "ENOUGH_ROWS", 1000)
            write_anywhere(country.vectors, folder / "anywhere")
        return _engine(country, folder, Anywhere.open(folder / "anywhere"))

    @pytest.mark.parametrize("k", [1, 10, 100, 5_000])
    @pytest.mark.parametrize("limits", [None, _LIMITS[2], _LIMITS[4], _LIMITS[5]])
    @pytest.mark.parametrize("area", [None, Circle(30.5, 119.5, 400_000), Circle(30.5, 119.5, 2.1e7)])
    def test_it_finds_nearly_all_of_the_best(
        self,
        engine: SearchEngine,
        country: MadeUp,
        monkeypatch: pytest.MonkeyPatch,
        limits: Limits | None,
        area: Area | None,
        k: int,
    ) -> None:
        monkeypatch.setattr(engine_module, "EXACT_ROWS", 20)
        monkeypatch.setattr(engine_module, "EXACT_IN_AREA", 20)
        recalls = []
        for row in range(0, self.size, 100):
            query = country.vectors[row]
            found = engine.search(query, k, area=area, limits=limits)
            exact = engine.search(query, k, area=area, limits=limits, exact=True)
            assert found.plan.method is Method.APPROXIMATE
            assert exact.plan.method is Method.EXACT
            assert set(found.rows.tolist()) <= set(range(self.size))
            recalls.append(np.sum(found.scores >= exact.scores[-1] - 1e-6) / len(exact.rows))
        assert np.mean(recalls) >= 0.97

    def test_the_plan_says_that_it_approximated_and_read_less(
        self, engine: SearchEngine, country: MadeUp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert engine.search(country.vectors[5], 3).plan.scored <= 200
        monkeypatch.setattr(engine_module, "EXACT_ROWS", 100)
        plan = engine.search(country.vectors[5], 3, limits=_LIMITS[2]).plan
        assert plan.method is Method.APPROXIMATE
        assert "limits leave about" in plan.reason
        assert plan.scored < self.size / 2


def test_few_vectors_get_no_approximate_index(tmp_path: Path) -> None:
    write_anywhere(np.zeros((10, 8), np.float32), tmp_path / "anywhere")
    assert not (tmp_path / "anywhere").exists()


def test_fifty_thousand_places_in_one_radius_are_searched_exactly(tmp_path: Path) -> None:
    country = made_up(50_000, dimension=8)
    crowded = country.columns.lat.copy()
    crowded[:] = 30.63
    space = SpaceIndex(crowded, np.full(len(crowded), 119.68))
    write_faiss(country.vectors, 8, tmp_path / "vectors.faiss")
    engine = Engine(space, FaissVectors.open(tmp_path / "vectors.faiss"), country.attributes)
    found = engine.search(country.vectors[7], 10, area=Circle(30.63, 119.68, 100))
    assert found.plan.scored == 50_000
    assert np.allclose(found.scores, np.sort(country.vectors @ country.vectors[7])[::-1][:10], atol=1e-6)
