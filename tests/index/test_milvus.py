from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pymilvus", reason="needs the extra `milvus`")

from index.engine import Method, SearchEngine
from index.facets import Facet
from index.limits import Limits
from index.milvus import MilvusEngine, push
from tests.index.made_up import MadeUp, made_up
from tests.index.test_engine import Conformance

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
_clients: list[Any] = []


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _clients:
        _clients.pop().close()


def _client(folder: Path) -> Any:
    from pymilvus import MilvusClient

    _clients.append(MilvusClient(str(folder / "milvus.db")))
    return _clients[-1]


class TestMilvusLite(Conformance):
    size = 900

    @classmethod
    def make(cls, country: MadeUp, folder: Path) -> SearchEngine:
        client = _client(folder)
        push(client, "rows", country.vectors, country.attributes)
        return MilvusEngine(client, "rows")

    def test_the_plan_tells_the_filter(self, engine: SearchEngine, country: MadeUp) -> None:
        plan = engine.search(country.vectors[0], 3, limits=Limits(having=[(Facet.DISH, 'a "quoted\\ dish')])).plan
        assert plan.method is Method.EXACT
        assert plan.reason == r'Milvus: (array_contains(labels, "dish=a \"quoted\\ dish"))'


def test_pushing_again_replaces_what_was_there(tmp_path: Path) -> None:
    client = _client(tmp_path)
    for size in (60, 40):
        country = made_up(size)
        push(client, "rows", country.vectors, country.attributes)
    assert len(MilvusEngine(client, "rows")) == 40
