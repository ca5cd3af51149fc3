"""`baicha import`: listings from files into the data folder, and the index after them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataOption, examples, load_settings
from api.cli.progress import progress

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from index.report import ImportReport

NOTHING_READ = 2
SOME_REJECTED = 3


class Crs(StrEnum):
    """The coordinate system of a file."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "import",
        short_help="Import listings, then build the index.",
        epilog=examples(
            "baicha import listings.jsonl",
            "baicha import amap.csv --crs gcj02 --source amap --replace",
            "baicha import places.csv --places     # kind,name,name_en,lat,lon,accuracy_m",
        ),
    )(import_files)


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=".jsonl, .csv or .geojson")],
    *,
    crs: Annotated[Crs, typer.Option(help="Coordinate system of the files.")] = Crs.WGS84,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where the rows come from.  [default: the file's name]")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Close the source's listings that the file no longer has.")
    ] = False,
    places: Annotated[
        bool, typer.Option("--places", help="The files hold places to measure from (townships, stations), as CSV.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Import listings, then build the index. The same file again changes only what differs.

    Each rejected row is named as `file:line: reason`. Exit code: 0 when every row went in, 3 when some were rejected, 2
    when nothing could be read. docs/format.md describes the files.
    """
    from api.operations.database import opened
    from index.errors import UnreadableInput
    from index.snapshot import build

    settings = load_settings(data)
    codes = []
    with opened(settings) as engine:
        for path in files:
            try:
                report = _import_one(engine, path, crs=crs, source=source, replace=replace, places=places)
            except UnreadableInput as exc:
                typer.echo(f"baicha: {exc}", err=True)
                codes.append(NOTHING_READ)
                continue
            _tell(report)
            codes.append(report.exit_code)
        if any(code != NOTHING_READ for code in codes):
            with progress() as on_progress:
                snapshot = build(engine, settings, on_progress=on_progress)
            typer.echo(f"index {snapshot} is ready")
    raise typer.Exit(_worst(codes))


def _import_one(
    engine: "Engine", path: Path, *, crs: Crs, source: str | None, replace: bool, places: bool
) -> "ImportReport":
    from index.importing import import_file
    from index.places import import_places

    if places:
        return import_places(engine, path)
    with progress() as on_progress:
        return import_file(engine, path, source=source, crs=crs.value, replace=replace, on_progress=on_progress)


def _tell(report: "ImportReport") -> None:
    for line in report.lines():
        typer.echo(line, err=True)
    counts = {
        "new": report.inserted,
        "changed": report.updated,
        "unchanged": report.unchanged,
        "closed": report.closed,
        "rejected": len(report.rejected),
    }
    typer.echo(f"{report.path}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))


def _worst(codes: list[int]) -> int:
    """Return the exit code of several files: 2 only when none could be read."""
    if all(code == NOTHING_READ for code in codes):
        return NOTHING_READ
    return SOME_REJECTED if any(codes) else 0
