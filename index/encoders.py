"""Encoders: text to unit vectors, each of them a `sentence_transformers.SentenceTransformer`.

Named by the setting `encoder`: `use` or `e5`, which wheels carry (`docs/decisions/0001-default-encoder.md` has their
figures), or any model's name or folder. Loading imports torch, which takes seconds, so nothing here does so before.
"""

import logging
import os
import socket
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from index.bundled_engines import BUNDLED
from index.errors import SettingsError
from index.query_vectors import QueryVectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: Passages embedded in one call; larger ones gain nothing on a processor.
_BATCH = 32
_HUB_TIMEOUT_S = 5
#: By encoder, and gone with it.
_asked_lately: "WeakKeyDictionary[SentenceTransformer, QueryVectors]" = WeakKeyDictionary()
_one_at_a_time = threading.Lock()


@lru_cache(maxsize=2)
def load_encoder(name: str) -> "SentenceTransformer":
    """Return the encoder of that name, on the processor, silent; one that was loaded before is returned again.

    Raises:
        SettingsError: There is no such model, or it cannot be loaded.
    """
    with _quiet():
        from sentence_transformers import SentenceTransformer

        if name in BUNDLED:
            from index.bundled_encoders import PASSAGE_PROMPT, QUERY_PROMPT, BundledEncoder

            prompts = {"query": QUERY_PROMPT, "document": PASSAGE_PROMPT} if name == "e5" else None
            return SentenceTransformer(modules=[BundledEncoder(name)], device="cpu", prompts=prompts)
        try:
            only_local = not Path(name).is_dir() and not _is_hub_reachable()
            return _with_prompts(name, SentenceTransformer(name, device="cpu", local_files_only=only_local))
        except Exception as exc:
            # Any library below may fail in its own way; the cause is kept.
            reason = " ".join(str(exc).split())[:200]
            raise SettingsError(
                f"setting BAICHA_ENCODER: cannot load {name!r} ({reason}); name {', '.join(BUNDLED)}, or the folder or "
                "hub name of a sentence-transformers model"
            ) from exc


def embed_queries(encoder: "SentenceTransformer", texts: Sequence[str]) -> NDArray[np.float32]:
    """Return a unit vector for each query, with the prompt that the model has for queries.

    Few at a time are taken from those asked lately, or embedded together with what other threads ask meanwhile.
    """
    with _one_at_a_time:
        known = _asked_lately.setdefault(encoder, QueryVectors())
    return known.of(texts, lambda new: _embedded_queries(encoder, new))


def forget_queries(encoder: "SentenceTransformer") -> None:
    """Drop the vectors of queries asked lately, so that whoever measures pays for each query anew."""
    with _one_at_a_time:
        _asked_lately.pop(encoder, None)


def _embedded_queries(encoder: "SentenceTransformer", texts: Sequence[str]) -> NDArray[np.float32]:
    from index.bundled_encoders import BundledEncoder

    if len(encoder) == 1 and isinstance(encoder[0], BundledEncoder):
        # What sentence-transformers does around the engine takes longer than a short text does.
        return encoder[0].embed(texts, is_query=True)
    vectors = encoder.encode_query(
        list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
    )
    return np.ascontiguousarray(vectors, dtype=np.float32)


def embed_passages(encoder: "SentenceTransformer", texts: Sequence[str]) -> NDArray[np.float32]:
    """Return a unit vector for each passage, with the prompt that the model has for passages."""
    from index.bundled_encoders import BundledEncoder

    if len(encoder) == 1 and isinstance(encoder[0], BundledEncoder):
        return encoder[0].embed(texts, is_query=False)
    vectors = encoder.encode_document(
        list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
    )
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _is_hub_reachable() -> bool:
    """Whether asking the model hub makes sense; its client would try for more than a minute without a network."""
    from huggingface_hub.constants import ENDPOINT

    if getproxies():
        return True
    hub = urlsplit(ENDPOINT)
    try:
        socket.create_connection((hub.hostname or "", hub.port or 443), timeout=_HUB_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _with_prompts(name: str, encoder: "SentenceTransformer") -> "SentenceTransformer":
    """E5 models were trained with prefixes that their published configurations leave out."""
    if "e5" in Path(name).name.lower().split("-") and not any(encoder.prompts.values()):
        encoder.prompts = {"query": "query: ", "document": "passage: "}
    return encoder


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' bars, warnings and advice off the terminal while they load."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for logger in map(logging.getLogger, ("sentence_transformers", "transformers", "huggingface_hub")):
            level = logger.level
            logger.setLevel(logging.ERROR)
            stack.callback(logger.setLevel, level)
        yield
