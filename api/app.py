"""The web application: `create_app(container)` wires routes, pages, errors and what is observed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from api import problems
from api.bodies import BodyLimit
from api.container import Container
from api.describing import describe
from api.heads import AnswersHead
from api.observability import REQUEST_ID, RequestObserver, configure_logging
from api.pages import routes as pages
from api.routes import (
    admin,
    board,
    credit,
    disputes,
    effects,
    events,
    exports,
    feeds,
    health,
    ledger,
    listings,
    merchant_statistics,
    merchants,
    records,
    search,
    suggest,
    visits,
    weekly,
    why_not,
)
from index.settings import Settings

DESCRIPTION = """Finds local businesses for tourists, shows merchants what that brought them, and the board what it
brought the county. A tourist needs no key. Merchants, the board and the operator send
`Authorization: Bearer bch_…`. Errors are `application/problem+json` (RFC 9457); lists are paged by the opaque cursor
`next`; replies are in Chinese or English by `lang` or `Accept-Language`."""


def create_app(container: Container) -> FastAPI:
    """Return the application on these parts. It loads the index in the background; `/readyz` says when it is there."""
    app = FastAPI(
        title="Baicha 白茶",
        version=_version(),
        description=DESCRIPTION,
        lifespan=_lifespan,
        redirect_slashes=False,
        # Swagger's and Redoc's pages fetch their scripts from a CDN; `/openapi.json` feeds any viewer.
        docs_url=None,
        redoc_url=None,
    )
    app.state.container = container
    problems.install(app)
    for routes in (health, search, suggest, why_not, listings, events, visits):
        app.include_router(routes.router)
    for routes in (merchant_statistics, merchants, effects, disputes, records):
        app.include_router(routes.router)
    for routes in (credit, exports, feeds, weekly, board, ledger, admin):
        app.include_router(routes.router)
    app.include_router(pages.router, include_in_schema=False)
    # A browser that asks for a page is told of a problem by one.
    app.state.render_problem = pages.render_problem
    describe(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    if container.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=container.settings.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", REQUEST_ID],
            expose_headers=["ETag", "Retry-After", REQUEST_ID],
        )
    app.add_middleware(AnswersHead)
    app.add_middleware(RequestObserver, metrics=container.metrics)
    return app


def app_from_environment() -> FastAPI:
    """Return the application that `BAICHA_*` and `baicha.toml` describe; each worker of a server calls it.

    Raises:
        SettingsError: A setting is unknown or impossible.
    """
    settings = Settings.load()
    configure_logging(settings.log_level)
    return create_app(Container(settings, serves=True))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    container: Container = app.state.container
    health.load_in_background(container)
    yield
    await run_in_threadpool(container.close)


def _version() -> str:
    try:
        return version("baicha")
    except PackageNotFoundError:
        return "0"
