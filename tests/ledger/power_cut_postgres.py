"""PostgreSQL on a disk that forgets what was not synchronised: `power_cut.c` says what the disk is like.

`PowerSupply` is a server above that disk. A cut ends all of its processes at once and puts in place of its data folder
what is durable; of what was written since, sector by sector, all is lost, or what the dice say. It is built into the
server by LD_PRELOAD, and compiled by the `ziglang` wheel, so that any machine does it that runs the tests.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from api.migrate import upgrade
from index.database import make_engine
from index.settings import Settings
from tests.postgres import Cluster

SOURCE = Path(__file__).with_name("power_cut.c")
#: What a disk writes whole or not at all, bytes.
SECTOR = 512
_PARTS = ("contents", "entries", "pins", "pins/drafts", "drafts")


def compile_shim(folder: Path) -> Path:
    """Compile the library into a folder, and return its file."""
    library = folder / "power_cut.so"
    caches = {f"ZIG_{scope}_CACHE_DIR": str(folder / "cache") for scope in ("GLOBAL", "LOCAL")}
    # What it calls is in the server already: without a C library of its own there is none to build first.
    flags = ["-shared", "-fPIC", "-nostdlib", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", *flags, "-o", library, SOURCE], env=os.environ | caches, check=True
    )
    return library


@dataclass(frozen=True)
class Disk:
    """A folder as its users see it, and the store of what of it is durable, which `power_cut.c` keeps up."""

    folder: Path
    store: Path

    def surroundings(self, shim: Path) -> dict[str, str]:
        """Return the environment in which a program has this disk."""
        return {"LD_PRELOAD": str(shim), "POWER_CUT_STORE": str(self.store)}

    def settle(self) -> None:
        """Make all that is in the folder durable, as on a machine that was switched off properly."""
        for part in ("", *_PARTS):
            (self.store / part).mkdir()
            self._give(self.store / part)
        for path, _, names in os.walk(self.folder):
            folder = Path(path)
            for name in names:
                inode = str((folder / name).stat().st_ino)
                shutil.copyfile(folder / name, self.store / "contents" / inode)
                os.link(folder / name, self.store / "pins" / inode)
            self._list(folder)

    def cut(self, dice: random.Random | None = None) -> None:
        """Leave in the folder what is durable, and of what was written since what the dice say: without them nothing.

        What is left is durable then.
        """
        self._leave(self.folder, self.folder.stat().st_ino, dice)
        inodes = {
            entry.stat().st_ino for path, _, names in os.walk(self.folder) for entry in map(Path(path).joinpath, names)
        }
        for pin in (self.store / "pins").iterdir():
            if pin.is_file() and int(pin.name) not in inodes:
                (self.store / "contents" / pin.name).unlink(missing_ok=True)
                pin.unlink()

    def _leave(self, folder: Path, inode: int, dice: random.Random | None) -> None:
        durable = self._entries(inode)
        for entry in list(os.scandir(folder)):
            kind, number = "d" if entry.is_dir() else "f", entry.stat().st_ino
            if durable.get(entry.name) != (kind, number):
                shutil.rmtree(entry) if kind == "d" else Path(entry).unlink()
        for name, (kind, number) in durable.items():
            if kind == "d":
                self._make_folder(folder / name)
                self._leave(folder / name, number, dice)
            else:
                self._leave_file(folder / name, str(number), dice)
        self._list(folder)

    def _leave_file(self, path: Path, inode: str, dice: random.Random | None) -> None:
        pin, kept = self.store / "pins" / inode, self.store / "contents" / inode
        if not path.exists():
            # Without a pin the cut came when the name alone was durable: the file is another one then, and empty.
            os.link(pin, path) if pin.exists() else path.touch(mode=0o600)
        durable, seen = kept.read_bytes() if kept.exists() else b"", path.read_bytes()
        if durable != seen:
            left = durable if dice is None else b"".join(_mixed(durable, seen, dice))
            path.write_bytes(left)
            kept.write_bytes(left)
        if not pin.exists():
            self._give(path)
            os.link(path, self.store / "pins" / str(path.stat().st_ino))

    def _make_folder(self, path: Path) -> None:
        if not path.exists():
            path.mkdir(mode=0o700)
            self._give(path)

    def _give(self, path: Path) -> None:
        os.chown(path, self.folder.stat().st_uid, self.folder.stat().st_gid)

    def _list(self, folder: Path) -> None:
        listing = self.store / "entries" / str(folder.stat().st_ino)
        listing.write_text(
            "".join(f"{'d' if one.is_dir() else 'f'} {one.stat().st_ino} {one.name}\n" for one in os.scandir(folder))
        )
        self._give(listing)  # the first fsync of a new file adds a line

    def _entries(self, inode: int) -> dict[str, tuple[str, int]]:
        listing = self.store / "entries" / str(inode)
        lines = (line.split(" ", 2) for line in listing.read_text().splitlines()) if listing.exists() else ()
        return {name: (kind, int(number)) for kind, number, name in lines}


def _mixed(durable: bytes, seen: bytes, dice: random.Random) -> Iterator[bytes]:
    """Yield sectors of one or the other, up to one of the two sizes; what neither wrote is zero."""
    for at in range(0, dice.choice([len(durable), len(seen)]), SECTOR):
        old, new = durable[at : at + SECTOR], seen[at : at + SECTOR]
        yield old if old == new else dice.choice([old, new]).ljust(max(len(old), len(new)), b"\0")


@dataclass(frozen=True)
class PowerSupply:
    """A server above such a disk, and the power that it hangs on."""

    cluster: Cluster
    disk: Disk
    shim: Path

    @property
    def url(self) -> str:
        """The URL of its database."""
        return self.cluster.url("postgres")

    def on(self, *settings: str) -> None:
        """Start the server, which recovers."""
        self.cluster.start(*settings, env=self.disk.surroundings(self.shim))

    def cut(self, dice: random.Random | None = None) -> None:
        """End every process of the server at once, and leave on the disk what a cut leaves."""
        self.cluster.kill()
        self.disk.cut(dice)


@contextmanager
def power_supply() -> Iterator[PowerSupply]:
    """Yield a supply that is switched off, on a migrated and empty database."""
    # Not in pytest's folder, which is closed to the user that the server runs as where the tests are root.
    folder = Path(tempfile.mkdtemp(prefix="baicha-power-"))
    folder.chmod(0o755)
    shim = compile_shim(folder)
    cluster = Cluster.make(folder / "cluster")
    supply = PowerSupply(cluster, Disk(folder / "cluster", folder / "store"), shim)
    try:
        cluster.start("fsync=off")
        _migrate(supply.url)
        cluster.stop()
        supply.disk.settle()
        yield supply
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _migrate(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        # A third of the files to copy and compare.
        connection.execute("UPDATE pg_database SET datistemplate = false")
        connection.execute("DROP DATABASE template0")
        connection.execute("DROP DATABASE template1")
    engine = make_engine(Settings(database_url=url))
    upgrade(engine)
    engine.dispose()
