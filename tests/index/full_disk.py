"""A disk that is full at each write of a build: what is said, what is served, and what is left behind.

    python -m tests.index.full_disk          # with a limit on the size of files, as anybody
    python -m tests.index.full_disk tmpfs    # on small disks in memory, as root

Each round a child imports a new version and builds it where there is not room for everything. It must raise
`StorageError` or be done; the old snapshot must be served whole, nothing half may be left, and with room again the
build must go through with the last version that was stored.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from api.migrate import upgrade
from index.database import make_engine
from index.errors import StorageError
from index.importing import import_file
from index.opening import check_files, read_current, read_manifest, snapshots_folder
from index.settings import Settings
from index.snapshot import Snapshots, build
from tests.index.builders import a_jsonl, a_row

_LISTINGS = 300
_DONE, _REFUSED, _OTHER = 0, 7, 9
_BLOCK, _ROOM = 4096, 512 * 1024 * 1024


def by_limit(folder: Path, most: int | None = None) -> Counter[str]:
    """Let every file in turn be the one that does not fit; `most` rounds, spread evenly."""
    settings = Settings(data=folder / "data")
    engine = _prepared(settings)
    sizes = sorted({path.stat().st_size for path in settings.data.rglob("*") if path.is_file()})
    limits = sorted({max(0, size - 1) for size in sizes})
    chosen = limits if most is None else limits[:: max(1, len(limits) // most)]
    seen: Counter[str] = Counter()
    for version, limit in enumerate(chosen, 1):
        seen[_round(settings, engine, version, lambda limit=limit: _limit_files(limit))] += 1  # type: ignore[misc]
    engine.dispose()
    return seen


def by_disk(folder: Path) -> Counter[str]:
    """Let a disk in memory become full ever later, from the first block of a build to its last."""
    seen: Counter[str] = Counter()
    with _disk(folder) as resized:
        settings = Settings(data=folder / "data")
        engine = _prepared(settings)
        used = _used(folder)
        version, room = 0, 0
        while version == 0 or seen["done"] < 2:
            version += 1
            resized(used + room)
            seen[_round(settings, engine, version, lambda: None, lambda: resized(_ROOM))] += 1
            room += 32 * _BLOCK
            used = max(used, _used(folder))
        engine.dispose()
    return seen


def _prepared(settings: Settings) -> Engine:
    engine = make_engine(settings)
    upgrade(engine)
    import_file(engine, _rows(settings.data, 0), source="x")
    build(engine, settings)
    return engine


def _round(
    settings: Settings,
    engine: Engine,
    version: int,
    fill: Callable[[], None],
    make_room: Callable[[], None] = lambda: None,
) -> str:
    before = read_current(snapshots_folder(settings))[0]
    engine.dispose()
    rows = _rows(settings.data, version)
    child = os.fork()
    if child == 0:
        _build_in_a_child(settings, rows, fill)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (_DONE, _REFUSED), f"round {version} ended with {code}"
    served = Snapshots(settings).current()
    folder = snapshots_folder(settings)
    assert code == _DONE or served.id == before, "a build that was refused is in force"
    check_files(folder / served.id, read_manifest(folder / served.id), thorough=True)
    assert not list(folder.glob(".building-*")), "a half was left on the full disk"
    make_room()
    stored = int(Snapshots(settings, engine).current().listings[0].price or 0)
    build(engine, settings)
    assert int(Snapshots(settings).current().listings[0].price or 0) == stored
    return "done" if code == _DONE else "refused"


def _build_in_a_child(settings: Settings, rows: Path, fill: Callable[[], None]) -> None:
    code = _OTHER
    try:
        fill()
        engine = make_engine(settings)
        import_file(engine, rows, source="x")
        build(engine, settings)
        code = _DONE
    except StorageError as exc:
        code = _REFUSED if "\n" not in str(exc) else _OTHER
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        # Whatever happens, the child must not go on as a second test run.
        os._exit(code)


def _rows(folder: Path, version: int) -> Path:
    # The passage leaves out name and price: no round waits for the encoder, but for one listing that is new.
    rows = [
        a_row(
            id=str(number),
            name=f"店{number} v{version}",
            subtype="农家乐",
            price=version,
            lat=30 + number / 999,
            lon=119,
        )
        for number in range(_LISTINGS)
    ]
    rows.append(a_row(id="new", name="新", subtype=f"第{version}种", price=version))
    # Beside the folder of the disk that is full, which is the parent's.
    return a_jsonl(folder.parents[1] / "rows.jsonl", rows)


def _limit_files(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _used(folder: Path) -> int:
    usage = shutil.disk_usage(folder)
    return usage.total - usage.free


@contextmanager
def _disk(folder: Path) -> Iterator[Callable[[int], None]]:
    mount = ["mount", "-t", "tmpfs", "-o"]
    subprocess.run([*mount, "size=512m", "baicha-full", str(folder)], check=True)

    def resize(size: int) -> None:
        subprocess.run([*mount, f"remount,size={size}", "baicha-full", str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        disk = Path(made) / "disk"
        disk.mkdir()
        print(dict(by_disk(disk) if sys.argv[1:] == ["tmpfs"] else by_limit(disk, *map(int, sys.argv[1:]))))  # noqa: T201
