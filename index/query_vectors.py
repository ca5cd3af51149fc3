"""The vectors of queries: those asked lately are kept, and those that are asked at the same time are embedded together.

Nobody waits for company: whoever finds the encoder free embeds at once what is asked by then; what comes meanwhile
makes up the next batch.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
#: Vectors kept, 2 kB each with the default encoder.
KEPT = 4_096
#: More queries than this are no visitor's: they are embedded as they are, and push nothing out.
MANY = 64


class QueryVectors:
    """What one encoder made of queries. Safe to share between threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._size = kept
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._asked: dict[str, Future[Vectors]] = {}
        #: Guards the two above, for moments.
        self._lock = threading.Lock()
        #: Held by whoever embeds.
        self._turn = threading.Lock()

    def of(self, texts: Sequence[str], embed: Embed) -> Vectors:
        """Return a vector for each text; `embed` makes those that are not known, perhaps other callers' too."""
        if not texts or len(texts) > MANY:
            return embed(texts)
        found, awaited = self._looked_up(texts)
        if awaited:
            with self._turn:
                # While this one waited for its turn, another may have embedded its texts too.
                if not all(future.done() for future in awaited.values()):
                    self._embed_asked(embed)
        found |= {text: future.result() for text, future in awaited.items()}
        return np.stack([found[text] for text in texts])

    def _looked_up(self, texts: Sequence[str]) -> tuple[dict[str, Vectors], dict[str, "Future[Vectors]"]]:
        found: dict[str, Vectors] = {}
        awaited: dict[str, Future[Vectors]] = {}
        with self._lock:
            for text in texts:
                known = self._kept.get(text)
                if known is None:
                    awaited[text] = self._asked.setdefault(text, Future())
                else:
                    self._kept.move_to_end(text)
                    found[text] = known
        return found, awaited

    def _embed_asked(self, embed: Embed) -> None:
        with self._lock:
            asked, self._asked = self._asked, {}
        try:
            vectors = embed(list(asked))
        except BaseException as exc:
            # The others must not wait for ever for what this one failed at.
            for future in asked.values():
                future.set_exception(exc)
            raise
        with self._lock:
            for (text, future), vector in zip(asked.items(), vectors, strict=True):
                self._kept[text] = vector.copy()
                future.set_result(self._kept[text])
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
