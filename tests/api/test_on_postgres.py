"""The round from a search to a merchant's figures on PostgreSQL; each room's rules are tested there room by room."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.container import Container
from index.importing import import_file
from index.settings import Settings
from index.snapshot import build
from tests.api.builders import GARDEN, ROWS, TEA_HOUSE, Clock, Served, serve

pytestmark = pytest.mark.postgres


@pytest.fixture
def on_postgres(
    postgres_settings: Settings, county_folder: Path, tmp_path: Path, clock: Clock, shared_encoder: object
) -> Iterator[Served]:
    """The county, its tables in PostgreSQL, its index in the data folder."""
    postgres_settings.data.mkdir(parents=True)
    shutil.copy(county_folder / "vectors.sqlite", postgres_settings.data)  # nothing is embedded twice
    container = Container(postgres_settings, clock)
    container.__dict__["encoder"] = shared_encoder
    rows = tmp_path / "tests.jsonl"
    rows.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    assert import_file(container.engine, rows).exit_code == 0
    build(container.engine, container.settings)
    made = serve(container, clock)
    yield made
    made.client.close()
    container.close()


def test_the_round_from_a_search_to_the_merchants_figures(on_postgres: Served) -> None:
    client = on_postgres.client
    opened = {"id": "opened-0001", "at": on_postgres.clock().isoformat(), "listing": TEA_HOUSE}
    client.post("/v1/events", json={"events": [opened | {"payload": {"kind": "open"}}]})
    assert client.get("/v1/search", params={"q": "溪边茶馆"}).json()["results"][0]["id"] == TEA_HOUSE
    own = f"/v1/merchants/{on_postgres.merchant}"
    merchant = on_postgres.keys.header("merchant")
    digits = client.get(f"{own}/counter", headers=merchant).json()["digits"]
    assert client.post("/v1/visits", json={"digits": digits}).json()["outcome"] == "recorded"
    on_postgres.container.recorder.flush()
    stats = client.get(f"{own}/stats", headers=merchant).json()
    assert (stats["impressions"], stats["opens"], stats["visits"], stats["referred_visitors"]) == (1, 1, 1, 1)
    signals = client.get(f"{own}/credit-signals", headers=merchant).json()["signals"]
    assert signals[0]["value"] == 1
    board = client.get("/v1/board/indicators", headers=on_postgres.keys.header("board"))
    assert board.status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.delete("/v1/visitor").json()["erased"] == 12


def test_what_postgresql_cannot_store_is_the_clients_error(on_postgres: Served) -> None:
    claim = {"name": "a\x00b", "contact": "12345"}
    for reply in (
        on_postgres.client.post(f"/v1/listings/{GARDEN}/claims", json=claim),
        on_postgres.client.get("/v1/listings/%00"),
        on_postgres.client.get("/v1/listings", params={"area": "\x00"}),
        on_postgres.client.post("/v1/visits", json={"digits": "\x00"}),
    ):
        assert reply.status_code == 400, reply.text
        assert "psycopg" not in reply.text
    event = {"id": "event-0001", "at": on_postgres.clock().isoformat(), "listing": "\x00", "payload": {"kind": "open"}}
    receipts = on_postgres.client.post("/v1/events", json={"events": [event]}).json()["receipts"]
    assert receipts[0]["status"] == "rejected"
