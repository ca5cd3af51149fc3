"""What an import did: how many rows went in, and why the others did not."""

import json
import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, overload

#: Exit codes of `baicha import`: every row went in, nothing could be read, some rows were rejected.
EXIT_ALL, EXIT_NOTHING, EXIT_SOME = 0, 2, 3
#: Rejections that stay in memory; a file of a million wrong rows has its others on disk.
_IN_MEMORY = 10_000
_READ_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that did not go in. `line` counts from 1 and is where the row begins; `fault` names the reason's kind."""

    line: int
    reason: str
    fault: str = ""


class Rejections(Sequence[Rejection]):
    """Rejections in the order of the file. Those after the first ten thousand are kept in a file without a name."""

    def __init__(self) -> None:
        self._first: list[Rejection] = []
        self._rest: BinaryIO | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, rejection: Rejection) -> None:
        """Add one behind the others."""
        self._size += 1
        if len(self._first) < _IN_MEMORY:
            self._first.append(rejection)
            return
        if self._rest is None:
            self._rest = tempfile.TemporaryFile()  # noqa: SIM115 - goes with this object
            weakref.finalize(self, self._rest.close)
        self._rest.write(json.dumps(astuple(rejection)).encode() + b"\n")

    def __iter__(self) -> Iterator[Rejection]:
        yield from self._first
        if self._rest is None:
            return
        at = 0
        while lines := _lines_from(self._rest, at):
            at += sum(map(len, lines))
            yield from (Rejection(*json.loads(line)) for line in lines)

    @overload
    def __getitem__(self, at: int) -> Rejection: ...

    @overload
    def __getitem__(self, at: slice) -> list[Rejection]: ...

    def __getitem__(self, at: int | slice) -> Rejection | list[Rejection]:
        if isinstance(at, slice):
            return list(islice(self, *at.indices(self._size)))
        number = range(self._size)[at]
        return next(islice(self, number, None))


def _lines_from(file: BinaryIO, at: int) -> list[bytes]:
    file.seek(at)
    lines = file.readlines(_READ_AT_ONCE)
    file.seek(0, os.SEEK_END)  # where the next one goes
    return lines


@dataclass(slots=True)
class ImportReport:
    """Counts of rows of one file; `closed` are stored listings that the file no longer has."""

    path: Path
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    closed: int = 0
    rejected: Rejections = field(default_factory=Rejections)

    @property
    def accepted(self) -> int:
        """How many rows of the file are now stored."""
        return self.inserted + self.updated + self.unchanged

    @property
    def exit_code(self) -> int:
        """0 when every row went in, 3 when some were rejected, 2 when none could be read."""
        if not self.rejected:
            return EXIT_ALL
        return EXIT_SOME if self.accepted else EXIT_NOTHING

    def lines(self) -> Iterator[str]:
        """Yield the rejections as `file:line: reason`, in the order of the file."""
        return (f"{self.path}:{rejection.line}: {rejection.reason}" for rejection in self.rejected)
