"""`baicha evaluate`: how good the answers are, on judged queries."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, examples


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Measure the answers on judged queries.",
        epilog=examples(
            "baicha evaluate --queries queries_val.jsonl --qrels qrels_val.tsv",
            "baicha evaluate --data crosswoz --queries q.jsonl --qrels r.tsv --run run.jsonl",
        ),
    )(evaluate)


def evaluate(
    queries: Annotated[Path, typer.Option(metavar="FILE", help="JSON lines with `id` and `text`.")],
    qrels: Annotated[Path, typer.Option(metavar="FILE", help="Query id, listing id and 1, between tabs.")],
    run: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the ranked ids here.")] = None,
    data: DataOption = None,
) -> None:
    """Answer every query from its text alone and print one JSON object of figures on stdout."""
    raise NotImplementedError
