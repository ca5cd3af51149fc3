"""The parts that a process shares, made when they are first asked for.

One `Container` a process is given to `create_app`; tests give their own, with their own clock and data folder.
"""

import gc
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from index.changes import closed_since, newest_version
from index.database import make_engine, reading
from index.errors import StorageError
from index.secret_file import write_once
from index.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from api.asking_again import QueryIds
    from api.guest_origins import GuestOrigin
    from api.limiting import Limiter
    from api.mailing import Mailer
    from api.observability import Metrics
    from api.recording import Recorder
    from index.snapshot import Snapshots
    from ledger.kept_visits import KeptVisits
    from recommender.autocomplete import Completer
    from recommender.finder import Finder
    from recommender.why_not import Explainer

#: Bytes of the secret that signs counter codes and tickets.
SECRET_BYTES = 32


def utc_now() -> datetime:
    """Return the time now, with its zone."""
    return datetime.now(UTC)


@dataclass
class Container:
    """Settings, a clock, and what is made from them.

    `serves`: the process does nothing but answer, so that what is loaded for long is kept out of the rounds of the
    garbage collector. One round through the objects of an index would hold up a request for a quarter of a second.
    """

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    serves: bool = False
    _loaded: "tuple[str, Finder] | None" = field(default=None, init=False)
    loading: threading.Lock = field(default_factory=threading.Lock, init=False)
    preparing: threading.Lock = field(default_factory=threading.Lock, init=False)
    _before: int | None = field(default=None, init=False)
    _hidden: "tuple[tuple[int, int], frozenset[str]] | None" = field(default=None, init=False)
    _beside: "dict[str, tuple[Finder, Any]]" = field(default_factory=dict, init=False)
    _making: threading.Lock = field(default_factory=threading.Lock, init=False)

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        return make_engine(self.settings)

    @cached_property
    def encoder(self) -> "SentenceTransformer":
        """The encoder that the settings name; loading it takes seconds."""
        from index.encoders import load_encoder

        return load_encoder(self.settings.encoder)

    @cached_property
    def snapshots(self) -> "Snapshots":
        """The index snapshots of the data folder."""
        from index.snapshot import Snapshots

        return Snapshots(self.settings, self.engine)

    @cached_property
    def secret(self) -> bytes:
        """The secret that signs counter codes and tickets; made once for a data folder."""
        return load_secret(self.settings.data / "secret.key")

    @cached_property
    def metrics(self) -> "Metrics":
        """What Prometheus reads."""
        from api.observability import Metrics

        return Metrics()

    @cached_property
    def limiter(self) -> "Limiter":
        """The limits on writes and on wrong codes."""
        from api.limiting import Limiter

        return Limiter(self.settings.writes_per_minute)

    @cached_property
    def mailer(self) -> "Mailer":
        """What sends letters: a mail server, or files in the data folder."""
        from api.mailing import mailer_of

        return mailer_of(self.settings)

    @cached_property
    def query_ids(self) -> "QueryIds":
        """What makes the ids of searches."""
        from api.asking_again import KEY_FILE, QueryIds

        return QueryIds(self.settings.data / KEY_FILE)

    @cached_property
    def guest_origins(self) -> "tuple[GuestOrigin, ...]":
        """What guests are offered when they are asked where they come from; read once."""
        from api.guest_origins import guest_origins

        return guest_origins(self.settings)

    @cached_property
    def weigh(self) -> "KeptVisits":
        """What weighs visits for pages and replies, and keeps what still holds; for sessions that read."""
        from ledger.kept_visits import KeptVisits

        return KeptVisits()

    @cached_property
    def recorder(self) -> "Recorder":
        """What writes impressions to the ledger behind the search's back."""
        from api.recording import Recorder

        return Recorder(self.engine, self.clock)

    @property
    def is_loaded(self) -> bool:
        """Whether a finder is at hand, so that a search is answered without loading anything first."""
        return self._loaded is not None

    def finder(self) -> "Finder":
        """Return the finder for the snapshot in force; a swapped snapshot is taken up by the next call.

        While one caller prepares the new snapshot, the others are answered from the last one.

        Raises:
            SnapshotError: There is no snapshot that can be served.
        """
        snapshot = self.snapshots.current()
        last = self._loaded
        if last is not None and last[0] == snapshot.id:
            return last[1]
        if not self.preparing.acquire(blocking=last is None):
            assert last is not None  # noqa: S101 - a blocking acquire does not fail
            return last[1]
        try:
            if self._loaded is None or self._loaded[0] != snapshot.id:
                from recommender.finder import Finder

                known = None if self._loaded is None else self._loaded[1]
                self._before = None if known is None else known.snapshot.stored.version
                self._loaded = (snapshot.id, Finder(snapshot, self.encoder, self.settings, last=known))
                if self.serves and (known is None or known.snapshot.stored is not snapshot.stored):
                    _settle()
            return self._loaded[1]
        finally:
            self.preparing.release()

    def completer(self) -> "tuple[Finder, Completer]":
        """Return what completes typing, and the finder that it was made beside.

        Raises:
            SnapshotError: There is no snapshot that can be served.
        """
        from recommender.suggestible import completer_of

        return self._made_beside("completer", lambda finder: completer_of(finder.snapshot, finder.lexicon))

    def explainer(self) -> "tuple[Finder, Explainer]":
        """Return what says why a listing is not found, and the finder that it was made beside.

        Raises:
            SnapshotError: There is no snapshot that can be served.
        """
        from recommender.why_not import Explainer

        return self._made_beside("explainer", Explainer)

    def _made_beside(self, name: str, make: "Callable[[Finder], Any]") -> "tuple[Finder, Any]":
        """Return a part of the finder in force; while one caller makes a new one, others are given the last."""
        finder = self.finder()
        last = self._beside.get(name)
        if last is not None and last[0] is finder:
            return last
        if not self._making.acquire(blocking=last is None):
            assert last is not None  # noqa: S101 - a blocking acquire does not fail
            return last
        try:
            made = self._beside.get(name)
            if made is None or made[0] is not finder:
                self._beside[name] = made = (finder, make(finder))
            return made
        finally:
            self._making.release()

    def hidden_ids(self) -> frozenset[str]:
        """Return the listings closed since the index was built, whatever the finder at hand says; kept until a change.

        Raises:
            SnapshotError: There is no snapshot that can be served.
        """
        last = self._loaded
        built = self.snapshots.current() if last is None else last[1].snapshot
        with reading(self.engine) as session:
            # Somebody may still be answered from the finder before.
            built_at = built.stored.version if self._before is None else min(built.stored.version, self._before)
            state = built_at, newest_version(session)
            kept = self._hidden
            if kept is None or kept[0] != state:
                self._hidden = kept = (state, closed_since(session, state[0]))
            return kept[1]

    def close(self) -> None:
        """Write what is still to be written and let go of the database; parts never used are not made for it."""
        for name, end in (("recorder", "close"), ("engine", "dispose")):
            if name in self.__dict__:
                getattr(self.__dict__.pop(name), end)()


def _settle() -> None:
    """Let the garbage collector pass over all that is there now; free what was settled before and is not used now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def load_secret(path: Path) -> bytes:
    """Return the secret of a data folder, made at the first call; readable by its owner only.

    Raises:
        StorageError: It cannot be read or written, or has not the right length.
    """
    try:
        if not path.exists():
            write_once(path, secrets.token_bytes(SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as exc:
        raise StorageError(f"cannot keep the secret in {path}: {exc.strerror or exc}") from exc
    if len(secret) != SECRET_BYTES:
        raise StorageError(f"{path} holds {len(secret)} bytes instead of {SECRET_BYTES}; restore it from a backup")
    return secret
