"""`baicha payments import`, `feed`, `trust`: takings that a merchant states, payments and bills that issuers attest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataOption, examples, load_settings

if TYPE_CHECKING:
    from index.report import ImportReport

FileArgument = Annotated[Path, typer.Argument(metavar="FILE")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    payments = typer.Typer(
        help="Import payments, stated by a merchant or attested by an issuer.",
        epilog=examples("baicha payments import till.csv --listing made-up-zhuli-renjia"),
        no_args_is_help=True,
    )
    payments.command(
        "import",
        short_help="Import a merchant's till or statement.",
        epilog=examples(
            "baicha payments import till.csv --listing made-up-zhuli-renjia",
            "baicha payments import till.csv --listing ID --map amount=实收 --map at=时间 --map reference=单号",
        ),
    )(import_statement)
    payments.command(
        "feed",
        short_help="Import an issuer's signed feed.",
        epilog=examples("baicha payments feed bank.jsonl"),
    )(import_feed)
    payments.command(
        "trust",
        short_help="Trust an issuer's public key.",
        epilog=examples("baicha payments trust 'Anji Rural Bank' d75a980182b10ab7…"),
    )(trust)
    app.add_typer(payments, name="payments")


def import_statement(
    file: FileArgument,
    listing: Annotated[str, typer.Option(metavar="ID", help="Whose takings they are.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="WHAT=COLUMN", help="Which column holds at, amount or reference; remembered."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Import a CSV of payments that the merchant states. They are shown, and lift no visit's grade.

    Columns are found by their usual names in Chinese or English, or as --map says, which is remembered for the listing.
    The same file again adds nothing. Exit code: 0 when every row went in, 3 when some were rejected, 2 when none could.
    """
    from datetime import UTC, datetime

    from api.operations.database import opened
    from index.database import reading
    from index.errors import NotFound, UsageError
    from index.listing import Listing
    from ledger.payments import USUAL_NAMES
    from ledger.payments_import import import_statement as put_in

    pairs = dict(each.partition("=")[::2] for each in mapping or ())
    if any(what not in USUAL_NAMES or not column for what, column in pairs.items()):
        raise UsageError(f"--map is WHAT=COLUMN, where WHAT is one of {', '.join(USUAL_NAMES)}")
    settings = load_settings(data)
    with opened(settings) as engine:
        with reading(engine) as session:
            if session.get(Listing, listing) is None:
                raise NotFound("listing", listing)
        report = put_in(engine, file, listing, mapping=pairs, now=datetime.now(UTC), tz=settings.tz)
    _tell(report)


def import_feed(file: FileArgument, data: DataOption = None) -> None:
    """Import JSON lines of payments and bills, each signed by an issuer that is trusted.

    Payments lift the visits that they name; bills paid on time are a term of the credit report. The same file again
    adds nothing. Exit code: 0 when every line went in, 3 when some were rejected, 2 when none could.
    """
    from datetime import UTC, datetime

    from api.operations.database import opened
    from ledger.payments_import import import_feed as put_in

    settings = load_settings(data)
    with opened(settings) as engine:
        report = put_in(engine, file, now=datetime.now(UTC), tz=settings.tz)
    _tell(report)


def trust(
    name: Annotated[str, typer.Argument(metavar="ISSUER", help="As the feed names it.")],
    key: Annotated[str, typer.Argument(metavar="PUBLIC_KEY", help="Ed25519, 64 hexadecimal digits.")],
    data: DataOption = None,
) -> None:
    """Trust the payments and bills that an issuer signs with this key; a new key takes the place of the old one."""
    from datetime import UTC, datetime

    from api.operations.database import opened
    from index.database import writing
    from ledger.payments_import import trust_issuer

    with opened(load_settings(data)) as engine, writing(engine) as session:
        trust_issuer(session, name, key, now=datetime.now(UTC))
    typer.echo(f"payments and bills signed by {name} are trusted from now on")


def _tell(report: "ImportReport") -> None:
    for line in report.lines():
        typer.echo(line, err=True)
    typer.echo(
        f"{report.path}: {report.inserted} new, {report.unchanged} known already, {len(report.rejected)} rejected"
    )
    raise typer.Exit(report.exit_code)
