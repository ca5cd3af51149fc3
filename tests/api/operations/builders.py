"""Small data folders and events for the operators' tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from api.operations.database import opened
from index.database import writing
from index.settings import Settings
from ledger.append import append
from ledger.events import Event, Open

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def an_event(number: int) -> Event:
    """An event with an id made from the number."""
    return Event(id=f"event-{number:08d}", at=NOW, listing="zhuli", visitor="visitor-0001", payload=Open())


def record(engine: Engine, numbers: range) -> list[int | None]:
    """Append these events in one transaction and return the indices that were acknowledged."""
    with writing(engine) as session:
        receipts = append(session, [an_event(number) for number in numbers], now=NOW)
    return [receipt.index for receipt in receipts]


@contextmanager
def a_folder(settings: Settings, events: int = 5) -> Iterator[Engine]:
    """A data folder with some events, a secret and a snapshot's files; yields its engine."""
    with opened(settings) as engine:
        record(engine, range(events))
        (settings.data / "secret.key").write_bytes(b"s" * 32)
        write_snapshot(settings.data, "0123abcd")
        yield engine


def write_snapshot(data: Path, name: str) -> None:
    """Lay the files of a snapshot as `index.snapshot` lays them."""
    folder = data / "snapshots" / name
    folder.mkdir(parents=True)
    manifest = {"built_at": "2026-11-24T04:00:00+00:00", "counts": {"listings": 3}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "vectors.faiss").write_bytes(bytes(range(256)) * 40)
    (data / "snapshots" / "current").write_text(name, encoding="utf-8")
