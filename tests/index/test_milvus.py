from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pymilvus", reason="needs the extra `milvus`")

from index import milvus, milvus_push
from index.engine import Method, SearchEngine
from index.errors import StorageError
from index.facets import Facet
from index.limits import Limits
from index.milvus import MilvusEngine
from index.milvus_push import in_force, push
from index.space.areas import Circle
from tests.index.made_up import MadeUp, made_up
from tests.index.test_engine import Conformance
from tests.milvus import milvus_uri

# The client's and the server wheel's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address; of a Milvus Lite its file, where no server runs."""
    with milvus_uri(tmp_path_factory.mktemp("milvus")) as found:
        yield found


@pytest.fixture(scope="module")
def client(uri: str) -> Iterator[Any]:
    from pymilvus import MilvusClient

    made = MilvusClient(uri)
    yield made
    made.close()


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Milvus Lite: the server takes ten seconds for a push, however small."""
    from pymilvus import MilvusClient

    made = MilvusClient(str(tmp_path_factory.mktemp("lite") / "milvus.db"))
    yield made
    made.close()


class TestMilvus(Conformance):
    size = 900

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, country: MadeUp, client: Any) -> SearchEngine:
        push(client, "conformance", country.vectors, country.attributes, "0a")
        return MilvusEngine(client, "conformance")

    def test_the_plan_tells_the_filter(self, engine: SearchEngine, country: MadeUp) -> None:
        plan = engine.search(country.vectors[0], 3, limits=Limits(having=[(Facet.DISH, 'a "quoted\\ dish')])).plan
        assert plan.method is Method.EXACT
        assert plan.reason == r'Milvus: (array_contains(labels, "dish=a \"quoted\\ dish"))'

    def test_more_than_milvus_gives_at_once_is_asked_for_in_parts(
        self, engine: SearchEngine, country: MadeUp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(milvus, "_MOST_HITS", 50)
        query = country.vectors[self.size * 2 // 3]
        for k in (49, 50, 51, 400, 900, 2_000):
            for area in (None, Circle(30.5, 119.5, 200_000)):
                rows, scores = country.oracle(query, k, area, None)
                found = engine.search(query, k, area=area, exact=True)
                assert len(found.rows) == len(rows) == len(set(found.rows.tolist()))
                assert np.allclose(found.scores, scores, atol=1e-6)


def test_a_server_takes_up_a_broken_push_and_swaps_to_it_at_once(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before, country = made_up(40), made_up(45)
    push(client, "swapped", before.vectors, before.attributes, "0a")
    engine = MilvusEngine(client, "swapped")
    monkeypatch.setattr(milvus_push, "_INSERTED_AT_ONCE", 10)
    sent = _broken_push(client, "swapped", country, monkeypatch)
    assert in_force(client, "swapped") == "swapped_0a"
    push(client, "swapped", country.vectors, country.attributes, "0b")
    assert sent == [0, 10, 20, 20, 30, 40]
    assert len(MilvusEngine(client, "swapped")) == 45
    # Whoever searches the snapshot before may end what it began.
    assert len(engine.search(before.vectors[3], 100).rows) == 40


def _broken_push(client: Any, name: str, country: MadeUp, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Break off at the third batch, of which a part arrives; return the first rows of batches, as they are sent."""
    sent: list[int] = []
    send = client.upsert

    def break_off(collection: str, rows: list[dict[str, Any]]) -> None:
        sent.append(rows[0]["id"])
        if len(sent) == 3:
            send(collection, rows[:4])
            raise ConnectionError
        send(collection, rows)

    monkeypatch.setattr(client, "upsert", break_off)
    with pytest.raises(ConnectionError):
        push(client, name, country.vectors, country.attributes, "0b")
    return sent


class TestMilvusLite(TestMilvus):
    size = 300

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, country: MadeUp, lite: Any) -> SearchEngine:
        push(lite, "conformance", country.vectors, country.attributes, "0a")
        return MilvusEngine(lite, "conformance")


def test_the_next_snapshot_takes_over_at_once_and_the_last_but_one_goes(lite: Any) -> None:
    engines = []
    for snapshot_id, size in (("0a", 60), ("0b", 40), ("0c", 50)):
        country = made_up(size)
        push(lite, "swapped", country.vectors, country.attributes, snapshot_id)
        engines.append(MilvusEngine(lite, "swapped"))
        assert len(engines[-1]) == size
    # Whoever searches the snapshot before may end what it began.
    assert len(engines[1].search(made_up(40).vectors[3], 100).rows) == 40
    kept = {name for name in lite.list_collections() if name.startswith("swapped_")}
    assert kept == {"swapped_0b", "swapped_0c"}


def test_what_is_in_force_is_not_pushed_again(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    country = made_up(40)
    push(lite, "same", country.vectors, country.attributes, "0a")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("rows were sent again")

    monkeypatch.setattr(lite, "upsert", refuse)
    told = []
    push(lite, "same", country.vectors, country.attributes, "0a", lambda *done: told.append(done))
    assert told == [("milvus", 40, 40)]


def test_a_collection_that_lacks_rows_does_not_come_into_force(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    country = made_up(20)
    send = lite.upsert
    monkeypatch.setattr(lite, "upsert", lambda collection, rows: send(collection, rows[1:]))
    with pytest.raises(StorageError, match="holds 19 of the 20 rows"):
        push(lite, "lacking", country.vectors, country.attributes, "0a")
    assert in_force(lite, "lacking") is None


def test_a_collection_from_before_there_were_aliases_is_replaced(lite: Any) -> None:
    country = made_up(20)
    lite.create_collection("old", dimension=32)
    push(lite, "old", country.vectors, country.attributes, "0a")
    assert in_force(lite, "old") == "old_0a"
