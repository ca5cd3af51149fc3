import threading
from collections.abc import Sequence

import numpy as np
import pytest

from index.query_vectors import MANY, QueryVectors, Vectors


class Encoder:
    """Tells what it was asked, and waits inside the first call until it is let go."""

    def __init__(self, *, waits: bool = False) -> None:
        self.calls: list[list[str]] = []
        self.inside, self.go = threading.Event(), threading.Event()
        if not waits:
            self.go.set()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        self.inside.set()
        self.go.wait(10)
        return np.asarray([[len(text), 1] for text in texts], np.float32).reshape(-1, 2)


def test_each_text_gets_its_vector_in_order() -> None:
    vectors = QueryVectors().of(["aaa", "b", "aaa", ""], Encoder())
    assert vectors[:, 0].tolist() == [3, 1, 3, 0]


def test_what_was_asked_lately_is_not_embedded_again_and_the_oldest_goes() -> None:
    encoder, known = Encoder(), QueryVectors(kept=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        known.of([text], encoder)
    assert encoder.calls == [["a"], ["b"], ["c"], ["b"]]


def test_what_is_asked_meanwhile_is_embedded_together_and_once() -> None:
    encoder, known = Encoder(waits=True), QueryVectors()
    texts = ["first", "bb", "ccc", "bb", "dddd"]
    found: dict[int, float] = {}

    def ask(at: int) -> None:
        found[at] = float(known.of([texts[at]], encoder)[0, 0])

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(len(texts))]
    threads[0].start()
    assert encoder.inside.wait(10)
    for thread in threads[1:]:
        thread.start()
    for _ in range(5_000):
        if len(known._asked) == 3:  # noqa: SLF001 - nothing else tells that they wait
            break
        threading.Event().wait(0.002)
    encoder.go.set()
    for thread in threads:
        thread.join()
    assert [found[at] for at in range(5)] == [5, 2, 3, 2, 4]
    assert encoder.calls[0] == ["first"]
    assert sorted(encoder.calls[1]) == ["bb", "ccc", "dddd"]
    assert len(encoder.calls) == 2


def test_an_error_reaches_who_asked_and_nothing_of_it_is_kept() -> None:
    def fail(_texts: Sequence[str]) -> Vectors:
        raise RuntimeError("no weights")

    known = QueryVectors()
    with pytest.raises(RuntimeError, match="no weights"):
        known.of(["a"], fail)
    assert known.of(["a"], Encoder())[0, 0] == 1


def test_many_at_once_push_nothing_out() -> None:
    encoder, known = Encoder(), QueryVectors()
    known.of(["a"], encoder)
    assert len(known.of([str(number) for number in range(MANY + 1)], encoder)) == MANY + 1
    known.of(["a"], encoder)
    assert len(encoder.calls) == 2
