"""The round from a search to a merchant's figures, in process; each room's rules are tested there room by room."""

from tests.api.builders import GARDEN, TEA_HOUSE, Served, let_key_read_credit


def test_the_round_from_a_search_to_the_merchants_figures(served: Served) -> None:
    client = served.client
    opened = {"id": "opened-0001", "at": served.clock().isoformat(), "listing": TEA_HOUSE}
    client.post("/v1/events", json={"events": [opened | {"payload": {"kind": "open"}}]})
    assert client.get("/v1/search", params={"q": "溪边茶馆"}).json()["results"][0]["id"] == TEA_HOUSE
    own = f"/v1/merchants/{served.merchant}"
    merchant = served.keys.header("merchant")
    digits = client.get(f"{own}/counter", headers=merchant).json()["digits"]
    assert client.post("/v1/visits", json={"digits": digits}).json()["outcome"] == "recorded"
    served.container.recorder.flush()
    stats = client.get(f"{own}/stats", headers=merchant).json()
    assert (stats["impressions"], stats["opens"], stats["visits"], stats["referred_visitors"]) == (1, 1, 1, 1)
    let_key_read_credit(served)
    signals = client.get(f"{own}/credit-signals", headers=merchant).json()["signals"]
    assert signals[0]["value"] == 1
    board = client.get("/v1/board/indicators", headers=served.keys.header("board"))
    assert board.status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.delete("/v1/visitor").json()["erased"] == 12


def test_what_a_database_cannot_store_is_the_clients_error(served: Served) -> None:
    claim = {"name": "a\x00b", "contact": "12345"}
    for reply in (
        served.client.post(f"/v1/listings/{GARDEN}/claims", json=claim),
        served.client.get("/v1/listings/%00"),
        served.client.get("/v1/listings", params={"area": "\x00"}),
        served.client.post("/v1/visits", json={"digits": "\x00"}),
    ):
        # SQLite stores it; PostgreSQL does not.
        assert reply.status_code == 400 or served.container.settings.database_url is None, reply.text
        assert reply.status_code < 500
        assert "psycopg" not in reply.text
    event = {"id": "event-0001", "at": served.clock().isoformat(), "listing": "\x00", "payload": {"kind": "open"}}
    receipts = served.client.post("/v1/events", json={"events": [event]}).json()["receipts"]
    assert receipts[0]["status"] == "rejected"
