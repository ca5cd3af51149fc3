"""`baicha evaluate`: how good the answers are, on judged queries."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import IO, Annotated

import typer

from api.cli.options import DataOption, examples, load_settings


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
    """Answer every query from its text alone, over all listings, and print one JSON object of figures.

    nDCG@10, P@1, P@10, recall@50, MRR and milliseconds a query. --run gets up to 50 ids for each query, best first.
    """
    from api.container import Container
    from index.errors import UnreadableInput
    from recommender.evaluation import evaluate as measure
    from recommender.evaluation import read_qrels, read_queries

    asked, judged = read_queries(queries), read_qrels(qrels)
    for path, rows in ((queries, asked), (qrels, judged)):
        if not rows:
            raise UnreadableInput(f"{path} is empty: there is nothing to evaluate")
    with _written(run) as file:
        container = Container(load_settings(data))
        try:
            answered, figures = measure(container.finder(), asked, judged)
        finally:
            container.close()
        for ranked in answered:
            file.write(json.dumps({"query_id": ranked.query_id, "ids": list(ranked.ids)}, ensure_ascii=False) + "\n")
    typer.echo(json.dumps(figures.as_json()))


@contextmanager
def _written(path: Path | None) -> Iterator[IO[str]]:
    """Yield a file to write to, opened before the long work so that a wrong name costs none; nowhere when not asked."""
    if path is None:
        yield StringIO()
        return
    with path.open("w", encoding="utf-8") as file:
        yield file
