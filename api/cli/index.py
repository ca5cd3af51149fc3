"""`baicha index`: what is done with the index beside building it."""

from enum import StrEnum
from typing import Annotated

import typer

from api.cli.options import DataOption, examples, load_settings
from api.cli.progress import progress


class Target(StrEnum):
    """Where an index can be pushed to."""

    MILVUS = "milvus"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="The index, beside building it.",
        no_args_is_help=True,
        epilog=examples("baicha index push --to milvus --uri http://127.0.0.1:19530"),
    )
    group.command(
        "push",
        short_help="Fill a vector database with the index in force.",
        epilog=examples(
            "baicha index push --to milvus --uri http://127.0.0.1:19530",
            "baicha index push --to milvus --uri ./milvus.db --collection anji",
        ),
    )(push)
    app.add_typer(group, name="index")


def push(
    *,
    uri: Annotated[str, typer.Option(metavar="URI", help="The server's address, or the file of a Milvus Lite.")],
    to: Annotated[Target, typer.Option("--to", help="Which vector database.")] = Target.MILVUS,
    collection: Annotated[
        str, typer.Option(metavar="NAME", help="Name to search by; it stands for a collection of each index in turn.")
    ] = "baicha",
    data: DataOption = None,
) -> None:
    """Fill a collection of Milvus with the index in force: vectors, places, and everything that limits look at.

    The name stands for the index pushed last, by one swap. An interrupted push goes on where it stopped.
    """
    from index.errors import SettingsError, StorageError
    from index.milvus_push import push as push_rows
    from index.snapshot import Snapshots

    try:
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException
    except ImportError as exc:
        raise SettingsError(f"pushing to {to.value} needs an extra: pip install 'baicha[milvus]'") from exc
    snapshot = Snapshots(load_settings(data)).current()
    try:
        client = MilvusClient(uri)
        with progress() as on_progress:
            push_rows(
                client, collection, snapshot.stored.vectors.stored, snapshot.engine.attributes, snapshot.id, on_progress
            )
        client.close()
    except MilvusException as exc:
        raise StorageError(f"{uri} refused the index ({exc.message}); is Milvus running there?") from exc
    typer.echo(f"{collection} at {uri} holds the {len(snapshot.listings)} listings of index {snapshot.id}")
