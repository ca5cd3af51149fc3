import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from api.container import Container
from api.corrections import set_closed
from api.limiting import Limiter
from index.database import writing
from index.settings import Settings
from tests.api.builders import GARDEN, TEA_HOUSE, Clock, Served

SHARE = {"id": "event-0001", "at": "2026-11-24T12:00:00+08:00", "listing": TEA_HOUSE, "payload": {"kind": "share"}}


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/listings/nowhere", 404, "not-found"),
        ("PUT", "/v1/search", 405, "method-not-allowed"),
        ("GET", "/v1/search?limit=0", 422, "invalid"),
        ("GET", "/v1/search?cursor=x", 400, "bad-cursor"),
        ("GET", "/v1/admin/keys", 401, "unauthenticated"),
        ("POST", "/v1/events", 422, "invalid"),
    ],
)
def test_every_error_is_a_problem(served: Served, method: str, path: str, status: int, kind: str) -> None:
    reply = served.client.request(method, path)
    problem = reply.json()
    assert (reply.status_code, problem["status"]) == (status, status)
    assert reply.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:baicha:problem:{kind}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == reply.headers["x-request-id"]


def test_a_title_speaks_the_callers_language(served: Served) -> None:
    zh, en = (
        served.client.get("/v1/nothing", headers={"Accept-Language": language}).json() for language in ("zh", "en")
    )
    assert (zh["title"], en["title"]) == ("没有找到", "Not found")
    assert zh["type"] == en["type"]


def test_a_wrong_method_names_the_right_ones(served: Served) -> None:
    assert served.client.put("/v1/search").headers["allow"] == "GET, HEAD"


def test_a_fault_tells_the_client_nothing_of_the_inside(served: Served) -> None:
    @served.app.get("/v1/fault")
    def fault() -> None:
        raise RuntimeError("the inside")

    reply = served.client.get("/v1/fault")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert "inside" not in reply.text
    assert "Traceback" not in reply.text
    assert reply.json()["request_id"] == reply.headers["x-request-id"]


def test_a_failing_database_is_unavailable_not_a_fault(served: Served, broken_ledger: Callable[[], None]) -> None:
    broken_ledger()
    reply = served.client.post("/v1/events", json={"events": [SHARE]})
    assert reply.status_code in {409, 503}
    assert "SQL" not in reply.text


def test_too_many_writes_are_told_when_to_come_back(served: Served) -> None:
    served.container.__dict__["limiter"] = Limiter(writes_per_minute=3)
    replies = [served.client.post("/v1/events", json={"events": [SHARE]}) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 60
    assert served.client.get(f"/v1/listings/{GARDEN}").status_code == 200  # reading goes on


def test_without_an_index_search_is_not_ready_and_says_what_to_do(
    engine: Engine, settings: Settings, clock: Clock
) -> None:
    container = Container(settings, clock)
    with TestClient(create_app(container), raise_server_exceptions=False) as client:
        for path in ("/readyz", "/v1/search?q=x"):
            reply = client.get(path)
            assert reply.status_code == 503
            assert reply.json()["type"] == "urn:baicha:problem:no-index"
            assert reply.headers["retry-after"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/listings").json() == {"listings": [], "next": None}


def test_a_database_without_tables_is_unavailable(bare_settings: Settings, clock: Clock) -> None:
    container = Container(bare_settings, clock)
    client = TestClient(create_app(container), raise_server_exceptions=False)
    assert client.get("/v1/listings").status_code == 503
    container.close()


def test_cors_is_off_until_an_origin_is_set(served: Served) -> None:
    origin = {"Origin": "https://tour.example"}
    assert "access-control-allow-origin" not in served.client.get("/healthz", headers=origin).headers
    settings = served.container.settings.model_copy(update={"cors_origins": ("https://tour.example",)})
    client = TestClient(create_app(replace(served.container, settings=settings)))
    assert client.get("/healthz", headers=origin).headers["access-control-allow-origin"] == "https://tour.example"
    preflight = client.options("/v1/events", headers=origin | {"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 200
    other = client.get("/healthz", headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_a_write_that_fails_changes_nothing(served: Served) -> None:
    with contextlib.suppress(RuntimeError), writing(served.container.engine) as session:
        set_closed(session, GARDEN, closed=True)
        raise RuntimeError
    assert served.client.get(f"/v1/listings/{GARDEN}").json()["closed"] is False


def test_a_browser_is_told_by_a_page_and_a_program_by_json(served: Served) -> None:
    page = served.client.get("/nothing", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    for path, accept in (("/nothing", "application/json"), ("/v1/nothing", "text/html")):
        reply = served.client.get(path, headers={"Accept": accept})
        assert reply.headers["content-type"] == "application/problem+json"
