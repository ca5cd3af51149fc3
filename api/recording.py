"""Records impressions behind the search's back, so that a search never waits for the database's write lock.

While the database is away (restarted, locked, its disk full) what waits is kept and tried again; ids are the events'
own, so that what was written although nobody heard of it is a duplicate. What is given up in the end the log says.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from index.database import writing
from ledger.events import Event

_log = structlog.get_logger(__name__)

#: Searches that may wait to be recorded; beyond, impressions are dropped and logged rather than memory filled.
QUEUE_LIMIT = 10_000
#: Searches that are written in one transaction.
BATCH = 100
#: For how long a batch is tried again while the database is away, seconds: a restart and a recovery are well within.
TRIED_FOR_S = 600.0
#: The first wait before another try, doubled each time, and the longest, seconds.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 2.0
#: For how long the service's end waits for a database that is away, seconds; container hosts give ten.
CLOSED_WITHIN_S = 5.0
#: For how long `flush` waits, seconds.
FLUSHED_WITHIN_S = 30.0


class Recorder:
    """A thread with a bounded queue. What is lost with the process is at most what waits.

    Args:
        engine: The ledger's database.
        clock: The service's clock.
        patience_s: For how long a batch is tried again while the database is away.
        ends_within_s: For how long `close` waits for it.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        *,
        patience_s: float = TRIED_FOR_S,
        ends_within_s: float = CLOSED_WITHIN_S,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._patience_s = patience_s
        self._ends_within_s = ends_within_s
        #: When nothing is tried again any more, by the monotonic clock; None while the service runs.
        self._end: float | None = None
        self._closing = threading.Event()
        self._queue: queue.Queue[Sequence[Event] | None] = queue.Queue(QUEUE_LIMIT)
        self._thread = threading.Thread(target=self._run, name="baicha-recorder", daemon=True)
        self._thread.start()

    def put(self, events: Sequence[Event]) -> None:
        """Record these soon; never waits and never raises."""
        try:
            self._queue.put_nowait(events)
        except queue.Full:
            _log.warning("impressions dropped", count=len(events), reason="queue full")

    def record(self, events: Sequence[Event]) -> None:
        """Record these now, or soon where the database is away.

        Raises:
            SQLAlchemyError: The database is there and does not take them.
        """
        try:
            self._append(events)
        except DBAPIError as exc:
            if not is_away(exc):
                raise
            self.put(events)

    def flush(self, patience_s: float = FLUSHED_WITHIN_S) -> bool:
        """Wait until all that was put so far is in the ledger or was logged as lost; False when that takes too long."""
        with self._queue.all_tasks_done:
            return self._queue.all_tasks_done.wait_for(lambda: not self._queue.unfinished_tasks, patience_s)

    def close(self) -> None:
        """Write what waits, then end the thread; what a database that is away does not take in time the log says."""
        self._end = time.monotonic() + self._ends_within_s
        self._closing.set()
        self._queue.put(None)  # where the queue is full, room is made at the latest when nothing is tried again
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
        if not events:
            return
        began, wait_s = time.monotonic(), _FIRST_WAIT_S
        while True:
            try:
                self._append(events)
            except Exception as exc:  # noqa: BLE001 - a process edge: the thread goes on with the next
                if not is_away(exc) or not self._may_try_again(began):
                    _log.exception("impressions not recorded", count=len(events))
                    return
                if wait_s == _FIRST_WAIT_S:
                    _log.warning("impressions wait for the database", count=len(events), reason=str(exc.__cause__))
            else:
                return
            self._pause(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _append(self, events: Sequence[Event]) -> None:
        from ledger.append import append

        with writing(self._engine) as session:
            append(session, events, now=self._clock(), trusted=True)

    def _may_try_again(self, began: float) -> bool:
        now = time.monotonic()
        return now - began < self._patience_s and (self._end is None or now < self._end)

    def _pause(self, seconds: float) -> None:
        """Wait before another try; once the service ends, no longer than the first wait."""
        if self._closing.wait(seconds):
            time.sleep(_FIRST_WAIT_S)


def is_away(exc: BaseException) -> bool:
    """Whether a database refused because of what passes: it is restarted, locked or full, or the connection broke."""
    return isinstance(exc, OperationalError) or (isinstance(exc, DBAPIError) and exc.connection_invalidated)
