"""The snapshot in force, for as long as a process lives: swapped ones taken up, later changes merged in, and folded.

What a process is asked for is the snapshot that `snapshots/current` names; where that is torn or foreign, the one
before. With a database, whatever was written to listings since the snapshot was built is in it from the next look on:
`index.changes` tells by one query whether anything was. When the tail is long or old, it is folded in the background:
a new snapshot is built and swapped in by one rename, and what is written meanwhile stays the tail of that.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from index.building import build
from index.changes import changed_since, newest_version
from index.database import reading
from index.errors import BaichaError, SnapshotError, SnapshotMissing, SnapshotTorn
from index.opening import (
    CURRENT,
    Snapshot,
    check_checksums,
    large_files,
    open_snapshot,
    read_current,
    read_manifest,
    snapshots_folder,
)
from index.settings import Settings
from index.tail import Tail

#: A tail of so many changes is folded in, and one that is so old, seconds.
FOLD_CHANGES, FOLD_AGE_S = 500, 3600.0
#: More changes are not merged but folded: embedding them would keep a request waiting for half a minute.
MOST_CHANGES = 4_000
#: After a fold that failed (a full disk, say), the next one waits, seconds.
RETRY_S = 60.0
_log = logging.getLogger(__name__)


class Snapshots:
    """The snapshots of a data folder. Safe to share between threads.

    Without a database (`engine`) they are served as they were built. `clock` tells seconds, from wherever it starts.
    """

    def __init__(
        self, settings: Settings, engine: Engine | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._folder = snapshots_folder(settings)
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._open: Snapshot | None = None
        self._refused: set[str] = set()
        self._tail: Tail | None = None
        self._merged: Snapshot | None = None
        self._version = 0
        #: When the tail began, and when the next fold may be tried.
        self._since: float | None = None
        self._fold_after = 0.0
        self._folding: threading.Thread | None = None

    def current(self) -> Snapshot:
        """Return the snapshot in force with all changes since; when it was swapped, open the new one first.

        Where the newest is torn or foreign, the one before is served, and a warning logged.

        Raises:
            SnapshotMissing: None was built yet.
            SnapshotTorn: A file is missing or its checksum differs, and no older snapshot can be served.
            SnapshotForeign: Built by another version or encoder, and no older snapshot can be served.
        """
        stamp, newest = self._stat(), self._newest_version()
        with self._lock:
            if self._open is None or stamp != self._stamp:
                self._take_up(self._open_first())
                self._stamp = stamp
            if newest > self._version:
                self._merge()
            self._fold_when_due()
            assert self._merged is not None  # noqa: S101 - set when a snapshot is taken up
            return self._merged

    def _newest_version(self) -> int:
        if self._engine is None:
            return 0
        with reading(self._engine) as session:
            return newest_version(session)

    def _take_up(self, snapshot: Snapshot) -> None:
        if snapshot is self._open:
            return
        self._open = self._merged = snapshot
        self._tail, self._version, self._since = Tail(snapshot, self._settings), snapshot.stored.version, None

    def _merge(self) -> None:
        """Take up what was written since; where that is too much, leave it to the next fold."""
        assert self._tail is not None  # noqa: S101 - made when a snapshot is taken up
        assert self._engine is not None  # noqa: S101 - without it nothing is ever newer
        with reading(self._engine) as session:
            newest = newest_version(session)
            written = changed_since(session, self._version, MOST_CHANGES)
        now = self._clock()
        if written is None:
            _log.info("more than %d listings changed: they show when they are folded in", MOST_CHANGES)
            self._since = now - FOLD_AGE_S
            return
        self._tail.take(written)
        self._version = newest
        self._merged = self._tail.merged(newest)
        self._since = (now if self._since is None else self._since) if len(self._tail) else None

    # --- folding --------------------------------------------------------------------------------------------------

    def _fold_when_due(self) -> None:
        if self._since is None or self._tail is None or (self._folding is not None and self._folding.is_alive()):
            return
        now = self._clock()
        is_due = len(self._tail) >= FOLD_CHANGES or now - self._since >= FOLD_AGE_S
        if is_due and now >= self._fold_after:
            self._fold_after = now + RETRY_S
            self._folding = threading.Thread(target=self._fold, name="index fold", daemon=True)
            self._folding.start()

    def _fold(self) -> None:
        assert self._engine is not None  # noqa: S101 - only what changes is folded
        before = read_current(self._folder)
        try:
            build(self._engine, self._settings)
        except BaichaError as exc:
            _log.warning("the changes stay beside the index for now: %s", exc)
            return
        if read_current(self._folder) == before:
            # Whoever wrote a listing without its content hash: what is built would not differ.
            self._fold_after = self._clock() + FOLD_AGE_S

    # --- opening --------------------------------------------------------------------------------------------------

    def _stat(self) -> tuple[int, int]:
        try:
            stat = (self._folder / CURRENT).stat()
        except FileNotFoundError as exc:
            raise SnapshotMissing(
                f"no index was built yet in {self._folder}; import listings first: baicha import FILE"
            ) from exc
        return stat.st_mtime_ns, stat.st_ino

    def _open_first(self) -> Snapshot:
        first_error: SnapshotError | None = None
        for snapshot_id in read_current(self._folder):
            if snapshot_id in self._refused:
                continue
            if self._open is not None and self._open.id == snapshot_id:
                return self._open
            try:
                return self._opened(snapshot_id)
            except SnapshotError as exc:
                _log.warning("%s", exc)
                first_error = first_error or exc
        if self._open is not None:
            return self._open
        raise first_error or SnapshotTorn(f"{self._folder / CURRENT} names no snapshot; import again to build one")

    def _opened(self, snapshot_id: str) -> Snapshot:
        folder = self._folder / snapshot_id
        snapshot = open_snapshot(folder, self._settings)
        large = large_files(read_manifest(folder))
        if large:
            threading.Thread(target=self._check, args=(snapshot_id, large), name="snapshot check", daemon=True).start()
        return snapshot

    def _check(self, snapshot_id: str, files: Mapping[str, str]) -> None:
        try:
            check_checksums(self._folder / snapshot_id, files)
        except SnapshotTorn as exc:
            _log.error("%s", exc)
            with self._lock:
                self._refused.add(snapshot_id)
                self._stamp = None
