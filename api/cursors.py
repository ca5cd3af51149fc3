"""Opaque cursors for the next page: where it begins, and of which request it is the next page."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from api.errors import BadCursor

#: Longest cursor that is looked at; ours are far shorter.
_LONGEST = 2_000


def seal_cursor(request: object, position: Mapping[str, Any]) -> str:
    """Return a cursor for a position in the answer to a request, which is anything that `json` can write."""
    text = json.dumps({"r": _fingerprint(request), **position}, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def open_cursor(request: object, cursor: str) -> dict[str, Any]:
    """Return the position of a cursor. It is not signed: whoever changes one reaches nothing but another page.

    Raises:
        BadCursor: It cannot be read, or was given for another request.
    """
    if len(cursor) > _LONGEST:
        raise BadCursor
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as exc:
        raise BadCursor from exc
    if not isinstance(position, dict) or position.pop("r", None) != _fingerprint(request):
        raise BadCursor
    return position


def _fingerprint(request: object) -> str:
    return hashlib.sha256(json.dumps(request, ensure_ascii=True, sort_keys=True).encode()).hexdigest()[:12]
