"""The built script and style sheets: `scripts/build_assets.py` makes them, this finds and serves them.

Names carry a hash of their content, so that a browser keeps them for good.
"""

import json
from functools import cache
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

STATIC = Path(__file__).with_name("static")
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}

_log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)


@cache
def manifest() -> dict[str, str]:
    """Return the built file of each source name; empty, and logged, when nothing was built."""
    try:
        found: dict[str, str] = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        # The pages work without; an operator who sees them plain finds this.
        _log.warning("the pages' assets are not built; run `make install`", error=str(exc))
        return {}
    return found


def static_url(name: str) -> str:
    """Return the address of a built file, by its source's name."""
    return f"/static/{manifest().get(name, name)}"


@cache
def _served() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.glob("*") if path.suffix in _MEDIA_TYPES)


@router.get("/static/{name}")
def static_file(name: str, request: Request) -> Response:
    """Serve a built file, compressed where the browser takes it."""
    if name not in _served():
        raise HTTPException(404)
    path = STATIC / name
    headers = {"Cache-Control": KEPT_FOR_GOOD, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    packed = Path(f"{path}.gz")
    if "gzip" in request.headers.get("accept-encoding", "") and packed.exists():
        path, headers = packed, headers | {"Content-Encoding": "gzip"}
    return FileResponse(path, media_type=_MEDIA_TYPES[Path(name).suffix], headers=headers)


@router.get("/favicon.ico")
def favicon() -> Response:
    """Send browsers that ask at the old address to the icon."""
    return RedirectResponse(static_url("icon.svg"), 307)


@router.get("/robots.txt")
def robots() -> Response:
    """Keep crawlers from what records events or belongs to somebody."""
    closed = ("/v1/", "/s/", "/visit", "/login", "/invite/", "/merchant", "/admin", "/listings/*/go/")
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed)
    return Response(text, media_type="text/plain")
