"""What the operator sees: JSON logs with a request id, and figures for Prometheus."""

import logging
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems

_log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-ID"
_REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Bounds of the latency histogram, seconds.
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def configure_logging(level: str) -> None:
    """Write structured logs as one JSON object a line to stderr, ours and the libraries'."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # These write whole addresses, with what people asked and where they are; `RequestObserver` writes the path alone.
    for name in ("uvicorn.access", "httpx", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Metrics:
    """The figures of a process, in a registry of its own so that several apps can live in one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "baicha_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.latency = Histogram(
            "baicha_request_seconds",
            "Time until the reply was sent.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.search = Histogram(
            "baicha_search_stage_seconds",
            "Time that a stage of a search took.",
            ("stage",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.ready = Gauge(
            "baicha_ready", "1 when searches are answered without loading first.", registry=self.registry
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage of a search."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.search.labels(name).observe(time.perf_counter() - began)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)


class RequestObserver:
    """ASGI middleware, the outermost: request id, access log, figures, and the last net under unexpected errors."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Observe one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get(REQUEST_ID))
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_marked)
            except Exception as exc:  # noqa: BLE001 - a process edge
                reply = problems.of_fault(Request(scope), exc)
                if status == 0:  # nothing was sent yet
                    await reply(scope, receive, send_marked)
            self._observe(scope, status, time.perf_counter() - began)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = _route_template(scope)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.latency.labels(method, route).observe(seconds)
        # The path alone: query strings hold what people asked, and where they are.
        _log.info("request", method=method, path=scope["path"], status=status, ms=round(seconds * 1000, 1))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _request_id(given: str | None) -> str:
    return given if given is not None and _REQUEST_ID_FORM.fullmatch(given) else secrets.token_hex(8)


def _route_template(scope: Scope) -> str:
    # By template, so that an id in a path does not make a new series each time.
    return str(getattr(scope.get("route"), "path", "none"))
