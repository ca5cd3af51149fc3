"""Many passages embedded on all cores: a process for each, because the encoders' own threads gain little.

Few passages are embedded where they are asked for, without the seconds that a process takes to load its encoder.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.bundled_engines import BUNDLED, load_engine
from index.encoders import embed_passages, load_encoder

#: With fewer passages, processes would load for longer than they work.
MANY = 4_000
#: Passages handed out at once: this much is lost when a build is interrupted.
BATCH = 256
#: What a process takes beside the others: an encoder, about a gigabyte with torch.
_MOST_PROCESSES = 16

Vectors = NDArray[np.float32]


class PassageEmbedder:
    """Embeds passages, many of them in processes, which it keeps for the next ones. Use it as a context manager.

    Raises:
        SettingsError: The encoder cannot be loaded.
    """

    def __init__(self, encoder_name: str) -> None:
        self._name = encoder_name
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, exc: BaseException | None, _tb: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=exc is None, cancel_futures=True)

    def vectors(self, passages: Sequence[str]) -> Iterator[Vectors]:
        """Yield the vectors of passages, in their order, a batch of `BATCH` at a time, as they are made."""
        batches = [passages[start : start + BATCH] for start in range(0, len(passages), BATCH)]
        if self._pool is None and (len(passages) < MANY or _processes() == 1):
            embed = _embedding(self._name)
            return (embed(batch) for batch in batches)
        self._pool = self._pool or self._started()
        return self._pool.map(_embed, batches)

    def _started(self) -> ProcessPoolExecutor:
        if self._name not in BUNDLED:
            load_encoder(self._name)  # fails here, in plain words, rather than in each process
        # Spawned, not forked: torch and FAISS hold threads that a fork would not carry over.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(_processes(), mp_context=context, initializer=_prepare, initargs=(self._name,))


def embed_all(encoder_name: str, passages: Sequence[str]) -> Iterator[Vectors]:
    """Yield the vectors of passages as `PassageEmbedder` does.

    Raises:
        SettingsError: The encoder cannot be loaded.
    """
    with PassageEmbedder(encoder_name) as embedder:
        yield from embedder.vectors(passages)


def _processes() -> int:
    return min(os.cpu_count() or 1, _MOST_PROCESSES)


def _embedding(encoder_name: str) -> Callable[[Sequence[str]], Vectors]:
    if encoder_name in BUNDLED:
        # Without torch, which takes longer to load than a thousand passages do.
        engine = load_engine(encoder_name)
        return lambda texts: engine.embed(texts, is_query=False)
    encoder = load_encoder(encoder_name)
    return lambda texts: embed_passages(encoder, texts)


_ways: list[Callable[[Sequence[str]], Vectors]] = []


def _prepare(encoder_name: str) -> None:
    # Processes share the cores; threads of one would wait for those of another.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    threading.Thread(target=_end_with_the_builder, daemon=True).start()
    _ways.append(_embedding(encoder_name))


def _end_with_the_builder() -> None:
    """Wait for the process that builds; where it was killed, nobody tells those that it started."""
    builder = multiprocessing.parent_process()
    if builder is not None:
        builder.join()
        os._exit(1)


def _embed(batch: Sequence[str]) -> Vectors:
    return _ways[-1](batch)
