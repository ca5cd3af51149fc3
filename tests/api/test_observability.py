import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from api.observability import configure_logging
from tests.api.builders import TEA_HOUSE, Served


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is logged, as configured for service; the tests' own logging comes back afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    configure_logging("info")
    written = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_a_request_id_is_taken_over_or_made(served: Served) -> None:
    assert served.client.get("/healthz", headers={"X-Request-ID": "abc-123"}).headers["x-request-id"] == "abc-123"
    made = [served.client.get("/healthz").headers["x-request-id"] for _ in range(2)]
    assert made[0] != made[1]


@pytest.mark.parametrize("given", ["a b", "x" * 65, "a\tb", '"'])
def test_a_request_id_of_another_form_is_replaced(served: Served, given: str) -> None:
    assert served.client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] != given


def test_figures_are_by_route_template_and_never_by_id(served: Served) -> None:
    served.client.get(f"/v1/listings/{TEA_HOUSE}")
    served.client.get("/v1/listings/another")
    served.client.get("/v1/search", params={"q": "茶馆"})
    served.client.request("BREW", "/v1/search")
    figures = served.client.get("/metrics").text
    assert 'baicha_requests_total{method="GET",route="/v1/listings/{listing_id:path}",status="200"} 1.0' in figures
    assert 'route="/v1/listings/{listing_id:path}",status="404"} 1.0' in figures
    assert 'baicha_search_stage_seconds_count{stage="find"} 1.0' in figures
    assert 'method="OTHER"' in figures
    assert "baicha_ready 1.0" in figures
    assert TEA_HOUSE not in figures


def test_a_log_line_is_json_with_the_request_id_and_without_the_question(served: Served, logged: io.StringIO) -> None:
    served.client.get(
        "/v1/search", params={"q": "秘密的愿望", "lat": 30.5, "lon": 119.6}, headers={"X-Request-ID": "r-1"}
    )
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    line = next(line for line in lines if line["event"] == "request")
    assert (line["request_id"], line["path"], line["status"]) == ("r-1", "/v1/search", 200)
    assert "秘密" not in logged.getvalue()
    assert "119.6" not in logged.getvalue()


def test_an_unexpected_error_is_logged_with_its_trace(served: Served, logged: io.StringIO) -> None:
    @served.app.get("/v1/fault")
    def fault() -> None:
        raise RuntimeError("the inside")

    served.client.get("/v1/fault", headers={"X-Request-ID": "r-2"})
    line = next(line for line in map(json.loads, logged.getvalue().splitlines()) if line["event"] == "unexpected error")
    assert line["request_id"] == "r-2"
    assert "the inside" in line["exception"]
