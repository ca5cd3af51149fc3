"""Records impressions behind the search's back, so that a search never waits for the database's write lock."""

import queue
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Engine

from index.database import writing
from ledger.events import Event

_log = structlog.get_logger(__name__)

#: Searches that may wait to be recorded; beyond, impressions are dropped and logged rather than memory filled.
QUEUE_LIMIT = 10_000
#: Searches that are written in one transaction.
BATCH = 100


class Recorder:
    """A thread with a bounded queue. What is lost with the process is at most the last moment's impressions."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._queue: queue.Queue[Sequence[Event] | None] = queue.Queue(QUEUE_LIMIT)
        self._thread = threading.Thread(target=self._run, name="baicha-recorder", daemon=True)
        self._thread.start()

    def put(self, events: Sequence[Event]) -> None:
        """Record these soon; never waits and never raises."""
        try:
            self._queue.put_nowait(events)
        except queue.Full:
            _log.warning("impressions dropped", count=len(events), reason="queue full")

    def flush(self) -> None:
        """Wait until all that was put so far is in the ledger, or was logged as lost."""
        self._queue.join()

    def close(self) -> None:
        """Write what waits, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            batches = [self._queue.get()]
            while len(batches) < BATCH and not self._queue.empty():
                batches.append(self._queue.get())
            self._write([event for events in batches if events is not None for event in events])
            for _ in batches:
                self._queue.task_done()
            if None in batches:
                return

    def _write(self, events: Sequence[Event]) -> None:
        from ledger.append import append

        if not events:
            return
        try:
            with writing(self._engine) as session:
                append(session, events, now=self._clock(), trusted=True)
        except Exception:  # noqa: BLE001 - a process edge: whatever goes wrong, the thread goes on with the next
            _log.exception("impressions not recorded", count=len(events))
