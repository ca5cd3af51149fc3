"""`baicha keys`, `merchants` and `claims`: who may see what."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataOption, JsonOption, address, examples, load_settings, show_table

if TYPE_CHECKING:
    from sqlmodel import Session

    from api.accounts import NewKey


class KeyRole(StrEnum):
    """The roles that need a key; a tourist needs none."""

    MERCHANT = "merchant"
    BOARD = "board"
    ADMIN = "admin"


PrefixArgument = Annotated[
    str, typer.Argument(metavar="PREFIX", help="The key's prefix, as `baicha keys list` has it.")
]
ClaimArgument = Annotated[str, typer.Argument(metavar="CLAIM", help="The claim's id, as `baicha claims list` has it.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Keys of the API: shown once, kept as hashes.", no_args_is_help=True, epilog=_KEYS)
    keys.command(
        "make",
        short_help="Make a key and print it, once.",
        epilog=examples("baicha keys make board --label 'county board'"),
    )(make_key)
    keys.command(
        "list", short_help="List the keys by prefix.", epilog=examples("baicha keys list", "baicha keys list --json")
    )(list_keys)
    keys.command(
        "rotate", short_help="Replace a key by a new one.", epilog=examples("baicha keys rotate 3f0a9c21b77e")
    )(rotate_key)
    keys.command("revoke", epilog=examples("baicha keys revoke 3f0a9c21b77e"))(revoke_key)
    app.add_typer(keys, name="keys")
    merchants = typer.Typer(help="Merchants and their logins.", no_args_is_help=True, epilog=_MERCHANTS)
    merchants.command(
        "invite", short_help="Print a link to set a login.", epilog=examples("baicha merchants invite zhuli-farmhouse")
    )(invite_merchant)
    merchants.command("list", epilog=examples("baicha merchants list", "baicha merchants list --json"))(list_merchants)
    merchants.command(
        "reset", short_help="Print a link to set another password.", epilog=examples("baicha merchants reset laoban")
    )(reset_password)
    app.add_typer(merchants, name="merchants")
    claims = typer.Typer(help="Claims of listings, for a person to decide.", no_args_is_help=True, epilog=_CLAIMS)
    claims.command("list", epilog=examples("baicha claims list", "baicha claims list --json"))(list_claims)
    claims.command(
        "approve",
        short_help="Give the listing to who claims it.",
        epilog=examples("baicha claims approve c_1f2e3d4c5b6a7988"),
    )(approve_claim)
    claims.command("reject", epilog=examples("baicha claims reject c_1f2e3d4c5b6a7988 --reason 'no licence'"))(
        reject_claim
    )
    app.add_typer(claims, name="claims")


_KEYS = examples("baicha keys make admin --label 'me'", "baicha keys list")
_MERCHANTS = examples("baicha merchants invite LISTING", "baicha merchants list")
_CLAIMS = examples("baicha claims list", "baicha claims approve CLAIM")


@contextmanager
def _session(data: Path | None, *, write: bool = False) -> Iterator["Session"]:
    from api.operations.database import opened
    from index.database import reading, writing

    with opened(load_settings(data)) as engine, (writing if write else reading)(engine) as session:
        yield session


def make_key(
    role: Annotated[KeyRole, typer.Argument(help="What the key may see.")],
    merchant: Annotated[str | None, typer.Option(metavar="ID", help="Whose key; for role merchant.")] = None,
    label: Annotated[str, typer.Option(help="A note to know it by.")] = "",
    data: DataOption = None,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    from api.accounts import Role
    from api.accounts import make_key as make

    with _session(data, write=True) as session:
        made = make(session, Role(role.value), merchant=merchant, label=label, now=datetime.now(UTC))
    _print_key(made)


def list_keys(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the keys by prefix, newest first; the keys themselves are not kept."""
    from api.accounts import list_keys as stored

    with _session(data) as session:
        rows = [
            {
                "prefix": key.prefix,
                "role": key.role,
                "merchant": key.merchant_id,
                "label": key.label,
                "made": key.made_at,
                "last_used": key.last_used_at,
                "revoked": key.revoked_at,
            }
            for key in stored(session)
        ]
    show_table(rows, as_json=as_json, empty="no keys yet: `baicha keys make admin`")


def rotate_key(prefix: PrefixArgument, data: DataOption = None) -> None:
    """Replace a key: the old one stops working now, the new one is printed once."""
    from api.accounts import rotate_key as rotate

    with _session(data, write=True) as session:
        made = rotate(session, _prefix(prefix), now=datetime.now(UTC))
    _print_key(made)


def revoke_key(prefix: PrefixArgument, data: DataOption = None) -> None:
    """Make a key useless from now on."""
    from api.accounts import revoke_key as revoke

    with _session(data, write=True) as session:
        key = revoke(session, _prefix(prefix), now=datetime.now(UTC))
        typer.echo(f"{key.prefix} ({key.role}) is revoked")


def _prefix(typed: str) -> str:
    """Return the prefix, also when the whole key was pasted."""
    return typed.split("_")[1] if typed.startswith("bch_") else typed


def _print_key(made: "NewKey") -> None:
    typer.echo(made.plain)
    typer.echo(f"Role {made.role}. This is the only time that the key is shown; only its hash is kept.", err=True)


def invite_merchant(
    listing: Annotated[str, typer.Argument(metavar="LISTING", help="Id of the listing that is theirs.")],
    name: Annotated[str | None, typer.Option(help="The merchant's name.  [default: the listing's]")] = None,
    data: DataOption = None,
) -> None:
    """Print a link by which the merchant of a listing sets a login and a password; good once, for seven days."""
    from api.accounts import MerchantListing, invite, make_merchant
    from index.errors import NotFound
    from index.listing import Listing

    now = datetime.now(UTC)
    with _session(data, write=True) as session:
        found = session.get(Listing, listing)
        if found is None:
            raise NotFound("listing", listing)
        held = session.get(MerchantListing, listing)
        merchant = (
            held.merchant_id if held else make_merchant(session, name or found.name, listings=[listing], now=now).id
        )
        token = invite(session, merchant, now=now)
    typer.echo(f"{address(load_settings(data))}/invite/{token}")
    typer.echo(f"Merchant {merchant}. The link works once, within seven days; it is not kept.", err=True)


def reset_password(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Name of the login, or its e-mail address.")],
    data: DataOption = None,
) -> None:
    """Print a link by which the holder of a login sets another password; good once, for an hour."""
    from api.accounts import operators_reset

    with _session(data, write=True) as session:
        token = operators_reset(session, login, now=datetime.now(UTC))
    typer.echo(f"{address(load_settings(data))}/reset/{token}")
    typer.echo("The link works once, within an hour; hand it to nobody but the holder of the login.", err=True)


def list_merchants(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the merchants with the listings that are theirs."""
    from api.accounts import list_merchants as stored

    with _session(data) as session:
        rows = [
            {"id": merchant.id, "name": merchant.name, "listings": ", ".join(listings), "since": merchant.made_at}
            for merchant, listings in stored(session)
        ]
    show_table(rows, as_json=as_json, empty="no merchants yet: `baicha merchants invite LISTING`")


def list_claims(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the claims that nobody has decided, oldest first."""
    from api.accounts import pending_claims

    with _session(data) as session:
        rows = [
            {
                "id": claim.id,
                "listing": claim.listing_id,
                "name": claim.name,
                "contact": claim.contact,
                "note": claim.note,
                "made": claim.made_at,
            }
            for claim in pending_claims(session)
        ]
    show_table(rows, as_json=as_json, empty="no claims are waiting")


def approve_claim(claim: ClaimArgument, data: DataOption = None) -> None:
    """Give the listing to who claims it, and print the link for a new merchant's login."""
    from api.accounts import decide_claim

    with _session(data, write=True) as session:
        made = decide_claim(session, claim, approve=True, by="command line", now=datetime.now(UTC))
    if made is not None and made.invitation is not None:
        typer.echo(f"{address(load_settings(data))}/invite/{made.invitation}")
        typer.echo(f"Merchant {made.merchant}. The link works once, within seven days; send it to them.", err=True)
    else:
        typer.echo(f"{claim} is approved")


def reject_claim(
    claim: ClaimArgument,
    reason: Annotated[str, typer.Option(help="Why; kept with the claim.")] = "",
    data: DataOption = None,
) -> None:
    """Refuse a claim; the listing stays as it is."""
    from api.accounts import decide_claim

    with _session(data, write=True) as session:
        decide_claim(session, claim, approve=False, by="command line", reason=reason, now=datetime.now(UTC))
    typer.echo(f"{claim} is rejected")
