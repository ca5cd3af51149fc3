"""`baicha simulate`: a made-up county from a seed, with attackers, and the truth about its visits kept aside."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import examples


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Make up a county's month, with attackers.",
        epilog=examples(
            "baicha simulate simulated --seed 7",
            "baicha simulate simulated --seed 7 --load --data simulated-data",
        ),
    )(simulate)


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; made when missing.")],
    *,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same county.")] = 1,
    merchants: Annotated[int, typer.Option(min=1, max=5_000)] = 40,
    days: Annotated[int, typer.Option(min=1, max=366)] = 30,
    attackers: Annotated[bool, typer.Option(help="All eight kinds, or none; they need 22 merchants.")] = True,
    load: Annotated[bool, typer.Option("--load", help="Also put listings and events into the data folder.")] = False,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder for --load.")] = None,
) -> None:
    """Write listings.jsonl, events.jsonl and truth.jsonl of a county that never was; all say that they are made up.

    truth.jsonl names the attack behind each visit, or null for an honest one; nothing in the events gives it away.
    """
    import json

    from api.simulating.attacks import STRENGTHS, Attack
    from api.simulating.simulation import simulate as make
    from index.errors import UsageError

    needed = sum(strength.merchants for strength in STRENGTHS.values())
    if attackers and merchants < needed:
        raise UsageError(f"the attackers need {needed} merchants; ask for more, or for --no-attackers")
    made = make(seed, merchants=merchants, days=days, attacks=tuple(Attack) if attackers else ())
    folder.mkdir(parents=True, exist_ok=True)
    truth = ({"id": event_id, "attack": attack} for event_id, attack in made.truth.items())
    for name, rows in (
        ("listings", made.listings()),
        ("events", (event.model_dump(mode="json") for event in made.events)),
        ("truth", truth),
    ):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    attacked = sum(attack is not None for attack in made.truth.values())
    typer.echo(
        f"{folder}: {merchants} merchants, {len(made.events)} events, {len(made.truth)} visits, {attacked} of attackers"
    )
    if load:
        _load(folder, data)


def _load(folder: Path, data: Path | None) -> None:
    import json

    from api.cli.options import load_settings
    from api.operations.database import opened
    from index.database import writing
    from index.importing import import_file
    from ledger.append import append
    from ledger.events import parse_event

    batch = 5_000
    with opened(load_settings(data)) as engine:
        import_file(engine, folder / "listings.jsonl")
        with (folder / "events.jsonl").open(encoding="utf-8") as file:
            events = [parse_event(json.loads(line)) for line in file]
        for start in range(0, len(events), batch):
            some = events[start : start + batch]
            with writing(engine) as session:
                append(session, some, now=max(event.at for event in some), trusted=True)
    typer.echo("loaded; `baicha import` or `serve` builds the index")
