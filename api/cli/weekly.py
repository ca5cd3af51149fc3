"""`baicha weekly`: sends the weekly letters; for the operator's scheduler."""

from typing import Annotated

import typer

from api.cli.options import DataOption, examples, load_settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Send merchants their weekly letter.",
        epilog=examples("baicha weekly", "baicha weekly --to-files --week 2026-W47"),
    )(weekly)


def weekly(
    *,
    week: Annotated[
        str | None, typer.Option(metavar="WEEK", help="Such as 2026-W47; the last whole one if absent.")
    ] = None,
    to_files: Annotated[bool, typer.Option("--to-files", help="Write letters into outbox/, send none.")] = False,
    data: DataOption = None,
) -> None:
    """Send each letter of a week that was not sent before: running it again, or twice at once, sends none twice."""
    from api.container import Container
    from api.weekly import send_weekly, week_of

    settings = load_settings(data)
    container = Container(settings.model_copy(update={"smtp_url": None}) if to_files else settings)
    try:
        done = send_weekly(container, week_of(week, container.clock(), container))
    finally:
        container.close()
    typer.echo(f"{done.sent} sent, {done.earlier} sent before, {len(done.failed)} failed")
    if done.failed:
        typer.echo(f"{done.why}\nto be tried again by the next run: {', '.join(done.failed)}", err=True)
        if done.left:
            typer.echo(f"and {done.left} more, which were not tried: see to the mail server first", err=True)
        raise typer.Exit(2)
