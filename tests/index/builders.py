"""Rows, listings and files that a test needs, with a default for everything that it does not care about."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.listing import Category, Listing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def a_row(**values: Any) -> dict[str, Any]:
    """A row of an import file."""
    return {"id": "a", "category": "restaurant", "name": "竹林人家"} | values


def a_listing(**values: Any) -> Listing:
    """A stored listing; its id serves as its source's id."""
    fields: dict[str, Any] = {"id": "a", "category": Category.RESTAURANT, "name": "竹林人家", "source": "test"} | values
    return Listing(**{"source_id": fields["id"], "content_hash": "", "imported_at": NOW} | fields)


def a_jsonl(path: Path, rows: Iterable[dict[str, Any] | str | bytes]) -> Path:
    """A file of JSON lines; text and bytes go in as they are."""
    with path.open("wb") as file:
        for row in rows:
            raw = row if isinstance(row, bytes) else (row if isinstance(row, str) else json.dumps(row)).encode()
            file.write(raw + b"\n")
    return path
