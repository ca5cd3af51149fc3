"""Options that several commands share, and the settings that come of them."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.addresses import address as address  # noqa: PLC0414 - the commands find it here

if TYPE_CHECKING:
    from index.settings import Settings

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder.  [default: BAICHA_DATA, else ./data]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def examples(*lines: str) -> str:
    """Return the examples that end a command's help, one a line."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def load_settings(data: Path | None = None, **overrides: Any) -> "Settings":
    """Return the settings in force; what was typed wins over variables and the file.

    Raises:
        SettingsError: A setting is unknown or impossible.
    """
    from index.settings import Settings

    return Settings.load(data=data, **overrides)


def show_table(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print rows as aligned columns, or as a JSON list; `empty` says what to do when there are none."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    if not rows:
        typer.echo(empty, err=True)
        return
    table = [
        [name.replace("_", " ") for name in rows[0]],
        *([_as_text(value) for value in row.values()] for row in rows),
    ]
    widths = [max(map(_columns, column)) for column in zip(*table, strict=True)]
    for line in table:
        padded = (cell + " " * (width - _columns(cell)) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


def _as_text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text fills: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
