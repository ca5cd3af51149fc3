"""Only one machine writes to an SQLite folder: a file in it says which, and is renewed while that one writes.

SQLite's locks hold between the processes of a machine. Between machines that share a folder over a network they may
not, and with a write-ahead log they cannot; two writers would tear the ledger.
"""

import json
import os
import secrets
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from index.errors import StorageError

#: The lease in the data folder.
LEASE_FILE = "writer.lease"
#: For how long a machine keeps the folder after its last write, seconds.
KEPT_S = 60.0
#: Who has made this file looks at the lease and writes it; there for a moment only.
CLAIM_FILE = "writer.lease.claim"
#: For how long one waits for another's claim, and how often one looks, seconds.
_CLAIM_PATIENCE_S, _CLAIM_LOOK_S = 10.0, 0.002
#: How often the lease is looked at and renewed, seconds; well below `KEPT_S`.
RENEWED_EVERY_S = 10.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Machine:
    """Who writes: the host's name, what names its system, and what names the time since it was started."""

    host: str
    machine: str
    boot: str

    @classmethod
    def here(cls) -> Self:
        """Return this machine. Containers of one host have its `boot`, and share its SQLite locks."""
        node = f"{uuid.getnode():012x}"
        host = socket.gethostname()
        return cls(host, _read(_MACHINE_ID) or node, _read(_BOOT_ID) or f"{host}-{node}")

    def is_same(self, other: "Machine") -> bool:
        """Say whether both are one machine, perhaps started again; images that were copied share `machine` only."""
        return self.boot == other.boot or (self.machine == other.machine and self.host == other.host)


def hold_lease(connection: Connection) -> None:
    """Take or renew the lease of the folder that a connection's database lies in; seldom, so that it costs nothing.

    A database that is not in a folder has none: PostgreSQL is written to by several machines.

    Raises:
        StorageError: Another machine holds it, or it cannot be written.
    """
    database = connection.engine.url.database if connection.dialect.name == "sqlite" else None
    due = connection.info.get("lease_due", 0.0)
    # Monotonic: a wall clock that is set back must neither keep a lease nor lose it.
    if not database or database == ":memory:" or time.monotonic() < due:
        return
    take_lease(Path(database).parent, Machine.here())
    connection.info["lease_due"] = time.monotonic() + RENEWED_EVERY_S


def take_lease(folder: Path, machine: Machine) -> None:
    """Write a machine's lease into a folder, unless another machine's is there that is younger than `KEPT_S`.

    Raises:
        StorageError: Another machine holds it, or it cannot be written.
    """
    path = folder / LEASE_FILE
    draft = folder / f".{LEASE_FILE}.{secrets.token_hex(8)}"
    try:
        draft.write_text(json.dumps(asdict(machine)), encoding="utf-8")
        try:
            with _claimed(folder, draft):
                # Both ages are by the clock of the disk, so that machines whose clocks differ agree.
                _refuse_another(path, draft.stat().st_mtime, machine)
                draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as exc:
        raise StorageError(f"the data folder {folder} cannot be written: {exc.strerror or exc}") from exc


@contextmanager
def _claimed(folder: Path, draft: Path) -> Iterator[None]:
    """Let nobody else look at the lease and write it meanwhile: a file is made anew (O_EXCL) by one alone.

    Raises:
        StorageError: Somebody else does so for too long.
    """
    claim = folder / CLAIM_FILE
    until = time.monotonic() + _CLAIM_PATIENCE_S
    while True:
        try:
            os.close(os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            break
        except FileExistsError:
            _drop_left_over(claim, draft)
            if time.monotonic() > until:
                raise StorageError(f"{claim} is in the way; remove it when no machine writes to {folder}") from None
            time.sleep(_CLAIM_LOOK_S)
    try:
        yield
    finally:
        claim.unlink(missing_ok=True)


def _drop_left_over(claim: Path, draft: Path) -> None:
    """Remove the claim of a process that was killed while it had it."""
    with suppress(FileNotFoundError):
        if draft.stat().st_mtime - claim.stat().st_mtime > KEPT_S:
            claim.unlink()


def _refuse_another(path: Path, now_s: float, machine: Machine) -> None:
    try:
        held_since_s = path.stat().st_mtime
        holder = Machine(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):  # not there, or torn by a full disk: nobody's
        return
    age_s = now_s - held_since_s
    if age_s < KEPT_S and not machine.is_same(holder):
        raise StorageError(
            f"another machine ({holder.host}) writes to {path.parent}, and an SQLite folder belongs to one machine: "
            f"stop Baicha there and try again in {KEPT_S:.0f} seconds, or use PostgreSQL (BAICHA_DATABASE_URL) for both"
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
