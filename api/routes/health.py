"""Whether the service lives and can answer, and the figures for Prometheus."""

import threading

import structlog
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field
from sqlalchemy import text
from starlette.responses import Response

from api.auth import ContainerDep
from api.container import Container
from api.errors import NotReady
from api.problems import responses
from index.database import reading
from index.errors import BaichaError

router = APIRouter(tags=["operation"])
_log = structlog.get_logger(__name__)


class Health(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """Searches are answered, from this snapshot."""

    status: str = Field(examples=["ready"])
    snapshot: str = Field(examples=["5d9f2c31ab7e"])


@router.get("/healthz", summary="Whether the process answers")
def healthz() -> Health:
    """Answer without touching the database or the index."""
    return Health(status="ok")


@router.get("/readyz", summary="Whether searches are answered", responses=responses(503))
def readyz(container: ContainerDep) -> Ready:
    """Answer 200 once the database answers and the index is loaded; 503 with the reason before."""
    with reading(container.engine) as session:
        session.connection().execute(text("SELECT 1"))
    snapshot = container.snapshots.current()
    if not container.is_loaded:
        load_in_background(container)
        raise NotReady("the index is being loaded; ask again in a few seconds")
    return Ready(status="ready", snapshot=snapshot.id)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response, responses={200: {"content": {}}})
def metrics(container: ContainerDep) -> Response:
    """Return counts and histograms in Prometheus' text format."""
    container.metrics.ready.set(container.is_loaded)
    return Response(container.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def load_in_background(container: Container) -> None:
    """Load the encoder and the index without keeping anybody waiting; what is being loaded is not loaded twice."""
    if not container.loading.acquire(blocking=False):
        return
    threading.Thread(target=_load, args=(container,), name="baicha-loader", daemon=True).start()


def _load(container: Container) -> None:
    try:
        container.finder()
        container.completer()
    except BaichaError as exc:
        _log.warning("not ready", reason=str(exc))
    except Exception:  # noqa: BLE001 - a process edge
        _log.exception("the index cannot be loaded")
    finally:
        container.loading.release()
