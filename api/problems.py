"""Every error as `application/problem+json` (RFC 9457), mapped in this one place.

A problem has a `type` that programs can rely on, a `title` in the caller's language, and a `detail` that says what to
do. What went wrong inside is logged, never sent.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.errors import BadCursor, Forbidden, NotReady, TooManyTries, Unauthenticated
from api.languages import language_of_request
from index.errors import BaichaError, Conflict, NotFound, SnapshotError, StorageError, UsageError

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:baicha:problem:"

#: Seconds after which it makes sense to ask a service again that is not ready.
RETRY_WHEN_NOT_READY_S = 5

#: For each error its status and its type; the first that fits is taken, so that the special stand before the general.
STATUS_OF: tuple[tuple[type[Exception], int, str], ...] = (
    (Unauthenticated, 401, "unauthenticated"),
    (Forbidden, 403, "forbidden"),
    (TooManyTries, 429, "too-many-requests"),
    (BadCursor, 400, "bad-cursor"),
    (NotFound, 404, "not-found"),
    (UsageError, 400, "bad-request"),
    (Conflict, 409, "conflict"),
    (NotReady, 503, "not-ready"),
    (SnapshotError, 503, "no-index"),
    (StorageError, 503, "storage"),
    (BaichaError, 500, "internal"),
    (DataError, 400, "bad-request"),
    (IntegrityError, 409, "conflict"),
    (OperationalError, 503, "storage"),
    (ProgrammingError, 503, "storage"),  # so PostgreSQL tells of a table that is not there
)

TITLES: Mapping[str, tuple[str, str]] = {
    "bad-request": ("请求有误", "Bad request"),
    "bad-cursor": ("翻页标记无效", "Bad cursor"),
    "unauthenticated": ("需要有效的密钥或登录", "A valid key or login is needed"),
    "forbidden": ("没有权限", "Not allowed"),
    "not-found": ("没有找到", "Not found"),
    "method-not-allowed": ("不支持这种请求方法", "Method not allowed"),
    "conflict": ("与已有数据冲突", "Conflict with what is stored"),
    "too-large": ("请求内容过大", "Request too large"),
    "invalid": ("参数不符合要求", "Invalid parameters"),
    "too-many-requests": ("请求过于频繁", "Too many requests"),
    "internal": ("服务出错", "Internal error"),
    "not-ready": ("服务正在启动", "Not ready yet"),
    "no-index": ("尚无可用的索引", "No index to search"),
    "storage": ("存储暂时不可用", "Storage unavailable"),
}

_OF_STATUS = {400: "bad-request", 401: "unauthenticated", 403: "forbidden", 404: "not-found"} | {
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    422: "invalid",
    429: "too-many-requests",
    503: "storage",
}
#: Details of errors that come from libraries, whose own words would say how we are built.
_STORED_OTHERWISE = "this was changed by somebody else just now; look at it again"
_UNSTORABLE = "a value holds a character that cannot be stored, such as NUL; leave it out"
_STORAGE = "the database does not answer; try again shortly"
_INTERNAL = "this is our fault; it was logged under the request id"


class FieldProblem(BaseModel):
    """One parameter that is not as asked for."""

    where: str = Field(examples=["query.limit"])
    message: str = Field(examples=["Input should be less than or equal to 50"])


class Problem(BaseModel):
    """What went wrong, as RFC 9457 says it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:baicha:problem:not-found",
                "title": "Not found",
                "status": 404,
                "detail": "there is no listing 'x'",
                "instance": "/v1/listings/x",
                "request_id": "6f1c2a9be0d14a53",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None = None
    errors: list[FieldProblem] | None = None


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of these errors, for a route's `responses`."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": TITLES[_OF_STATUS[status]][1], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def problem_response(
    request: Request,
    status: int,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldProblem] | None = None,
) -> Response:
    """Return a problem as a response: a page for a browser that asks for pages, JSON for all others."""
    language = language_of_request(request)
    problem = Problem(
        type=TYPE_PREFIX + kind,
        title=TITLES[kind][0 if language == "zh" else 1],
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", None),
        errors=errors,
    )
    render_page = getattr(request.app.state, "render_problem", None)
    if render_page is not None and _wants_page(request):
        page: Response = render_page(request, problem)
        page.headers.update(headers or {})
        return page
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Cache-Control": "no-store", **(headers or {})},
    )


def of_error(request: Request, error: Exception) -> Response:
    """Return the problem of an error that was raised on purpose, or of the database."""
    _, status, kind = next(row for row in STATUS_OF if isinstance(error, row[0]))
    detail = str(error)
    if isinstance(error, IntegrityError):
        detail = _STORED_OTHERWISE
    elif isinstance(error, DataError):
        detail = _UNSTORABLE
    elif isinstance(error, OperationalError | ProgrammingError):
        detail = _STORAGE
    elif status == 500:  # noqa: PLR2004
        detail = _INTERNAL
    if status >= 500:  # noqa: PLR2004
        _log.warning("request failed", kind=kind, error=repr(error))
    return problem_response(request, status, kind, detail, headers=_headers(error, status))


def of_fault(request: Request, error: Exception) -> Response:
    """Log an error that nobody expected, with its trace, and return a problem that tells nothing of it."""
    _log.error("unexpected error", exc_info=error)
    return problem_response(request, 500, "internal", _INTERNAL)


def install(app: FastAPI) -> None:
    """Turn every error of the app into a problem."""
    app.add_exception_handler(BaichaError, _on_error)
    app.add_exception_handler(DataError, _on_error)
    app.add_exception_handler(IntegrityError, _on_error)
    app.add_exception_handler(OperationalError, _on_error)
    app.add_exception_handler(ProgrammingError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_error(request: Request, error: Exception) -> Response:
    return of_error(request, error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    errors = [
        FieldProblem(where=".".join(str(part) for part in found["loc"]), message=found["msg"])
        for found in error.errors()[:20]
    ]
    detail = "; ".join(f"{found.where}: {found.message}" for found in errors[:3])
    return problem_response(request, 422, "invalid", detail, errors=errors)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    kind = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")  # noqa: PLR2004
    detail, headers = error.detail, error.headers
    if error.status_code == 404:  # noqa: PLR2004
        detail = "there is nothing at this address; /openapi.json lists what there is"
    elif error.status_code == 405:  # noqa: PLR2004
        detail = f"{request.method} is not for this address; see the Allow header"
        headers = {**(headers or {}), "Allow": _allowed((headers or {}).get("Allow", ""))}
    return problem_response(request, error.status_code, kind, detail, headers=headers)


def _allowed(methods: str) -> str:
    """Name HEAD beside GET: `AnswersHead` answers it wherever that is answered."""
    named = [each.strip() for each in methods.split(",") if each.strip()]
    return ", ".join([*named, "HEAD"] if "GET" in named and "HEAD" not in named else named)


def _headers(error: Exception, status: int) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": f'Bearer realm="baicha"{_invalid_token(error)}'}
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.retry_after_s)}
    if status == 503:  # noqa: PLR2004
        return {"Retry-After": str(RETRY_WHEN_NOT_READY_S)}
    return {}


def _invalid_token(error: Unauthenticated) -> str:
    # RFC 6750, section 3: no error code where no key was sent at all.
    return ', error="invalid_token"' if error.key_was_sent else ""


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")
