"""The id of a search: the same for who asks the same again within half an hour, so that a reload counts nothing twice.

It follows from the visitor, the request and a key that lives for the half hour and is then written over: afterwards
nobody can try out, from the ledger, which words an id was made from. The key lies in the data folder, for all workers
of a machine; several machines each have their own.

Who asks again across the end of a key's half hour gets the first id too, from the process that gave it: it remembers
what it gave, under a key that it never tells, for half an hour. An open of a listing is made to count once likewise.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

#: How long the same question of the same visitor is the same search. Windows begin at the full and the half hour.
WINDOW = timedelta(minutes=30)
#: The key's file in the data folder. It is in no backup.
KEY_FILE = "asking.key"
_KEY_BYTES = 32
_ID_BYTES = 12
#: Ids that a process remembers; beyond, the earliest are forgotten, and only the half hour's key tells them.
_MOST = 20_000


class QueryIds:
    """Makes ids with the key of the present window."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._window, self._key = -1, b""
        self._own_key = secrets.token_bytes(_KEY_BYTES)
        #: By what was asked, under the process's own key: the id, and when it was given first. Earliest first.
        self._given: OrderedDict[bytes, tuple[str, datetime]] = OrderedDict()

    def of(self, visitor: str | None, request: Sequence[object], now: datetime) -> str:
        """Return the id of a visitor's request; a fresh one each time for who has no id: nothing is recorded."""
        if visitor is None:
            return secrets.token_urlsafe(_ID_BYTES)
        asked = json.dumps([visitor, *request], ensure_ascii=True).encode()
        place = hmac.digest(self._own_key, asked, hashlib.sha256)
        with self._lock:
            self._forget(now)
            if place not in self._given:
                key = self._key_at(int(now.timestamp() // WINDOW.total_seconds()))
                digest = hmac.digest(key, asked, hashlib.sha256)
                self._given[place] = urlsafe_b64encode(digest[:_ID_BYTES]).decode(), now
            return self._given[place][0]

    def _forget(self, now: datetime) -> None:
        while self._given:
            place, (_, first) = next(iter(self._given.items()))
            if len(self._given) <= _MOST and now - first < WINDOW:
                return
            del self._given[place]

    def _key_at(self, window: int) -> bytes:
        if window > self._window:  # a request that was slow over the boundary takes the new key
            # A search is worth more than one impression too many: without a file each process has its own key.
            self._key = secrets.token_bytes(_KEY_BYTES)
            with suppress(OSError):
                self._key = _shared(self._path, window, self._key)
            self._window = window
        return self._key


def _shared(path: Path, window: int, fresh: bytes) -> bytes:
    """Return the key in the file; when it is of another window, write the fresh one over it first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        number, _, key = file.read().partition(b" ")
        with suppress(ValueError):
            if int(number) in {window, window + 1}:  # another worker's clock may be ahead by a moment
                return bytes.fromhex(key.decode("ascii"))
        file.seek(0)
        file.write(b"%d %s\n" % (window, fresh.hex().encode()))
        file.truncate()
    return fresh
