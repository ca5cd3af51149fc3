"""`baicha status`, `backup`, `restore` and `upgrade`."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, JsonOption, examples, load_settings


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "status",
        short_help="Say what a data folder holds.",
        epilog=examples("baicha status", "baicha status --json --data /srv/baicha"),
    )(show_status)
    app.command(
        short_help="Write a verified backup, also while serving.",
        epilog=examples("baicha backup", "baicha backup /mnt/safe/baicha-2026-11-24.tar.gz"),
    )(backup)
    app.command(
        short_help="Put a backup into an empty folder.",
        epilog=examples(
            "baicha restore /mnt/safe/baicha-2026-11-24.tar.gz --data /srv/new",
            "BAICHA_DATABASE_URL=postgresql://… baicha restore /mnt/safe/baicha-2026-11-24.tar.gz",
        ),
    )(restore)
    app.command(
        short_help="Migrate the database, data in place.",
        epilog=examples("baicha backup before.tar.gz && baicha upgrade"),
    )(upgrade)


def show_status(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what a data folder holds: the index, listings, events, the database.

    Nothing is changed; an empty folder has a snapshot of null.
    """
    import json
    from dataclasses import asdict

    from api.operations.status import status

    facts = asdict(status(load_settings(data)))
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for name, value in facts.items():
        typer.echo(f"{name:<10}{'none yet' if value is None else value}")


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A .tar.gz file that does not exist yet.", show_default=False),
    ] = None,
    data: DataOption = None,
) -> None:
    """Write a backup, also while the service runs: the database, the index, the secret keys, and their checksums.

    Without FILE it goes into backups/ of the data folder, where those older than 30 days are removed: what visitors
    asked to be forgotten lives on in a backup until then.

    What was recorded before the command began is in it, from SQLite or PostgreSQL. It holds secret keys and visitors'
    pseudonyms: keep it where the data folder would be safe. The vector cache is left out; it is made again when needed.
    """
    from datetime import UTC, datetime

    from api.operations.backup import backup as write_backup
    from api.operations.backup import backup_and_expire

    settings, now, expired = load_settings(data), datetime.now(UTC), 0
    if file is None:
        file, manifest, expired = backup_and_expire(settings, now=now)
    else:
        manifest = write_backup(settings, file, now=now)
    size_mb = file.stat().st_size / 1e6
    typer.echo(f"{file}: {len(manifest.files)} files, {size_mb:.1f} MB")
    if expired:
        typer.echo(f"removed {expired} older than 30 days")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup made by `baicha backup`.")],
    data: DataOption = None,
) -> None:
    """Put a backup into an empty data folder, after verifying every checksum, and the ledger by its signed checkpoints.

    With BAICHA_DATABASE_URL the rows go into that database, which must be empty; a backup of either kind of database
    can be put into the other. A folder that holds anything is refused, and so is a backup that is torn. Visitors who
    asked to be forgotten after the backup was made are in it again: copy forgotten.txt of the old data folder into the
    new one before, and they are erased again.
    """
    from datetime import UTC, datetime

    from api.operations.restore import restore as put_back

    settings = load_settings(data)
    restored = put_back(settings, file, now=datetime.now(UTC))
    manifest = restored.manifest
    typer.echo(f"{settings.data}: restored {len(manifest.files)} files of {manifest.made_at:%Y-%m-%d %H:%M} UTC")
    if restored.forgotten_again:
        typer.echo(f"erased again: {restored.forgotten_again} visitors who were forgotten after the backup")
    if manifest.database == "postgresql":
        typer.echo(
            "An earlier version made this backup, without its PostgreSQL database. Restore that too:\n"
            '  pg_restore --clean --if-exists --dbname="$BAICHA_DATABASE_URL" baicha.dump',
            err=True,
        )


def upgrade(data: DataOption = None) -> None:
    """Bring the database to this version's tables, with the data in place; `serve` and `import` do it too."""
    from api.operations.database import upgrade_in_place
    from index.database import make_engine

    settings = load_settings(data)
    engine = make_engine(settings)
    try:
        before, now = upgrade_in_place(engine)
    finally:
        engine.dispose()
    typer.echo(f"already at {now}" if before == now else f"upgraded from {before or 'empty'} to {now}")
