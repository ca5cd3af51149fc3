"""A fair turn for each writer of an SQLite file: first come, first served, among threads and among processes.

SQLite's own waiting is a lottery: who waits asks again after a while, and who just finished asks at once and wins. Here
writers stand in a queue before they ask. It decides only who asks first; that no two write at once is SQLite's to hold,
so that a writer that does not queue, or a queue that cannot be kept, does no damage.

Between processes the queue is that of T. S. Craig (1993) and P. Magnussen, A. Landin and E. Hagersten (1994): each
writer draws a number, locks the byte of that number in a file, and waits for the byte before it. The system lets go of
the locks of a process that ends, however it ends. Locks are of the open file (F_OFD_SETLK), which Linux has; elsewhere
only the threads of a process stand in line.
"""

import fcntl
import os
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: How often a writer looks whether the one before it is done, seconds.
_LOOK_EVERY_S = 0.001
_NUMBER = struct.Struct("<q")
#: `struct flock`: kind, whence, start, length, process.
_FLOCK = struct.Struct("hhqqi")
#: The bytes of the file: one that is locked to draw a number, the next number, and one to lock for each number.
_DRAWING, _NEXT, _FIRST = 0, 8, 1_024
_SET: Any = getattr(fcntl, "F_OFD_SETLK", None)
_GET: Any = getattr(fcntl, "F_OFD_GETLK", None)


class Turns:
    """The queue of a file, named by the path of its own file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._here: deque[threading.Event] = deque()
        self._guard = threading.Lock()
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """Wait in line for at most so long, then go on whether or not it is our turn."""
        until = time.monotonic() + patience_s
        mine = threading.Event()
        with self._guard:
            self._here.append(mine)
            self._call_first()
        try:
            mine.wait(patience_s)
            with self._turn_among_processes(until):
                yield
        finally:
            with self._guard:
                self._here.remove(mine)
                self._call_first()

    def _call_first(self) -> None:
        if self._here:
            self._here[0].set()

    @contextmanager
    def _turn_among_processes(self, until: float) -> Iterator[None]:
        number = None
        try:
            file = self._file()
            number = _draw(file, until)
            while number is not None and _is_locked(file, _FIRST + number - 1) and time.monotonic() < until:
                time.sleep(_LOOK_EVERY_S)
        except OSError:  # a folder that cannot be written: SQLite says it better
            pass
        try:
            yield
        finally:
            if number is not None:
                _lock(file, _FIRST + number, fcntl.F_UNLCK)

    def _file(self) -> int:
        """Return the descriptor of the queue's file; a fork opens its own, for locks belong to what was opened."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return self._opened[1]

    def close(self) -> None:
        """Close the queue's file; the next turn opens it again."""
        if self._opened is not None and self._opened[0] == os.getpid():
            os.close(self._opened[1])
        self._opened = None


def _draw(file: int, until: float) -> int | None:
    """Return the next number, whose byte is locked then; None where files have no such locks, or after `until`."""
    if _SET is None:
        return None
    while not _lock(file, _DRAWING, fcntl.F_WRLCK):
        if time.monotonic() > until:
            return None
        time.sleep(_LOOK_EVERY_S)
    try:
        drawn = os.pread(file, _NUMBER.size, _NEXT)
        number: int = _NUMBER.unpack(drawn)[0] + 1 if len(drawn) == _NUMBER.size else 1
        if not _lock(file, _FIRST + number, fcntl.F_WRLCK):
            return None
        os.pwrite(file, _NUMBER.pack(number), _NEXT)
    finally:
        _lock(file, _DRAWING, fcntl.F_UNLCK)
    return number


def _lock(file: int, at: int, kind: int) -> bool:
    """Lock or unlock a byte, and return whether it could be done at once."""
    try:
        fcntl.fcntl(file, _SET, _FLOCK.pack(kind, os.SEEK_SET, at, 1, 0))
    except BlockingIOError:
        return False
    return True


def _is_locked(file: int, at: int) -> bool:
    found = fcntl.fcntl(file, _GET, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, at, 1, 0))
    return bool(_FLOCK.unpack(found)[0] != fcntl.F_UNLCK)
