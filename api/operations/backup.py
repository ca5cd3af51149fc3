"""Make a backup while the service runs: the database, the snapshot, and the secret keys.

The snapshot is staged before the database is copied, so that the database is never older than its index. The vector
cache is left out, because it can be made again. SQLite is copied by its online backup, PostgreSQL in one transaction
that sees a single moment; both become an SQLite file, so that a backup can be put back into either.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from api.operations import archive
from index.database import make_engine
from index.errors import StorageError, UsageError
from index.opening import CURRENT, read_current, snapshots_folder
from index.settings import Settings

DATABASE = "baicha.sqlite"
#: Small files of the data folder that a backup takes along where they exist.
SMALL_FILES = ("secret.key", "ledger.key", "starter.json", "origins.csv")
SUFFIX = ".tar.gz"
#: Where a backup is put together, in the data folder.
STAGING = ".backing-up"
#: The folder of those backups that expire, in the data folder, and how long they are kept: what visitors asked to be
#: forgotten lives on in a backup until then.
KEPT_IN = "backups"
KEPT_FOR = timedelta(days=30)
_NAME = "baicha-%Y%m%dT%H%M%SZ" + SUFFIX
#: How often the index may be swapped while it is being staged before we give up.
_TRIES = 5


def backup(settings: Settings, target: Path, *, now: datetime) -> archive.Manifest:
    """Write a backup of the data folder to `target`, and return what is in it.

    Everything that was acknowledged before the call is in it.

    Raises:
        UsageError: The target exists, has another suffix, or there is nothing to back up.
        StorageError: The database is damaged.
    """
    if not target.name.endswith(SUFFIX):
        raise UsageError(f"a backup is a {SUFFIX} file; name it {target}{SUFFIX}")
    if target.exists():
        raise UsageError(f"{target} exists; name another file, or move that one away")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}; make it first")
    if not settings.data.is_dir():
        raise UsageError(f"there is no data folder {settings.data}; name it with --data")
    with _staging(settings.data) as staged:
        snapshots = snapshots_folder(settings)
        snapshot = _stage_snapshot(snapshots, staged / snapshots.name)
        _stage_small_files(settings.data, staged)
        database, revision = _stage_database(settings, staged)
        names = sorted(str(path.relative_to(staged)) for path in staged.rglob("*") if path.is_file())
        if not names:
            raise UsageError(f"{settings.data} is empty: there is nothing to back up")
        manifest = archive.Manifest(
            version=version("baicha"),
            made_at=now,
            database=database,
            revision=revision,
            snapshot=snapshot,
            files={name: archive.describe(staged / name) for name in names},
        )
        archive.write(target, manifest, staged)
    return manifest


def backup_and_expire(settings: Settings, *, now: datetime) -> tuple[Path, archive.Manifest, int]:
    """Write a backup into the data folder's `backups/`, then remove those there that were made more than 30 days ago.

    What lies there under other names is left alone. Returns the file, what is in it, and how many were removed.

    Raises:
        UsageError: There is nothing to back up, or a backup was made in the same second.
        StorageError: The database is damaged.
    """
    if not settings.data.is_dir():
        raise UsageError(f"there is no data folder {settings.data}; name it with --data")
    folder = settings.data / KEPT_IN
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / now.astimezone(UTC).strftime(_NAME)
    try:
        manifest = backup(settings, target, now=now)
    except UsageError:
        with suppress(OSError):  # of a data folder without data nothing is made
            folder.rmdir()
        raise
    expired = [path for path in folder.iterdir() if _made_at(path.name) < now - KEPT_FOR]
    for path in expired:
        path.unlink(missing_ok=True)
    return target, manifest, len(expired)


def _made_at(name: str) -> datetime:
    """Return when a backup was made, by its name; for other names a time that never expires."""
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    """Yield an empty folder on the same disk as the data, so that files can be linked instead of copied."""
    staged = data / STAGING
    descriptor = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # backups take turns, so that what is there was left by a killed one
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(mode=0o700)
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    finally:
        os.close(descriptor)


def _stage_snapshot(snapshots: Path, staged: Path) -> str | None:
    """Link the files of the snapshot in force; start again when it is swapped meanwhile."""
    trouble: OSError | None = None
    for _ in range(_TRIES):
        current = next(iter(read_current(snapshots)), None)
        if current is None:
            return None
        try:
            shutil.copytree(snapshots / current, staged / current, copy_function=_link)
        except (FileNotFoundError, shutil.Error) as exc:
            trouble = exc
            shutil.rmtree(staged, ignore_errors=True)
            continue
        (staged / CURRENT).write_text(f"{current}\n", encoding="ascii")
        return current
    raise StorageError("the index cannot be copied, or is rebuilt again and again; try again later") from trouble


def _link(source: str, target: str) -> None:
    """Hard-link a file that is never changed once written; copy it where the file system cannot link."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)


def _stage_small_files(data: Path, staged: Path) -> None:
    for name in SMALL_FILES:
        if (data / name).is_file():
            shutil.copy2(data / name, staged / name)


def _stage_database(settings: Settings, staged: Path) -> tuple[Literal["sqlite", "none"], str | None]:
    if settings.database_url:
        return _stage_postgresql(settings, staged)
    source = settings.data / DATABASE
    if not source.is_file():
        return "none", None
    with refusing_damage():
        # All pages in one step: in steps, every write in between would make the copy begin again.
        with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(staged / DATABASE)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            revision = _revision(copy)
        check_database(staged / DATABASE)
    return "sqlite", revision


def _stage_postgresql(settings: Settings, staged: Path) -> tuple[Literal["sqlite", "none"], str | None]:
    from api.migrate import newest, revision, upgrade
    from api.operations.moving import copy_rows, standing_still

    source = make_engine(settings)
    copy = make_engine(Settings(data=staged))
    try:
        found = revision(source)
        if found is None:
            return "none", None
        if found != newest():
            raise UsageError(f"the database is at revision {found}: run `baicha upgrade` first")
        upgrade(copy)
        with standing_still(source) as rows, copy.begin() as target:
            copy_rows(rows, target)
    finally:
        source.dispose()
        copy.dispose()
    with closing(sqlite3.connect(staged / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    return "sqlite", found


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Turn what SQLite says of a damaged file into a storage error; other troubles pass as they are."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as exc:
        raise StorageError(f"the database is damaged ({exc}); use another backup") from exc


def check_database(path: Path) -> None:
    """Read an SQLite file through.

    Raises:
        StorageError: It is damaged.
    """
    with refusing_damage(), closing(sqlite3.connect(path)) as connection:
        found = str(connection.execute("PRAGMA quick_check").fetchone()[0])
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))


def _revision(connection: sqlite3.Connection) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        return None
    return str(row[0]) if row else None
