"""Schemathesis over the whole interface, in process: whatever is sent, the answer is one that is described."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from api.app import create_app
from api.container import Container
from index.settings import Settings
from tests.api.builders import GARDEN, Served

load_all_checks()
#: What must hold of every answer: never 5xx; status, media type, headers and body as described.
RULES: list[Any] = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
    ]
)
#: Requests that are made up for each operation.
EXAMPLES = 40
# Describing touches no data folder.
OPERATIONS = [
    (method.upper(), path)
    for path, methods in create_app(Container(Settings(data=Path("nowhere")))).openapi()["paths"].items()
    for method in methods
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_is_answered_otherwise_than_described(served: Served, method: str, path: str) -> None:
    served.container.finder()  # loaded before the first question
    described = schemathesis.openapi.from_asgi("/openapi.json", served.app)
    role = "merchant" if path.startswith("/v1/merchants") else "admin"
    operation = described[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case[Any]) -> None:
        parameters = case.path_parameters
        if "merchant_id" in parameters:
            parameters["merchant_id"] = served.merchant
        if len(str(parameters.get("listing_id", ""))) % 2:
            parameters["listing_id"] = GARDEN  # half of the time, one that exists
        case.call_and_validate(headers=served.keys.header(role), checks=RULES)

    send()
