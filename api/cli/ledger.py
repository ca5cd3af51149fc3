"""`baicha ledger` and `baicha witness`: the log that anyone can check."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataOption, JsonOption, examples, load_settings

if TYPE_CHECKING:
    from api.operations.recomputing import Wanted
    from index.settings import Settings
    from ledger.log.signing import SigningKey
    from ledger.log.witness import LogSource
    from ledger.proof.notes import VerifierKey
    from ledger.proof.verifying import Verified
    from recommender.asked_for import AskedFor

#: What is checked is not what it says.
DIFFERS = 1
_TIMEOUT_S = 30

KeyOption = Annotated[
    str | None, typer.Option("--key", metavar="KEY", help="The log's public key, from `baicha ledger key`.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    ledger = typer.Typer(help="The ledger: sign it, export it, verify it.", no_args_is_help=True, epilog=_LEDGER)
    ledger.command("checkpoint", short_help="Sign the log as it stands.", epilog=examples("baicha ledger checkpoint"))(
        sign_checkpoint
    )
    ledger.command("key", short_help="Print the public key.", epilog=examples("baicha ledger key"))(print_key)
    ledger.command(
        "export",
        short_help="Write a file that proves itself.",
        epilog=examples(
            "baicha ledger export ledger-2026-11-24.jsonl",
            "baicha ledger export ledger-2026-11-24.jsonl --facts facts-2026-11-24.jsonl",
        ),
    )(export)
    ledger.command(
        "verify",
        short_help="Recompute everything, name the first difference.",
        epilog=examples("baicha ledger verify", "baicha ledger verify ledger-2026-11-24.jsonl --key KEY"),
    )(verify)
    ledger.command(
        "recompute",
        short_help="Every figure again, from the events alone.",
        epilog=examples(
            "baicha ledger recompute",
            "baicha ledger recompute ledger.jsonl --facts facts.jsonl --board --days 90",
            "baicha ledger recompute ledger.jsonl --facts facts.jsonl --merchant MERCHANT",
            "baicha ledger recompute ledger.jsonl --listing LISTING --on 2026-11-24",
        ),
    )(recompute)
    ledger.command(
        "rebuild", short_help="Make the kept counts anew from the events.", epilog=examples("baicha ledger rebuild")
    )(rebuild)
    ledger.add_typer(_witnesses(), name="witnesses")
    app.add_typer(ledger, name="ledger")
    app.command(
        short_help="Cosign a log that only grew.",
        epilog=examples(
            "baicha witness https://anji.example --key KEY",
            "baicha witness ledger-2026-11-24.jsonl --state witness.json",
        ),
    )(witness)


def _witnesses() -> typer.Typer:
    named = typer.Typer(
        help="Whose cosignatures the log takes.", no_args_is_help=True, epilog=examples("baicha ledger witnesses list")
    )
    named.command(
        "add",
        short_help="Name a witness.",
        epilog=examples('baicha ledger witnesses add "Anji tourism association" KEY'),
    )(add_witness)
    named.command(
        "remove", short_help="Take no more from one.", epilog=examples("baicha ledger witnesses remove NAME")
    )(remove_witness)
    named.command("list", short_help="Show them.", epilog=examples("baicha ledger witnesses list"))(list_witnesses)
    return named


_LEDGER = examples("baicha ledger verify", "baicha ledger export ledger.jsonl")


def sign_checkpoint(data: DataOption = None) -> None:
    """Sign the log's size and root, and print the note; the last one again when nothing was added.

    The service does it by itself when it is asked for a checkpoint.
    """
    typer.echo(_checkpoint(load_settings(data)), nl=False)


def print_key(data: DataOption = None) -> None:
    """Print the public key that verifies the log's checkpoints; publish it where you could not change it unseen."""
    typer.echo(str(_key(load_settings(data)).public))


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
    facts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write beside it what figures depend on: settings, facts of listings."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Write every event, commitment, erasure and signed checkpoint, a JSON line each, after signing the log.

    The file has visitors' pseudonyms in it: keep it as safe as the data folder. With --facts whoever is given both
    files computes any shown figure again without this database; publish the SHA-256 of the facts that is printed.
    """
    from datetime import UTC, datetime

    from api.operations.exporting import ensure_new, export_facts, export_ledger

    settings = load_settings(data)
    for target in (file, facts):
        if target is not None:
            ensure_new(target)
    _checkpoint(settings)
    lines = export_ledger(settings, file, _key(settings).public)
    typer.echo(f"{file}: {lines} lines; verify it anywhere with `baicha ledger verify {file}`")
    if facts is not None:
        count, sha256 = export_facts(settings, facts, _names(settings), datetime.now(UTC))
        typer.echo(f"{facts}: {count} lines, SHA-256 {sha256}; `baicha ledger recompute {file} --facts {facts}`")


def verify(
    *,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An exported ledger; without it the data folder's own.")
    ] = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute commitments, tree, signatures and erasures; exit code 1 and the first event that differs if any does.

    Without --key a file is only shown to agree with itself: take the key from somewhere that its maker cannot change.
    """
    import json
    from dataclasses import asdict

    from ledger.proof.verifying import Difference

    try:
        found = _verified(load_settings(data), file, key)
    except Difference as exc:
        said = {"differs": str(exc), "event": exc.index, "id": exc.event_id}
        if exc.among is not None:
            said |= {"first": exc.among[0], "last": exc.among[1]}
        typer.echo(json.dumps(said) if as_json else f"{exc}")
        raise typer.Exit(DIFFERS) from exc
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(
        f"verified: {found.entries} events ({found.erased} erased), {found.covered} of them under "
        f"{found.checkpoints} signed checkpoints of {found.origin}"
    )
    if file is not None and key is None:
        typer.echo(f"by the key in the file itself; compare it with the operator's:\n  {found.key}", err=True)


def recompute(  # noqa: PLR0913 - one for each option
    *,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An exported ledger; without it the data folder's own.")
    ] = None,
    facts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The facts that `export --facts` wrote beside FILE.")
    ] = None,
    merchant: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Whose figures, with --facts; may be given several times.")
    ] = None,
    listing: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Of these listings together; may be given several times.")
    ] = None,
    board: Annotated[bool, typer.Option("--board", help="The board's indicators, with --facts.")] = False,
    experiment: Annotated[bool, typer.Option("--experiment", help="What being shown caused, with --facts.")] = False,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many local days, with FILE.")] = 30,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="As at the end of that day, with FILE.")] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="As at that moment, with FILE; local time where it has no offset.  [default: that of the facts]",
        ),
    ] = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute figures from the bare events: nothing that is shown comes from anywhere else.

    Without FILE every count that is kept beside the events, and all that merchants, the board and the operator are
    shown is computed again and compared with what is shown; exit code 1 and the first that differs if any does.

    With FILE an export is verified, and figures are printed, always as JSON: with the --facts that were written beside
    it any that is shown, all of them when none is chosen. The facts have the settings, which yours do not matter for.
    Without --facts a --listing's own figures only, by your settings, since an export does not name those like it.
    """
    settings = load_settings(data)
    if file is not None:
        wanted = _wanted(
            facts,
            merchants=merchant or [],
            listings=listing or [],
            board=board,
            experiment=experiment,
            days=days,
            on=on,
            at=at,
        )
        _print_figures(settings, file, facts, wanted, key)
        return
    chosen = {
        "--facts": facts, "--merchant": merchant, "--listing": listing, "--board": board, "--experiment": experiment,
        "--on": on, "--at": at,
    }  # fmt: skip
    given = [name for name, value in chosen.items() if value]
    if given:
        from index.errors import UsageError

        raise UsageError(f"{given[0]} is about an exported ledger; name its FILE too")
    _compare(settings, as_json=as_json)


def _compare(settings: "Settings", *, as_json: bool) -> None:
    import json
    from dataclasses import asdict
    from datetime import UTC, datetime

    from api.operations.recomputing import recompute as compute_again

    found = compute_again(settings, datetime.now(UTC), _names(settings))
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    elif found.differs is not None:
        typer.echo(found.differs)
    else:
        typer.echo(
            f"equal: {found.figures} pages of figures, of {found.merchants} merchants and the board, "
            f"from {found.entries} events"
        )
    if found.differs is not None:
        raise typer.Exit(DIFFERS)


def rebuild(data: DataOption = None) -> None:
    """Make the counts that are kept beside the events anew, when `baicha ledger recompute` says that one differs.

    Events are not touched. The service may go on running; who writes to it waits meanwhile.
    """
    from api.operations.recomputing import rebuild_tallies

    typer.echo(f"{rebuild_tallies(load_settings(data))} counts made anew from the events")


def add_witness(
    label: Annotated[str, typer.Argument(metavar="WHO", help="Who runs it, as the page shows it.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="The witness's key, as `baicha witness` prints it.")],
    data: DataOption = None,
) -> None:
    """Take a witness's cosignatures, and show them under /ledger. One that you run yourself proves nothing."""
    from datetime import UTC, datetime

    from api.operations.database import opened
    from index.database import writing
    from ledger.log.cosigning import name_witness

    with opened(load_settings(data)) as engine, writing(engine) as session:
        named = name_witness(session, label.strip(), key.strip(), now=datetime.now(UTC))
    typer.echo(f"{named.key.name}: named as run by {named.label}")


def remove_witness(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The witness's name, as `list` shows it.")],
    data: DataOption = None,
) -> None:
    """Take no more from a witness, and forget what it cosigned."""
    from api.operations.database import opened
    from index.database import writing
    from ledger.log.cosigning import drop_witness

    with opened(load_settings(data)) as engine, writing(engine) as session:
        drop_witness(session, name)
    typer.echo(f"{name}: removed")


def list_witnesses(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show each witness, and what it cosigned last."""
    from api.cli.options import show_table
    from api.operations.database import opened
    from index.database import reading
    from ledger.log.cosigning import last_seen, witnesses

    with opened(load_settings(data)) as engine, reading(engine) as session:
        seen = last_seen(session)
        rows = [
            {
                "name": one.key.name,
                "who": one.label,
                "cosigned": seen[one.key.name].size if one.key.name in seen else None,
                "at": seen[one.key.name].at if one.key.name in seen else None,
                "key": str(one.key),
            }
            for one in witnesses(session)
        ]
    show_table(rows, as_json=as_json, empty="none yet; `baicha ledger witnesses add WHO KEY` names one")


def witness(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The service's address, or an exported ledger.")],
    key: KeyOption = None,
    state: Annotated[Path, typer.Option(metavar="FILE", help="What this witness remembers.")] = Path("witness.json"),
    name: Annotated[str, typer.Option(help="The witness's name, when its key is made.")] = "witness",
) -> None:
    """Check that a log goes on from what this witness saw last, cosign its checkpoint, print it, and send it back.

    Run it on another machine, by somebody who does not run the service: one run by the same operator proves nothing.
    Exit code 1 when the log's key signed two histories; both notes are printed as the evidence. The witness's own key
    is kept beside the state, in a file of the same name that ends in .key.
    """
    import time

    from ledger.log.signing import load_key
    from ledger.log.witness import Seen, SplitView, cosign
    from ledger.proof.notes import COSIGNS

    seen = Seen.load(state, key)
    own = load_key(state.with_suffix(".key"), kind=COSIGNS, name=name)
    try:
        with _source(source, seen.log_key) as log:
            now = cosign(log, seen, own, now_s=int(time.time()))
    except SplitView as exc:
        typer.echo(f"{exc}\n\ncosigned last:\n{exc.seen}\nshown now:\n{exc.shown}", nl=False)
        raise typer.Exit(DIFFERS) from exc
    now.save(state)
    typer.echo(now.note, nl=False)
    typer.echo(f"cosigned {now.size} entries; this witness's key: {own.public}", err=True)
    if _is_address(source):
        # What was cosigned holds whether the log takes it back or not.
        refused = _sent_back(source, now.note)
        typer.echo(f"the log did not take it: {refused}" if refused else "the log took it", err=True)


def _key(settings: "Settings") -> "SigningKey":
    from ledger.log.signing import KEY_FILE, load_key

    return load_key(settings.data / KEY_FILE)


def _checkpoint(settings: "Settings") -> str:
    from datetime import UTC, datetime

    from api.operations.database import opened
    from index.database import writing
    from ledger.log.checkpoints import make_checkpoint

    with opened(settings) as engine, writing(engine) as session:
        return make_checkpoint(session, _key(settings), now=datetime.now(UTC)).note


def _verified(settings: "Settings", file: Path | None, key: str | None) -> "Verified":
    if file is not None:
        from ledger.proof.verifying import verify_lines

        with file.open("rb") as lines:
            return verify_lines(lines, key)
    from api.operations.database import opened
    from index.database import reading
    from ledger.log.auditing import audit, audit_counts

    public = _parsed(key) if key is not None else _key(settings).public
    with opened(settings) as engine, reading(engine) as session:
        found = audit(session, public)
        audit_counts(session)
        return found


def _parsed(key: str) -> "VerifierKey":
    from index.errors import UsageError
    from ledger.proof.notes import NoteError, VerifierKey

    try:
        return VerifierKey.parse(key)
    except NoteError as exc:
        raise UsageError(f"--key: {exc}") from exc


def _print_figures(settings: "Settings", file: Path, facts: Path | None, wanted: "Wanted", key: str | None) -> None:
    import json
    from contextlib import nullcontext

    from api.operations.recomputing import figures_of
    from ledger.proof.verifying import Difference

    try:
        verified = _verified(settings, file, key)
    except Difference as exc:
        typer.echo(f"{exc}")
        raise typer.Exit(DIFFERS) from exc
    with file.open("rb") as lines, nullcontext() if facts is None else facts.open("rb") as beside:
        named = None if beside is None else (str(facts), verified.origin, beside)
        found = figures_of(settings, lines, named, wanted)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    if facts is not None:
        told, at = found["computed"]["facts"], found["computed"]["at"]
        typer.echo(f"as at {at}, by the facts of {told['at']}, SHA-256 {told['sha256']}", err=True)


def _wanted(
    facts: Path | None,
    *,
    merchants: list[str],
    listings: list[str],
    board: bool,
    experiment: bool,
    days: int,
    on: str | None,
    at: str | None,
) -> "Wanted":
    from datetime import UTC, date, datetime

    from api.operations.recomputing import Wanted
    from index.errors import UsageError

    if facts is None and (not listings or merchants or board or experiment):
        raise UsageError("give the facts that came with the export, --facts FILE, or only listings: --listing ID")
    if on is not None and at is not None:
        raise UsageError("give one of --on and --at")
    try:
        day = None if on is None else date.fromisoformat(on)
        moment = None if at is None else datetime.fromisoformat(at)
    except ValueError as exc:
        wrong, such = (
            (f"--on {on}", "date such as 2026-11-24")
            if at is None
            else (f"--at {at}", "moment such as 2026-11-24T12:00")
        )
        raise UsageError(f"{wrong} is no {such}") from exc
    if facts is None and day is None and moment is None:
        moment = datetime.now(UTC)
    return Wanted(days, on=day, at=moment, merchants=merchants, listings=listings, board=board, experiment=experiment)


def _names(settings: "Settings") -> "AskedFor | None":
    """Return what reads chips over the index; None where there is none."""
    from api.container import Container
    from index.errors import SnapshotMissing
    from recommender.asked_for import AskedFor

    container = Container(settings)
    try:
        return AskedFor(container.finder())
    except SnapshotMissing:
        return None
    finally:
        container.close()


@contextmanager
def _source(named: str, log_key: str) -> "Iterator[LogSource]":
    from api.operations.witnessing import ExportedLog, HttpLog, fetching

    if not _is_address(named):
        yield ExportedLog(Path(named), log_key)
        return
    import httpx

    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
        yield HttpLog(fetching(client), _address(named))


def _sent_back(named: str, note: str) -> str | None:
    import httpx

    from api.operations.witnessing import send_back

    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
        return send_back(client, _address(named), note)


def _is_address(named: str) -> bool:
    return named.startswith(("http://", "https://"))


def _address(named: str) -> str:
    return named if "/v1/" in named else f"{named.rstrip('/')}/v1/ledger"
