"""Help answers at once, because it loads nothing heavy, and shows an example of every command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from api.cli.application import app
from tests.api.cli.conftest import environment

HEAVY = ("faiss", "torch", "fastapi", "sqlmodel", "sqlalchemy", "numpy", "uvicorn", "tantivy", "alembic")


def _paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _paths(inner, (*path, name))


PATHS = list(_paths(get_command(app)))


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_loads_nothing_heavy_and_shows_an_example(path: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "api.cli", *path, "--help"],
        cwd=tmp_path,
        env=environment(tmp_path / "data"),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in loaded, "the list of imports was read"
    assert loaded.isdisjoint(HEAVY)
    usage = " ".join(("  baicha", *path))
    assert "Examples:" in done.stdout
    assert any(line.startswith(usage) or f" {usage.strip()}" in line for line in _examples(done.stdout)), done.stdout
    assert not (tmp_path / "data").exists()


def _examples(text: str) -> list[str]:
    return text.split("Examples:")[1].splitlines()


def test_every_command_that_the_issue_names_is_there() -> None:
    assert {
        ("import",), ("serve",), ("search",), ("evaluate",), ("status",), ("backup",), ("restore",), ("upgrade",),
        *(("keys", name) for name in ("make", "list", "rotate", "revoke")),
        *(("merchants", name) for name in ("invite", "list")),
        *(("claims", name) for name in ("list", "approve", "reject")),
    } <= set(PATHS)  # fmt: skip
