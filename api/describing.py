"""What `/openapi.json` says beyond what FastAPI derives: every operation's errors are problems."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_METHODS = ("get", "post", "put", "patch", "delete")


def describe(app: FastAPI) -> None:
    """Make the app describe its errors as RFC 9457 problems instead of FastAPI's own form."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            _put_problems(made)
            app.openapi_schema = made
        return app.openapi_schema

    # The way that FastAPI documents.
    app.openapi = openapi  # type: ignore[method-assign]


def _put_problems(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for path in schema["paths"].values():
        for method in _METHODS:
            if method in path:
                answers = path[method]["responses"]
                if "422" in answers:
                    answers["422"] = _response("A parameter is not as described")
                answers["default"] = _response("Any other error")


def _response(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
