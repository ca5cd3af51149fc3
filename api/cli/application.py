"""The `baicha` command: puts the commands together, and turns every error into one line and an exit code.

Exit codes: 0 done; 1 a fault of Baicha itself, or a ledger that differs from what it says; 2 the input or the machine,
and what to do is said; 3 an import took some rows and rejected others; 130 interrupted.
"""

import sys
import traceback
from typing import Annotated

import typer

from api.cli import (
    accounts,
    distilling,
    evaluating,
    importing,
    index,
    ledger,
    operating,
    payments,
    searching,
    serving,
    simulate,
    weekly,
)
from api.cli.faults import FAULT, explain

INTERRUPTED = 130

app = typer.Typer(
    help="Baicha 白茶: finds local businesses for tourists and shows merchants who came.",
    epilog="\b\nExamples:\n  baicha serve --starter starter\n  baicha search '余村附近吃竹林鸡，人均80以下'",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (
    serving,
    importing,
    searching,
    evaluating,
    distilling,
    index,
    operating,
    accounts,
    ledger,
    payments,
    simulate,
    weekly,
):
    _module.add_to(app)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer passes a callback's value by position
    if asked:
        from importlib.metadata import version

        typer.echo(f"baicha {version('baicha')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show where an error came from.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    _ = verbose, version  # `main` looks for --verbose itself: an error may come before the options are read


def main() -> None:
    """Run the command line and exit; never with a trace, unless `--verbose` asks for one."""
    verbose = "--verbose" in sys.argv[1:]
    if verbose:  # accepted anywhere on the line
        sys.argv = [sys.argv[0], *(word for word in sys.argv[1:] if word != "--verbose")]
    try:
        app(prog_name="baicha")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as exc:  # noqa: BLE001 - the edge of the process
        if verbose:
            traceback.print_exc()
        message, code = explain(exc)
        hint = "; `baicha --verbose ...` shows where" if code == FAULT and not verbose else ""
        typer.echo(f"baicha: {message}{hint}", err=True)
        sys.exit(code)
