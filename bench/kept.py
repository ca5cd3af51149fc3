"""What benchmarks build once and keep: made-up countries, indexes, and what the peers hold.

They stand in `BAICHA_BENCH_CACHE`, or `baicha-bench` among the temporary files; removing that folder is safe. What is
kept is made anew when the source or the versions that it was made by are others. Only the standard library is needed,
because peers run in environments of their own.
"""

import hashlib
import inspect
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

_NOTE = ".made.json"


def cache_folder() -> Path:
    """Return where everything is kept."""
    return Path(os.environ.get("BAICHA_BENCH_CACHE") or Path(tempfile.gettempdir()) / "baicha-bench").resolve()


def made_by(*parts: Any, packages: tuple[str, ...] = ()) -> str:
    """Return a digest of the source of modules and functions, of other values as they print, and of versions."""
    told = [inspect.getsource(part) if inspect.ismodule(part) or callable(part) else repr(part) for part in parts]
    told += [f"{package} {version(package)}" for package in packages]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]


def keep(folder: Path, key: str, make: Callable[[Path], None]) -> float:
    """Let `make` fill a folder, unless it did so under the same key before; return the seconds that it took then.

    An interrupted one is made anew: the note that it is whole is written last.
    """
    note = folder / _NOTE
    if note.exists():
        told = json.loads(note.read_text(encoding="utf-8"))
        if told["key"] == key:
            return float(told["seconds"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.perf_counter()
    make(folder)
    seconds = round(time.perf_counter() - began, 1)
    note.write_text(json.dumps({"key": key, "seconds": seconds}), encoding="utf-8")
    return seconds
