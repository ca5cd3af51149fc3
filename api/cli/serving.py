"""`baicha serve`: the service, after whatever the data folder still lacks."""

import contextlib
import errno
import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.options import DataOption, address, examples, load_settings
from api.cli.progress import progress

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.starter import FirstLogins
    from index.settings import Settings

FIRST_QUERY = "余村附近吃竹林鸡，人均80以下"
_LAST_PORT = 65535
#: A question may be 10,000 characters long, 90 KB in an address: httptools takes 64 KB, h11 as much as it is told to.
HTTP = "h11"
LONGEST_HEAD = 128 * 1024
#: How long open requests may take to end after Ctrl-C, seconds.
SHUTDOWN_S = 5


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Serve the pages and the API.",
        epilog=examples(
            "baicha serve --starter starter",
            "BAICHA_PORT=8001 baicha serve",
            "baicha serve --data /srv/baicha --workers 2",
        ),
    )(serve)


def serve(
    starter: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Load this folder's starter data where there are no listings yet."),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.  [default: BAICHA_HOST, else 127.0.0.1]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.  [default: BAICHA_PORT, else 8000]")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    data: DataOption = None,
) -> None:
    """Serve the pages and the API. The database is upgraded and the index brought up to date first.

    Ctrl-C lets open requests end, then stops. A first run that was interrupted goes on where it was.
    """
    settings = load_settings(data, host=host, port=port)
    _check_port(settings)
    _prepare(settings, starter)
    if workers == 1:
        _serve_here(settings)
    else:
        _serve_in_workers(settings, workers)


def _check_port(settings: "Settings") -> None:
    """Find out before the long work whether we can listen.

    Raises:
        UsageError: The port is taken or the address is not this machine's.
    """
    from index.errors import UsageError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except PermissionError as exc:
            raise UsageError(
                f"port {settings.port} needs more rights than this user has; choose one above 1023: "
                "`BAICHA_PORT=8000 make run`"
            ) from exc
        except OSError as exc:
            if isinstance(exc, socket.gaierror) or exc.errno == errno.EADDRNOTAVAIL:
                raise UsageError(f"cannot listen on {settings.host}: it is no address of this machine") from exc
            other = settings.port + 1 if settings.port < _LAST_PORT else settings.port - 1
            raise UsageError(
                f"port {settings.port} is taken by another program; stop it, or take another port: "
                f"`BAICHA_PORT={other} make run`"
            ) from exc


def _prepare(settings: "Settings", starter: Path | None) -> None:
    """Upgrade the database, load the starter data where asked and wanted, and bring the index up to date."""
    from api.guest_origins import guest_origins
    from api.operations.database import opened
    from api.starter import Watcher, load_starter

    with opened(settings) as engine, progress() as on_progress:
        if starter is not None:
            watcher = Watcher(_say, on_progress, lambda logins: _show_logins(settings, logins))
            load_starter(engine, settings, starter, watcher, now=datetime.now(UTC))
        guest_origins(settings)  # a list that cannot be read is told of now, not to the first guest
        _bring_index_up_to_date(engine, settings)


def _bring_index_up_to_date(engine: "Engine", settings: "Settings") -> None:
    from api.operations.status import status
    from index.snapshot import build

    before = status(settings)
    if before.listings == 0 and before.snapshot is None:
        _say("There are no listings yet. Import some: `baicha import FILE`")
        return
    with progress() as on_progress:
        built = build(engine, settings, on_progress=on_progress)
    if built != before.snapshot:
        _say(f"The index was behind the database; it is {built} now.")


def _show_logins(settings: "Settings", logins: "FirstLogins") -> None:
    lines = (
        "",
        f"  管理员密钥 Admin key                    {logins.admin_key}",
        f"  示例商家登录 Login of a made-up merchant  {logins.login}",
        f"  密码 Password                           {logins.password}",
        f"  登录页 Where                            {address(settings)}/login",
        "",
        "  只显示这一次，请记下；系统只保存其哈希值。",
        "  Shown this once: write them down, only their hashes are kept. Another key: `baicha keys make admin`",
        "",
    )
    typer.echo("\n".join(lines))


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _serve_here(settings: "Settings") -> None:
    import uvicorn

    from api.app import create_app
    from api.container import Container
    from api.observability import configure_logging
    from index.errors import SnapshotMissing

    configure_logging(settings.log_level)
    container = Container(settings, serves=True)
    with contextlib.suppress(SnapshotMissing):
        container.finder()  # before we listen, so that the first question is answered at once

    class Announcing(uvicorn.Server):
        """Says where it is as soon as it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _announce(settings)

    config = uvicorn.Config(
        create_app(container),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        http=HTTP,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    server = Announcing(config)
    # uvicorn raises the signal again when all is closed: that is the end we want, not a failure.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise typer.Exit(1)
    _say("Stopped.")


def _serve_in_workers(settings: "Settings", workers: int) -> None:
    import uvicorn

    # The workers read their settings from the environment: what was typed must reach them.
    os.environ |= {
        "BAICHA_DATA": str(settings.data),
        "BAICHA_HOST": settings.host,
        "BAICHA_PORT": str(settings.port),
        # uvicorn ends a worker by its signal, so that tqdm's lock is never put away; Python's tracker does that, and
        # would tell of it.
        "PYTHONWARNINGS": "ignore:resource_tracker:UserWarning",
    }
    _announce(settings)
    uvicorn.run(
        "api.app:app_from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        http=HTTP,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )


def _announce(settings: "Settings") -> None:
    where = address(settings)
    typer.echo(
        f"白茶 Baicha: {where}\n"
        "按 Ctrl-C 停止。试试： / Ctrl-C stops it. Try:\n"
        f"  {where}/?q={quote(FIRST_QUERY)}\n"
        f"  curl -G {where}/v1/search --data-urlencode 'q={FIRST_QUERY}'"
    )
