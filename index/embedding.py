"""Many passages embedded on all cores: a process for each, because the encoders' own threads gain little.

Few passages are embedded where they are asked for, without the seconds that a process takes to load its encoder.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray

from index.encoders import embed_passages, load_encoder

#: With fewer passages, processes would load for longer than they work.
MANY = 4_000
#: Passages handed out at once: this much is lost when a build is interrupted.
BATCH = 256
#: What a process takes beside the others: an encoder, about a gigabyte with torch.
_MOST_PROCESSES = 16

Vectors = NDArray[np.float32]


def embed_all(encoder_name: str, passages: Sequence[str]) -> Iterator[Vectors]:
    """Yield the vectors of passages, in their order, a batch of `BATCH` at a time, as they are made.

    Raises:
        SettingsError: The encoder cannot be loaded.
    """
    batches = [passages[start : start + BATCH] for start in range(0, len(passages), BATCH)]
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    if len(passages) < MANY or processes == 1:
        encoder = load_encoder(encoder_name)
        for batch in batches:
            yield embed_passages(encoder, batch)
        return
    load_encoder(encoder_name)  # fails here, in plain words, rather than in each process
    # Spawned, not forked: torch and FAISS hold threads that a fork would not carry over.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_prepare, initargs=(encoder_name,)) as pool:
        try:
            yield from pool.map(_embed, batches)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_loaded: list[str] = []


def _prepare(encoder_name: str) -> None:
    # Processes share the cores; threads of one would wait for those of another.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    threading.Thread(target=_end_with_the_builder, daemon=True).start()
    _loaded.append(encoder_name)
    load_encoder(encoder_name)


def _end_with_the_builder() -> None:
    """Wait for the process that builds; where it was killed, nobody tells those that it started."""
    builder = multiprocessing.parent_process()
    if builder is not None:
        builder.join()
        os._exit(1)


def _embed(batch: Sequence[str]) -> Vectors:
    return embed_passages(load_encoder(_loaded[-1]), batch)
